// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QHash>
#include <QImage>
#include <QSet>
#include <vector>

#include "engine/project/project.h"

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::library {

inline constexpr const char* kAssetMime = "application/x-kinora-asset";

enum class Filter { All, Starred, Generated, Imported };

/// The project's assets that match filter and search, newest first; thumbnails load in the background. Drags carry the
/// asset's id and its file.
class AssetModel : public QAbstractListModel {
  Q_OBJECT

 public:
  enum Data { IdRole = Qt::UserRole, ThumbnailRole, DetailsRole, TakeRole, StarredRole, RejectedRole, OfflineRole };

  AssetModel(session::ProjectDocument& document, session::EngineClient& client, QObject* parent);

  void setFilter(Filter filter);
  void setSearch(const QString& text);
  /// Row of an asset; -1 if it is filtered away.
  int rowOf(const QString& id) const;
  /// Texts in the language of now.
  void retranslate();

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;

 private:
  void refresh();
  bool matches(const project::Asset& asset) const;
  const project::Asset* assetAt(int row) const;
  QString details(const project::Asset& asset) const;
  QString takeText(const project::Asset& asset) const;
  QVariant thumbnail(const project::Asset& asset) const;
  void loadThumbnail(const project::Asset& asset);

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
  Filter m_filter = Filter::All;
  QString m_search;
  std::vector<project::Id> m_ids;
  QHash<QString, QImage> m_thumbnails;  ///< by path
  QSet<QString> m_asked;
};

}  // namespace kinora::library
