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

namespace kinora::session {
class EngineClient;
}

namespace kinora::models_panel {

/// Models: what is installed, what can be had. Downloads, adds what lies anywhere (also dropped on it), verifies and
/// deletes. Files of a model that is not whole yet are kept until what is missing has been added too. Not modal; work
/// goes on when it is closed.
class ModelsDialog : public QDialog {
  Q_OBJECT

 public:
  /// Asks whether to do what text and details say; replaced in tests.
  using Confirm = std::function<bool(const QString& text, const QString& details, const QString& action)>;

  /// The client's jobs say what a model is still needed for.
  ModelsDialog(widgets::Theme& theme, session::ModelStore& store, const session::EngineClient& client,
               QWidget* parent = nullptr);

  void setConfirm(Confirm confirm) { m_confirm = std::move(confirm); }
  /// Adds what is used where it lies, whole models' folders or parts of one; what comes of it is said in the dialog.
  void add(const QStringList& paths);
  /// Of a model that is not whole yet.
  const QStringList& parts() const { return m_parts; }
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
  void addFiles();
  void look(const QStringList& paths);
  void setParts(const QStringList& parts);
  void failed(const QString& id, const core::Error& error);
  /// A line above the buttons; details are its tooltip.
  void tell(const QString& text, widgets::Role role, const QString& details = {});

  widgets::Theme& m_theme;
  session::ModelStore& m_store;
  const session::EngineClient& m_client;
  Confirm m_confirm;
  QHash<QString, ModelCard*> m_cards;
  QLabel* m_free;
  QLabel* m_installedLabel;
  QLabel* m_availableLabel;
  QVBoxLayout* m_installed;
  QVBoxLayout* m_available;
  QStringList m_parts;
  QLabel* m_partsLabel;
  QPushButton* m_startOver;
  QLabel* m_message;
  QPushButton* m_addFolder;
  QPushButton* m_addFiles;
  QPushButton* m_close;
};

}  // namespace kinora::models_panel
