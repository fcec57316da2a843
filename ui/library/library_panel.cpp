// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/library/library_panel.h"

#include <QDesktopServices>
#include <QDropEvent>
#include <QFileInfo>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMimeData>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/library/asset_delegate.h"
#include "ui/library/asset_model.h"
#include "ui/session/dropped_files.h"
#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"

namespace kinora::library {
namespace {

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

bool isUsed(const project::Project& project, const project::Id& asset) {
  for (const project::Track& track : project.timeline.tracks) {
    for (const project::Clip& clip : track.clips) {
      if (clip.asset == asset) return true;
    }
  }
  return false;
}

}  // namespace

LibraryPanel::LibraryPanel(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                           QWidget* parent)
    : QWidget(parent), m_document(document), m_model(new AssetModel(document, client, this)) {
  setAcceptDrops(true);
  m_search = new QLineEdit(this);
  m_search->setClearButtonEnabled(true);
  m_filter = new widgets::ChipCombo(theme, this);
  for (int i = 0; i < 4; ++i) m_filter->addItem(QString());
  m_view = new QListView(this);
  m_view->setModel(m_model);
  auto* delegate = new AssetDelegate(theme, this);
  m_view->setItemDelegate(delegate);
  m_view->setViewMode(QListView::IconMode);
  m_view->setResizeMode(QListView::Adjust);
  m_view->setMovement(QListView::Static);
  m_view->setSpacing(widgets::kGapSmall);
  m_view->setMouseTracking(true);
  m_view->setDragEnabled(true);
  m_view->setDragDropMode(QAbstractItemView::DragOnly);
  m_view->setContextMenuPolicy(Qt::CustomContextMenu);
  m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  m_empty = widgets::makeLabel(widgets::Role::Label, this);
  m_empty->setWordWrap(true);
  m_empty->setAlignment(Qt::AlignCenter);

  auto* bar = new QHBoxLayout;
  bar->setSpacing(widgets::kGap);
  bar->addWidget(m_search, 1);
  bar->addWidget(m_filter);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(widgets::kPromptPaddingX, widgets::kPromptPaddingX, widgets::kPromptPaddingX, 0);
  layout->setSpacing(widgets::kGap);
  layout->addLayout(bar);
  layout->addWidget(m_empty);
  layout->addWidget(m_view, 1);

  connect(m_search, &QLineEdit::textChanged, m_model, &AssetModel::setSearch);
  connect(m_filter, &QComboBox::currentIndexChanged, this,
          [this](int index) { m_model->setFilter(static_cast<Filter>(index)); });
  connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_kept = currentAsset(); });
  connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
    showEmpty();
    // A clip that lands does not take the selection away.
    if (const int row = m_model->rowOf(m_kept); row >= 0) m_view->setCurrentIndex(m_model->index(row));
  });
  connect(delegate, &AssetDelegate::starToggled, this, &LibraryPanel::toggleStar);
  connect(m_view, &QListView::activated, this,
          [this](const QModelIndex& index) { Q_EMIT assetActivated(index.data(AssetModel::IdRole).toString()); });
  connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
          [this](const QModelIndex& index) { Q_EMIT assetSelected(index.data(AssetModel::IdRole).toString()); });
  connect(m_view, &QWidget::customContextMenuRequested, this, &LibraryPanel::showMenu);
  connect(&theme, &widgets::Theme::changed, m_view->viewport(), qOverload<>(&QWidget::update));
  retranslate();
}

const project::Asset* LibraryPanel::asset(const QString& id) const {
  return m_document.project().asset(id.toStdString());
}

QString LibraryPanel::currentAsset() const {
  return m_view->currentIndex().data(AssetModel::IdRole).toString();
}

void LibraryPanel::selectAsset(const QString& id) {
  const int row = m_model->rowOf(id);
  if (row < 0) return;
  m_view->setCurrentIndex(m_model->index(row));
  m_view->scrollTo(m_model->index(row));
}

void LibraryPanel::toggleStar(const QString& id) {
  (void)m_document.edit(tr("Star"), [&](project::Project& project) -> core::Result<void> {
    project::Asset* found = project.asset(id.toStdString());
    if (!found) return core::Error{core::ErrorCode::NotFound, "the asset is gone", id.toStdString()};
    found->starred = !found->starred;
    return {};
  });
}

