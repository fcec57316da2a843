// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/project/project.h"
#include "ui/widgets/theme.h"

class QFormLayout;
class QLabel;
class QPushButton;

namespace kinora::session {
class ProjectDocument;
}

namespace kinora::library {

/// What is selected, in words: a clip's place and length, its file, and the recipe it was made from.
class InspectorPanel : public QWidget {
  Q_OBJECT

 public:
  InspectorPanel(session::ProjectDocument& document, QWidget* parent = nullptr);

  /// Shows a library asset while no clip is selected.
  void setAsset(const QString& id);

 Q_SIGNALS:
  void recipeRequested(const QString& recipe);

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void addRow(const QString& label, const QString& value);
  void addClip(const project::Clip& clip);
  void addAsset(const project::Asset& asset);

  session::ProjectDocument& m_document;
  QString m_assetId;
  QString m_recipe;
  bool m_stale = true;
  QLabel* m_title;
  QLabel* m_empty;
  QWidget* m_rows;
  QFormLayout* m_form;
  QPushButton* m_load;
};

}  // namespace kinora::library
