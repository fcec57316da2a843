// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/credits/credits_chip.h"

#include <QEvent>
#include <QPainter>

#include "engine/credits/editions.h"
#include "ui/credits/ledger_dialog.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/icons.h"

namespace kinora::credits_ui {

using namespace widgets;

namespace {
QFont amountFont() {
  return uiFont(kTextPx, QFont::DemiBold);
}
}  // namespace

CreditsChip::CreditsChip(Theme& theme, session::EngineClient& client, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_client(client) {
  setFixedHeight(kSmallControlHeight);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::TabFocus);
  setAttribute(Qt::WA_Hover);
  setProperty("focusRadius", kRadiusField);
  connect(this, &QAbstractButton::clicked, this, &CreditsChip::openLedger);
  connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
  connect(&client, &session::EngineClient::balanceChanged, this, &CreditsChip::refresh);
  refresh();
}

QSize CreditsChip::sizeHint() const {
  const int amount = QFontMetrics(amountFont()).horizontalAdvance(m_amount);
  const int unit = QFontMetrics(uiFont()).horizontalAdvance(m_unit);
  return {2 * kCardPaddingX + kIconSize + 2 * kGapLabel + amount + unit, kSmallControlHeight};
}

void CreditsChip::openLedger() {
  if (!m_ledger) {
    m_ledger = new LedgerDialog(m_theme, m_client, window());
    m_ledger->setAttribute(Qt::WA_DeleteOnClose);
  }
  m_ledger->show();
  m_ledger->raise();
  m_ledger->activateWindow();
}

void CreditsChip::refresh() {
  const store::Balance balance = m_client.balance();
  m_amount = QString::number(balance.available);
  m_unit = tr("credits");
  setAccessibleName(tr("%1 credits").arg(balance.available));
  setToolTip(tr("%1 credits available · %2 reserved · worth ¥%3\nOpen the ledger")
                 .arg(balance.available)
                 .arg(balance.reserved)
                 .arg(QString::fromStdString(credits::inYuan(balance.available))));
  updateGeometry();
  update();
}

void CreditsChip::changeEvent(QEvent* event) {
  QAbstractButton::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) refresh();
}

void CreditsChip::paintEvent(QPaintEvent*) {
  const Tokens& t = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(underMouse() ? t.line2 : t.line, kLine));
  painter.setBrush(isDown() ? t.bg3 : t.bg2);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kRadiusField, kRadiusField);
  painter.drawPixmap(kCardPaddingX, (height() - kIconSize) / 2,
                     iconPixmap(m_theme, "gem", t.accent, kIconSize, devicePixelRatioF()));
  QRect area = rect().adjusted(kCardPaddingX + kIconSize + kGapLabel, 0, 0, 0);
  painter.setFont(amountFont());
  painter.setPen(t.text1);
  painter.drawText(area, Qt::AlignVCenter | Qt::AlignLeft, m_amount);
  area.setLeft(area.left() + painter.fontMetrics().horizontalAdvance(m_amount) + kGapLabel);
  painter.setFont(uiFont());
  painter.setPen(t.text2);
  painter.drawText(area, Qt::AlignVCenter | Qt::AlignLeft, m_unit);
}

}  // namespace kinora::credits_ui
