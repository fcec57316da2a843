// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/job_card.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/queue/job_texts.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/progress_line.h"

namespace kinora::queue {
namespace {

using widgets::Role;

constexpr QSize kThumbnail(88, 50);

/// picture filling size, with round corners, sharp on any screen.
QPixmap roundedPicture(const QImage& picture, const QColor& ground, double dpr) {
  QPixmap pixmap(kThumbnail * dpr);
  pixmap.setDevicePixelRatio(dpr);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  QPainterPath outline;
  outline.addRoundedRect(QRectF(QPointF(), QSizeF(kThumbnail)), widgets::kRadiusSegment, widgets::kRadiusSegment);
  painter.setClipPath(outline);
  painter.fillPath(outline, ground);
  if (!picture.isNull()) {
    const QSize size = picture.size().scaled(kThumbnail, Qt::KeepAspectRatioByExpanding);
    painter.drawImage(
        QRect(QPoint((kThumbnail.width() - size.width()) / 2, (kThumbnail.height() - size.height()) / 2), size),
        picture);
  }
  return pixmap;
}

}  // namespace

JobCard::JobCard(widgets::Theme& theme, QWidget* parent) : Card(parent), m_theme(theme) {
  setFocusPolicy(Qt::TabFocus);
  setProperty("focusRadius", widgets::kRadiusCard);
  build();
  for (widgets::IconButton* button : {m_cancel, m_stop}) {
    connect(button, &QToolButton::clicked, this, [this] { Q_EMIT cancelRequested(id()); });
  }
  connect(m_retry, &QPushButton::clicked, this, [this] { Q_EMIT retryRequested(id()); });
  connect(m_resume, &QPushButton::clicked, this, [this] { Q_EMIT resumeRequested(id()); });
  connect(m_discard, &QPushButton::clicked, this, [this] { Q_EMIT discardRequested(id()); });
  connect(&theme, &widgets::Theme::changed, this, &JobCard::showPicture);
  showPicture();
}

void JobCard::build() {
  m_thumbnail = new QLabel(this);
  m_thumbnail->setFixedSize(kThumbnail);
  m_title = new widgets::ElidedLabel(this);
  m_title->setFont(widgets::uiFont(widgets::kTextPx, QFont::Medium));
  m_details = widgets::makeLabel(Role::Value, this);
  m_details->setWordWrap(true);
  m_cost = widgets::makeLabel(Role::Value, this);
  m_cost->setWordWrap(true);
  m_bar = new widgets::ProgressLine(m_theme, this);
  m_status = widgets::makeLabel(Role::Value, this);
  m_cancel = new widgets::IconButton(m_theme, "x", this);
  m_stop = new widgets::IconButton(m_theme, "x", this);
  // No higher than the line of text they stand in.
  for (widgets::IconButton* button : {m_cancel, m_stop}) button->setFixedSize(widgets::kTextLine, widgets::kTextLine);
  m_retry = new QPushButton(this);
  m_resume = new QPushButton(this);
  m_discard = new QPushButton(this);
  auto* links = new QHBoxLayout;
  links->setSpacing(widgets::kGap);
  for (QPushButton* link : {m_resume, m_discard, m_retry}) {
    link->setProperty("link", true);
    links->addWidget(link);
  }
  links->addStretch();

  auto* costRow = new QHBoxLayout;
  costRow->setSpacing(widgets::kGapSmall);
  costRow->addWidget(m_cost, 1, Qt::AlignTop);
  costRow->addWidget(m_cancel, 0, Qt::AlignBottom);
  auto* texts = new QVBoxLayout;
  texts->setSpacing(0);
  texts->addWidget(m_title);
  texts->addWidget(m_details);
  texts->addLayout(costRow);
  texts->addLayout(links);
  texts->addStretch();
  auto* top = new QHBoxLayout;
  top->setSpacing(widgets::kCardPaddingX);
  top->addWidget(m_thumbnail, 0, Qt::AlignTop);
  top->addLayout(texts, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(widgets::kCardPaddingX, widgets::kCardPaddingX, widgets::kCardPaddingX,
                             widgets::kCardPaddingX);
  layout->setSpacing(widgets::kGap);
  layout->addLayout(top);
  layout->addWidget(m_bar);
  auto* bottom = new QHBoxLayout;
  bottom->addWidget(m_status, 1);
  bottom->addWidget(m_stop);
  layout->addLayout(bottom);
}

void JobCard::setJob(const core::JobRecord& job, bool resumable) {
  // All else that a card shows changes with the state only.
  const bool same = job.id == m_job.id && job.state == m_job.state && resumable == m_resumable;
  m_job = job;
  m_resumable = resumable;
  if (same) return;
  setState(job.state == core::JobState::Failed ? State::Error : State::Normal);
  showTexts();
}

void JobCard::setExpectedSeconds(double seconds) {
  if (seconds == m_expectedSeconds) return;
  m_expectedSeconds = seconds;
  showCost();
}

void JobCard::setProgress(const core::Progress& progress) {
  m_progress = progress;
  m_bar->setValue(progress.fraction);
  m_status->setText(progressText(progress));
}

void JobCard::setPicture(const QImage& picture) {
  m_picture = picture;
  showPicture();
}

void JobCard::showPicture() {
  m_thumbnail->setPixmap(roundedPicture(m_picture, m_theme.tokens().bg3, devicePixelRatioF()));
}

void JobCard::showTexts() {
  const bool running = m_job.state == core::JobState::Running;
  m_title->setFullText(QString::fromStdString(m_job.spec.title));
  setAccessibleName(m_title->fullText());
  m_details->setText(jobDetails(m_job.spec));
  showCost();
  m_bar->setVisible(running);
  m_status->setVisible(running);
  m_cancel->setVisible(m_job.state == core::JobState::Queued);
  m_cancel->setLabel(tr("Cancel"));
  m_stop->setVisible(running);
  m_stop->setLabel(tr("Cancel"), QStringLiteral("Ctrl+."));
  const bool ended = m_job.state == core::JobState::Failed || m_job.state == core::JobState::Cancelled;
  m_retry->setVisible(ended && !m_resumable);
  m_retry->setText(tr("Try again"));
  m_resume->setVisible(m_resumable);
  m_resume->setText(tr("Resume"));
  m_resume->setToolTip(m_job.spec.credits > 0
                           ? tr("Goes on at its last finished step · %n credits", nullptr, m_job.spec.credits)
                           : tr("Goes on at its last finished step"));
  m_discard->setVisible(m_resumable);
  m_discard->setText(tr("Discard"));
  m_discard->setToolTip(tr("Deletes the finished steps; the job can be tried again from its first"));
  if (running) setProgress(m_progress);
}

/// What it costs, or why it cost nothing.
void JobCard::showCost() {
  const bool failed = m_job.state == core::JobState::Failed;
  widgets::setRole(m_cost, failed ? Role::Fault : Role::Value);
  m_cost->setToolTip({});
  switch (m_job.state) {
    case core::JobState::Queued:
      m_cost->setText(m_expectedSeconds >= 0 ? tr("%1 · ≈ %2").arg(reservedText(m_job), clockText(m_expectedSeconds))
                                             : reservedText(m_job));
      break;
    case core::JobState::Running:
      m_cost->setText(reservedText(m_job));
      break;
    case core::JobState::Done:
      m_cost->setText(doneText(m_job));
      break;
    case core::JobState::Failed: {
      const core::Error error = m_job.error.value_or(core::Error{});
      m_cost->setText(session::errorHeadline(error, m_job.spec.credits > 0));
      m_cost->setToolTip(session::errorText(error));
      break;
    }
    case core::JobState::Cancelled:
      m_cost->setText(m_job.spec.credits > 0 ? tr("Cancelled · credits returned") : tr("Cancelled"));
      break;
  }
}

void JobCard::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) showTexts();
}

