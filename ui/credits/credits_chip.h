// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QPointer>

#include "ui/credits/ledger_dialog.h"
#include "ui/widgets/theme.h"

namespace kinora::session {
class EngineClient;
}

namespace kinora::credits_ui {

/// Gem, available credits, "credits"; a click opens the ledger.
class CreditsChip : public QAbstractButton {
  Q_OBJECT

 public:
  CreditsChip(widgets::Theme& theme, session::EngineClient& client, QWidget* parent = nullptr);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }
  /// The open ledger; nullptr if none.
  LedgerDialog* ledger() const { return m_ledger; }

 public Q_SLOTS:
  /// Opens the ledger or brings it to the front.
  void openLedger();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  QString m_amount;
  QString m_unit;
  QPointer<LedgerDialog> m_ledger;
};

}  // namespace kinora::credits_ui
