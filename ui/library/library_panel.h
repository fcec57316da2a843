// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/project/project.h"
#include "ui/widgets/theme.h"

class QLabel;
class QLineEdit;
class QListView;

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::widgets {
class ChipCombo;
}

namespace kinora::library {

class AssetModel;

/// All takes and imports of the project: search, filter, star, reject, rename, remove; drag out, drop files in.
class LibraryPanel : public QWidget {
  Q_OBJECT

 public:
  LibraryPanel(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
               QWidget* parent = nullptr);

  QString currentAsset() const;
  void selectAsset(const QString& id);
  AssetModel& model() const { return *m_model; }

 public Q_SLOTS:
  void toggleStar(const QString& id);
  void toggleRejected(const QString& id);
  /// Not possible while a clip of the timeline shows it; then a message says so.
  void removeAsset(const QString& id);

 Q_SIGNALS:
  void assetSelected(const QString& id);        ///< empty: none
  void assetActivated(const QString& id);       ///< double click: show in the monitor
  void addRequested(const QString& id);         ///< place at the playhead
  void recipeRequested(const QString& recipe);  ///< load into the Create panel
  void filesDropped(const QStringList& paths);
  void message(const QString& text);

 protected:
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void showMenu(const QPoint& position);
  void renameAsset(const QString& id);
  void showEmpty();
  void retranslate();
  const project::Asset* asset(const QString& id) const;

  session::ProjectDocument& m_document;
  AssetModel* m_model;
  QLineEdit* m_search;
  widgets::ChipCombo* m_filter;
  QListView* m_view;
  QLabel* m_empty;
  QString m_kept;  ///< chosen before the list changed
};

}  // namespace kinora::library
