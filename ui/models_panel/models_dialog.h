// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QHash>
#include <functional>

#include "ui/models_panel/model_card.h"
#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace kinora::models_panel {

/// Models: what is installed, what can be had. Downloads, adds what lies anywhere (also dropped on it), verifies and
/// deletes. Not modal; work goes on when it is closed.
class ModelsDialog : public QDialog {
  Q_OBJECT

 public:
  /// Asks whether to do what text and details say; replaced in tests.
  using Confirm = std::function<bool(const QString& text, const QString& details, const QString& action)>;

  ModelsDialog(widgets::Theme& theme, session::ModelStore& store, QWidget* parent = nullptr);

  void setConfirm(Confirm confirm) { m_confirm = std::move(confirm); }
  /// Adds models' folders, used where they lie; what comes of it is said in the dialog.
  void add(const QStringList& folders);
  /// nullptr where there is none.
  ModelCard* card(const QString& id) const { return m_cards.value(id); }
  QString message() const;

 protected:
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void build();
  void connectStore();
  void retranslate();
  void refresh();
  void act(const QString& id, ModelCard::Action action);
  void askRemoval(const QString& id);
  void addFolder();
  /// A line above the buttons; details are its tooltip.
  void tell(const QString& text, widgets::Role role, const QString& details = {});

  widgets::Theme& m_theme;
  session::ModelStore& m_store;
  Confirm m_confirm;
  QHash<QString, ModelCard*> m_cards;
  QLabel* m_free;
  QLabel* m_installedLabel;
  QLabel* m_availableLabel;
  QVBoxLayout* m_installed;
  QVBoxLayout* m_available;
  QLabel* m_message;
  QPushButton* m_addFolder;
  QPushButton* m_close;
};

}  // namespace kinora::models_panel