void JobCard::mouseDoubleClickEvent(QMouseEvent*) {
  if (m_job.state == core::JobState::Done) Q_EMIT openRequested(id());
}

void JobCard::contextMenuEvent(QContextMenuEvent* event) {
  using JobState = core::JobState;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (m_job.state == JobState::Queued) {
    menu->addAction(tr("Run next"), this, [this] { Q_EMIT moveRequested(id(), Move::First); });
    menu->addAction(tr("Move up\tAlt+Up"), this, [this] { Q_EMIT moveRequested(id(), Move::Up); });
    menu->addAction(tr("Move down\tAlt+Down"), this, [this] { Q_EMIT moveRequested(id(), Move::Down); });
    menu->addSeparator();
  }
  if (m_job.state == JobState::Done)
    menu->addAction(tr("Show in monitor"), this, [this] { Q_EMIT openRequested(id()); });
  if (m_job.spec.kind == core::JobKind::Generate)
    menu->addAction(tr("Load recipe"), this, [this] { Q_EMIT recipeRequested(id()); });
  if (m_job.state == JobState::Queued || m_job.state == JobState::Running)
    menu->addAction(tr("Cancel"), this, [this] { Q_EMIT cancelRequested(id()); });
  if (m_resumable) menu->addAction(tr("Resume"), this, [this] { Q_EMIT resumeRequested(id()); });
  if (m_job.state == JobState::Failed || m_job.state == JobState::Cancelled)
    menu->addAction(tr("Try again"), this, [this] { Q_EMIT retryRequested(id()); });
  menu->popup(event->globalPos());
}

void JobCard::keyPressEvent(QKeyEvent* event) {
  const bool moves = event->modifiers() == Qt::AltModifier && m_job.state == core::JobState::Queued;
  if (moves && event->key() == Qt::Key_Up) {
    Q_EMIT moveRequested(id(), Move::Up);
  } else if (moves && event->key() == Qt::Key_Down) {
    Q_EMIT moveRequested(id(), Move::Down);
  } else {
    Card::keyPressEvent(event);
  }
}

}  // namespace kinora::queue
