// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/seed_field.h"

#include <QLabel>
#include <QRandomGenerator>
#include <QRegularExpressionValidator>
#include <QSignalBlocker>

#include "ui/widgets/card.h"
#include "ui/widgets/icon_button.h"

namespace kinora::create {

using namespace widgets;

namespace {
constexpr quint32 kSeedEnd = 1000000;  ///< short enough to read out; any 64-bit number can be typed
}

SeedField::SeedField(Theme& theme, QWidget* parent)
    : QLineEdit(parent),
      m_prefix(makeLabel(Role::Text, this)),
      m_dice(new IconButton(theme, "dice", this)),
      m_lock(new IconButton(theme, "unlock", this)) {
  static const QRegularExpression digits(QStringLiteral("[0-9]{0,19}"));
  setValidator(new QRegularExpressionValidator(digits, this));
  setAccessibleName(QStringLiteral("Seed"));
  m_prefix->setAttribute(Qt::WA_TransparentForMouseEvents);
  m_lock->setCheckable(true);
  for (IconButton* button : {m_dice, m_lock}) button->setCursor(Qt::ArrowCursor);
  connect(m_dice, &QToolButton::clicked, this, &SeedField::roll);
  connect(m_lock, &QToolButton::toggled, this, [this](bool on) {
    m_lock->setIconName(on ? "lock" : "unlock");
    Q_EMIT changed();
  });
  connect(this, &QLineEdit::textEdited, this, [this](const QString& text) {
    m_seed = text.toULongLong();
    // A typed seed is meant to stay.
    const QSignalBlocker blocker(this);
    setLocked(true);
  });
  connect(this, &QLineEdit::textEdited, this, &SeedField::changed);
  connect(this, &QLineEdit::editingFinished, this, [this] { setText(QString::number(m_seed)); });
  retranslate();
  roll();
}

void SeedField::setSeed(std::uint64_t seed) {
  m_seed = seed;
  setText(QString::number(seed));
  setCursorPosition(0);
  Q_EMIT changed();
}

bool SeedField::isLocked() const {
  return m_lock->isChecked();
}

void SeedField::setLocked(bool locked) {
  m_lock->setChecked(locked);
}

void SeedField::roll() {
  setSeed(QRandomGenerator::system()->bounded(kSeedEnd));
}

void SeedField::retranslate() {
  m_prefix->setText(tr("Seed"));
  setAccessibleName(tr("Seed"));
  setToolTip(tr("The same seed and settings give the same clip"));
  m_dice->setLabel(tr("Another seed"));
  m_lock->setLabel(tr("Keep this seed"));
  place();
}

void SeedField::resizeEvent(QResizeEvent* event) {
  QLineEdit::resizeEvent(event);
  place();
}

void SeedField::place() {
  m_prefix->adjustSize();
  m_prefix->move(kCardPaddingX, (height() - m_prefix->height()) / 2);
  int right = width() - kGapSmall / 2;
  for (IconButton* button : {m_lock, m_dice}) {
    right -= button->width();
    button->move(right, (height() - button->height()) / 2);
  }
  // The style sheet gives the field kGap on both sides.
  setTextMargins(m_prefix->width() + kGapSmall - (kGap - kCardPaddingX), 0, width() - right - kGap, 0);
}

}  // namespace kinora::create
