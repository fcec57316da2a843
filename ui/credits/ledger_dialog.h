// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/widgets/theme.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace kinora::session {
class EngineClient;
}
namespace kinora::widgets {
class ChipCombo;
}

namespace kinora::credits_ui {

class LedgerFilter;
class LedgerModel;

/// Where the credits went: every entry of the ledger, filters, totals, CSV. Not modal; follows the ledger.
class LedgerDialog : public QDialog {
  Q_OBJECT

 public:
  LedgerDialog(widgets::Theme& theme, session::EngineClient& client, QWidget* parent = nullptr);

  /// Writes what the filters show; false where the file cannot be written, and then a sentence stands in the dialog.
  bool exportCsv(const QString& file);
  QTableView* table() const { return m_table; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void retranslate();
  void refresh();
  void chooseExport();

  session::EngineClient& m_client;
  LedgerModel* m_model;
  LedgerFilter* m_filter;
  QLabel* m_available;
  QLabel* m_totals;
  widgets::ChipCombo* m_kind;
  QLineEdit* m_search;
  QTableView* m_table;
  QLabel* m_message;
  QPushButton* m_export;
  QPushButton* m_close;
};

}  // namespace kinora::credits_ui
