// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/asset_model.h"

#include <QMimeData>
#include <QUrl>
#include <algorithm>
#include <utility>

#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"

namespace kinora::library {
namespace {

constexpr int kThumbnailSide = 320;

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

}  // namespace

AssetModel::AssetModel(session::ProjectDocument& document, session::EngineClient& client, QObject* parent)
    : QAbstractListModel(parent), m_document(document), m_client(client) {
  connect(&document, &session::ProjectDocument::changed, this, [this](const session::ChangeEvent& event) {
    if (event.assets || event.reset) refresh();
  });
  refresh();
}

void AssetModel::setFilter(Filter filter) {
  m_filter = filter;
  refresh();
}

void AssetModel::setSearch(const QString& search) {
  m_search = search.trimmed();
  refresh();
}

bool AssetModel::matches(const project::Asset& asset) const {
  switch (m_filter) {
    case Filter::All:
      break;
    case Filter::Starred:
      if (!asset.starred) return false;
      break;
    case Filter::Generated:
      if (!asset.generated) return false;
      break;
    case Filter::Imported:
      if (asset.generated) return false;
      break;
  }
  return m_search.isEmpty() || text(asset.name).contains(m_search, Qt::CaseInsensitive) ||
         text(asset.info.recipe).contains(m_search, Qt::CaseInsensitive);
}

void AssetModel::refresh() {
  std::vector<const project::Asset*> shown;
  for (const project::Asset& asset : m_document.project().assets) {
    if (matches(asset)) shown.push_back(&asset);
  }
  // Newest first; what was rejected sinks to the end.
  std::stable_sort(shown.begin(), shown.end(), [](const project::Asset* a, const project::Asset* b) {
    if (a->rejected != b->rejected) return b->rejected;
    return a->createdAt > b->createdAt;
  });
  std::vector<project::Id> ids;
  for (const project::Asset* asset : shown) ids.push_back(asset->id);
  if (ids == m_ids && !ids.empty()) {
    retranslate();  // a star, a name: the rows are the same
  } else {
    beginResetModel();
    m_ids = std::move(ids);
    endResetModel();
  }
  for (const project::Asset* asset : shown) loadThumbnail(*asset);
}

void AssetModel::loadThumbnail(const project::Asset& asset) {
  const QString path = text(asset.info.path);
  if (asset.offline || asset.info.kind == core::MediaKind::Audio || m_asked.contains(path)) return;
  m_asked.insert(path);
  m_client.frameAt(path, 0, kThumbnailSide, this, [this, path](const core::Result<core::Frame>& frame) {
    if (!frame) return;
    m_thumbnails.insert(path, session::toImage(*frame));
    for (int row = 0; row < rowCount(); ++row) {
      if (text(assetAt(row)->info.path) == path) Q_EMIT dataChanged(index(row), index(row), {ThumbnailRole});
    }
  });
}

int AssetModel::rowOf(const QString& id) const {
  const auto it = std::find(m_ids.begin(), m_ids.end(), id.toStdString());
  return it == m_ids.end() ? -1 : static_cast<int>(it - m_ids.begin());
}

/// Every row tells its words again.
void AssetModel::retranslate() {
  if (rowCount() > 0) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int AssetModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

const project::Asset* AssetModel::assetAt(int row) const {
  if (row < 0 || row >= rowCount()) return nullptr;
  return m_document.project().asset(m_ids[static_cast<std::size_t>(row)]);
}

QString AssetModel::details(const project::Asset& asset) const {
  if (asset.offline) return tr("offline");
  const core::ClipInfo& info = asset.info;
  const QString size = QStringLiteral("%1×%2").arg(info.size.width).arg(info.size.height);
  if (info.kind == core::MediaKind::Picture) return tr("picture · %1").arg(size);
  const QString seconds = tr("%1 s").arg(info.duration.toDouble(), 0, 'f', 1);
  return info.kind == core::MediaKind::Audio ? tr("sound · %1").arg(seconds)
                                             : QStringLiteral("%1 · %2").arg(seconds, size);
}

QString AssetModel::takeText(const project::Asset& asset) const {
  const auto takes = m_document.project().takes(asset.takeGroup);
  if (takes.size() < 2) return {};
  const auto it =
      std::find_if(takes.begin(), takes.end(), [&](const project::Asset* take) { return take->id == asset.id; });
  return tr("take %1/%2").arg(it - takes.begin() + 1).arg(takes.size());
}

QVariant AssetModel::thumbnail(const project::Asset& asset) const {
  const auto it = m_thumbnails.find(text(asset.info.path));
  return it == m_thumbnails.end() ? QVariant() : QVariant(*it);
}

QVariant AssetModel::data(const QModelIndex& index, int role) const {
  const project::Asset* asset = index.isValid() ? assetAt(index.row()) : nullptr;
  if (!asset) return {};
  switch (role) {
    case Qt::DisplayRole:
      return text(asset->name);
    case Qt::ToolTipRole:
      return QStringLiteral("%1\n%2\n%3").arg(text(asset->name), details(*asset), text(asset->info.path));
    case Qt::AccessibleTextRole:
      return QStringLiteral("%1, %2").arg(text(asset->name), details(*asset));
    case IdRole:
      return text(asset->id);
    case ThumbnailRole:
      return thumbnail(*asset);
    case DetailsRole:
      return details(*asset);
    case TakeRole:
      return takeText(*asset);
    case StarredRole:
      return asset->starred;
    case RejectedRole:
      return asset->rejected;
    case OfflineRole:
      return asset->offline;
    default:
      return {};
  }
}

Qt::ItemFlags AssetModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled;
}

QStringList AssetModel::mimeTypes() const {
  return {QLatin1String(kAssetMime), QStringLiteral("text/uri-list")};
}

QMimeData* AssetModel::mimeData(const QModelIndexList& indexes) const {
  if (indexes.isEmpty()) return nullptr;
  const project::Asset* asset = assetAt(indexes.front().row());
  if (!asset) return nullptr;
  auto* mime = new QMimeData;
  mime->setData(QLatin1String(kAssetMime), QByteArray::fromStdString(asset->id));
  mime->setUrls({QUrl::fromLocalFile(text(asset->info.path))});
  return mime;
}

}  // namespace kinora::library