void LibraryPanel::toggleRejected(const QString& id) {
  (void)m_document.edit(tr("Reject"), [&](project::Project& project) -> core::Result<void> {
    project::Asset* found = project.asset(id.toStdString());
    if (!found) return core::Error{core::ErrorCode::NotFound, "the asset is gone", id.toStdString()};
    found->rejected = !found->rejected;
    return {};
  });
}

void LibraryPanel::removeAsset(const QString& id) {
  const auto removed = m_document.edit(tr("Remove from project"), [&](project::Project& project) -> core::Result<void> {
    const project::Id key = id.toStdString();
    if (isUsed(project, key)) return core::Error{core::ErrorCode::InvalidInput, "the asset is on the timeline", key};
    std::erase_if(project.assets, [&](const project::Asset& other) { return other.id == key; });
    return {};
  });
  if (!removed) Q_EMIT message(tr("It is on the timeline. Delete its clips first."));
}

void LibraryPanel::renameAsset(const QString& id) {
  const project::Asset* found = asset(id);
  if (!found) return;
  bool accepted = false;
  const QString name =
      QInputDialog::getText(this, tr("Rename"), tr("Name"), QLineEdit::Normal, text(found->name), &accepted).trimmed();
  if (!accepted || name.isEmpty()) return;
  (void)m_document.edit(tr("Rename"), [&](project::Project& project) -> core::Result<void> {
    if (project::Asset* renamed = project.asset(id.toStdString())) renamed->name = name.toStdString();
    return {};
  });
}

void LibraryPanel::showMenu(const QPoint& position) {
  const QString id = m_view->indexAt(position).data(AssetModel::IdRole).toString();
  const project::Asset* found = asset(id);
  if (!found) return;
  const QString path = text(found->info.path);
  const QString recipe = text(found->info.recipe);
  QMenu menu(this);
  menu.addAction(tr("Add at playhead"), this, [this, id] { Q_EMIT addRequested(id); });
  menu.addAction(tr("Show in monitor"), this, [this, id] { Q_EMIT assetActivated(id); });
  menu.addAction(tr("Load recipe"), this, [this, recipe] { Q_EMIT recipeRequested(recipe); })
      ->setEnabled(!recipe.isEmpty());
  menu.addSeparator();
  menu.addAction(found->starred ? tr("Remove star") : tr("Star"), this, [this, id] { toggleStar(id); });
  menu.addAction(found->rejected ? tr("Take back rejection") : tr("Reject"), this, [this, id] { toggleRejected(id); });
  menu.addAction(tr("Rename…"), this, [this, id] { renameAsset(id); });
  menu.addSeparator();
  menu.addAction(tr("Show in file manager"), this,
                 [path] { QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).absolutePath())); });
  menu.addAction(tr("Remove from project"), this, [this, id] { removeAsset(id); });
  menu.exec(m_view->viewport()->mapToGlobal(position));
}

void LibraryPanel::showEmpty() {
  const bool empty = m_model->rowCount() == 0;
  m_empty->setVisible(empty);
  m_view->setVisible(!empty);
  m_empty->setText(m_document.project().assets.empty()
                       ? tr("Takes you generate and files you drop here appear in the library.")
                       : tr("Nothing matches."));
}

void LibraryPanel::retranslate() {
  setAccessibleName(tr("Library"));
  m_search->setPlaceholderText(tr("Search"));
  m_search->setAccessibleName(tr("Search the library"));
  m_filter->setAccessibleName(tr("Filter"));
  const QString names[] = {tr("All"), tr("Starred"), tr("Generated"), tr("Imported")};
  for (int i = 0; i < m_filter->count(); ++i) m_filter->setItemText(i, names[i]);
  m_view->setAccessibleName(tr("Takes and imports"));
  m_model->retranslate();
  showEmpty();
}

void LibraryPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

void LibraryPanel::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData& mime = *event->mimeData();
  // Its own takes are here already, and projects and models are the window's.
  const bool foreign = !mime.hasFormat(QLatin1String(kAssetMime)) && !session::isForWindow(mime);
  if (foreign && !session::localFiles(mime).isEmpty()) {
    event->acceptProposedAction();
  } else {
    event->ignore();
  }
}

void LibraryPanel::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  Q_EMIT filesDropped(session::localFiles(*event->mimeData()));
}

}  // namespace kinora::library
