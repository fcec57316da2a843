// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/transport_bar.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/preview/scrub_bar.h"
#include "ui/session/playback.h"
#include "ui/session/timecode.h"
#include "ui/widgets/card.h"
#include "ui/widgets/icon_button.h"

namespace kinora::preview {
namespace {

/// Play sits on a disc.
class PlayButton : public widgets::IconButton {
 public:
  PlayButton(widgets::Theme& theme, QWidget* parent) : IconButton(theme, "play", parent), m_theme(theme) {
    setFixedSize(widgets::kControlHeight, widgets::kControlHeight);
    setTint(theme.tokens().text1);
    setProperty("focusRadius", widgets::kControlHeight / 2);
    connect(&m_theme, &widgets::Theme::changed, this, [this] { setTint(m_theme.tokens().text1); });
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(underMouse() && !isDown() ? m_theme.tokens().line2 : m_theme.tokens().bg3);
    painter.drawEllipse(rect());
    const QRect box(QPoint((width() - widgets::kIconSize) / 2, (height() - widgets::kIconSize) / 2),
                    QSize(widgets::kIconSize, widgets::kIconSize));
    icon().paint(&painter, box, Qt::AlignCenter, isEnabled() ? QIcon::Normal : QIcon::Disabled);
  }

 private:
  widgets::Theme& m_theme;
};

}  // namespace

TransportBar::TransportBar(widgets::Theme& theme, session::PlaybackController& playback, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_playback(playback), m_scrub(new ScrubBar(theme, this)) {
  build();
  using session::PlaybackController;
  connect(m_start, &QAbstractButton::clicked, &m_playback, &PlaybackController::goToStart);
  connect(m_back, &QAbstractButton::clicked, this, [this] { m_playback.step(-1); });
  connect(m_play, &QAbstractButton::clicked, &m_playback, &PlaybackController::togglePlay);
  connect(m_forward, &QAbstractButton::clicked, this, [this] { m_playback.step(1); });
  connect(m_end, &QAbstractButton::clicked, &m_playback, &PlaybackController::goToEnd);
  connect(m_in, &QAbstractButton::clicked, &m_playback, &PlaybackController::markIn);
  connect(m_out, &QAbstractButton::clicked, &m_playback, &PlaybackController::markOut);
  connect(m_loop, &QAbstractButton::clicked, &m_playback, &PlaybackController::setLoop);
  connect(m_grab, &QAbstractButton::clicked, this, &TransportBar::grabRequested);
  connect(m_asStart, &QAbstractButton::clicked, this, &TransportBar::useAsStartRequested);
  connect(m_scrub, &ScrubBar::scrubbed, this, [this](int frame) { m_playback.seek(frame); });
  connect(&m_playback, &PlaybackController::positionChanged, this, &TransportBar::showPosition);
  connect(&m_playback, &PlaybackController::stateChanged, this, &TransportBar::showState);
  connect(&m_playback, &PlaybackController::lengthChanged, this, &TransportBar::showState);
  retranslate();
  showState();
}

widgets::IconButton* TransportBar::button(const char* icon) {
  return new widgets::IconButton(m_theme, icon, this);
}

void TransportBar::build() {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* scrubRow = new QHBoxLayout;
  scrubRow->setContentsMargins(widgets::kGap, 0, widgets::kGap, 0);
  scrubRow->addWidget(m_scrub);
  column->addLayout(scrubRow);

  auto* bar = new QWidget(this);
  bar->setFixedHeight(widgets::kTransportHeight);
  column->addWidget(bar);
  auto* grid = new QGridLayout(bar);
  grid->setContentsMargins(widgets::kPromptPaddingX, 0, widgets::kPromptPaddingX, 0);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(2, 1);

  const QFont mono = widgets::monoFont(widgets::kTextPx, QFont::Medium);
  m_now = new QLabel(bar);
  m_now->setFont(mono);
  m_total = new QLabel(bar);
  m_total->setFont(mono);
  // A local sheet with a colour only: a role of the application's sheet would take the font away.
  const auto dim = [this] { m_total->setStyleSheet(QStringLiteral("color: %1").arg(m_theme.tokens().text2.name())); };
  connect(&m_theme, &widgets::Theme::changed, m_total, dim);
  dim();
  m_speed = widgets::makeLabel(widgets::Role::Value, bar);
  auto* left = new QHBoxLayout;
  left->setSpacing(widgets::kGap);
  left->addWidget(m_now);
  left->addWidget(m_total);
  left->addWidget(m_speed);
  left->addStretch(1);
  grid->addLayout(left, 0, 0);

  auto* middle = new QHBoxLayout;
  middle->setSpacing(widgets::kGap);
  m_start = button("prev");
  m_back = button("stb");
  m_play = new PlayButton(m_theme, this);
  m_forward = button("stf");
  m_end = button("next");
  for (QWidget* widget : std::initializer_list<QWidget*>{m_start, m_back, m_play, m_forward, m_end})
    middle->addWidget(widget);
  grid->addLayout(middle, 0, 1);

  auto* right = new QHBoxLayout;
  right->setSpacing(widgets::kGapSmall);
  right->addStretch(1);
  m_in = button("in");
  m_out = button("out");
  m_loop = button("loop");
  m_loop->setCheckable(true);
  m_grab = button("cam");
  m_asStart = button("img");
  for (QWidget* widget : std::initializer_list<QWidget*>{m_in, m_out, m_loop, m_grab, m_asStart})
    right->addWidget(widget);
  grid->addLayout(right, 0, 2);
}

void TransportBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

void TransportBar::retranslate() {
  m_start->setLabel(tr("Go to the start"), QStringLiteral("Home"));
  m_back->setLabel(tr("Back one frame"), QStringLiteral("←"));
  m_forward->setLabel(tr("Forward one frame"), QStringLiteral("→"));
  m_end->setLabel(tr("Go to the end"), QStringLiteral("End"));
  m_in->setLabel(tr("Mark in"), QStringLiteral("I"));
  m_out->setLabel(tr("Mark out"), QStringLiteral("O"));
  m_loop->setLabel(tr("Loop"), QStringLiteral("Ctrl+L"));
  m_grab->setLabel(tr("Save this frame as a picture"), QStringLiteral("Ctrl+Shift+G"));
  m_asStart->setLabel(tr("Use this frame as start"), QStringLiteral("Alt+G"));
  m_scrub->setAccessibleName(tr("Position"));
  m_now->setToolTip(tr("Position as hours:minutes:seconds:frames"));
  m_total->setToolTip(tr("Length"));
  showState();
}

void TransportBar::showPosition() {
  const QSignalBlocker blocker(m_scrub);
  m_scrub->setValue(static_cast<int>(std::min<qint64>(m_playback.position(), m_scrub->maximum())));
  const QString now = session::timecode(m_playback.position(), m_playback.fps());
  m_now->setText(now);
  m_now->setAccessibleName(now);
}

void TransportBar::showState() {
  {
    const QSignalBlocker blocker(m_scrub);
    m_scrub->setRange(0, static_cast<int>(std::max<qint64>(0, m_playback.length() - 1)));
    m_scrub->setPageStep(session::nominalRate(m_playback.fps()));
  }
  m_scrub->setMarks(m_playback.inPoint(), m_playback.outPoint());
  m_total->setText(QStringLiteral("/ ") + session::timecode(m_playback.length(), m_playback.fps()));
  m_loop->setChecked(m_playback.loops());
  const double speed = m_playback.speed();
  m_speed->setText(speed == 0 || speed == 1 ? QString() : tr("%1×").arg(QLocale().toString(speed)));
  m_play->setIconName(m_playback.isPlaying() ? "pause" : "play");
  m_play->setLabel(m_playback.isPlaying() ? tr("Pause") : tr("Play"), tr("Space"));
  const bool any = m_playback.length() > 0;
  for (QWidget* widget : std::initializer_list<QWidget*>{m_start, m_back, m_play, m_forward, m_end, m_in, m_out,
                                                         m_scrub, m_grab, m_asStart}) {
    widget->setEnabled(any);
  }
  showPosition();
}

}  // namespace kinora::preview
