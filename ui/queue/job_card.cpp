// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/job_card.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>

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
  m_thumbnail = new QLabel(this);
  m_thumbnail->setFixedSize(kThumbnail);
  m_title = new widgets::ElidedLabel(this);
  m_details = widgets::makeLabel(Role::Value, this);
  m_details->setWordWrap(true);
  m_cost = widgets::makeLabel(Role::Value, this);
  m_cost->setWordWrap(true);
  m_bar = new widgets::ProgressLine(theme, this);
  m_status = widgets::makeLabel(Role::Value, this);
  m_cancel = new widgets::IconButton(theme, "x", this);
  m_stop = new widgets::IconButton(theme, "x", this);
  m_retry = new QPushButton(this);
  m_retry->setProperty("link", true);

  auto* texts = new QVBoxLayout;
  texts->setSpacing(0);
  texts->addWidget(m_title);
  texts->addWidget(m_details);
  texts->addWidget(m_cost);
  texts->addWidget(m_retry);
  texts->addStretch();
  auto* top = new QHBoxLayout;
  top->setSpacing(widgets::kCardPaddingX);
  top->addWidget(m_thumbnail, 0, Qt::AlignTop);
  top->addLayout(texts, 1);
  top->addWidget(m_cancel, 0, Qt::AlignTop);
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

  for (widgets::IconButton* button : {m_cancel, m_stop}) {
    connect(button, &QToolButton::clicked, this, [this] { Q_EMIT cancelRequested(id()); });
  }
  connect(m_retry, &QPushButton::clicked, this, [this] { Q_EMIT retryRequested(id()); });
  connect(&theme, &widgets::Theme::changed, this, &JobCard::showPicture);
  showPicture();
}

void JobCard::setJob(const core::JobRecord& job) {
  m_job = job;
  setState(job.state == core::JobState::Failed ? State::Error : State::Normal);
  showTexts();
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
  const bool queued = m_job.state == core::JobState::Queued;
  const bool failed = m_job.state == core::JobState::Failed;
  const bool cancelled = m_job.state == core::JobState::Cancelled;
  m_title->setFullText(QString::fromStdString(m_job.spec.title));
  setAccessibleName(m_title->fullText());
  m_details->setText(jobDetails(m_job.spec));
  m_cost->setVisible(true);
  widgets::setRole(m_cost, failed ? Role::Fault : Role::Value);
  if (failed) {
    const core::Error error = m_job.error.value_or(core::Error{});
    m_cost->setText(session::errorHeadline(error, m_job.spec.credits > 0));
    m_cost->setToolTip(session::errorText(error));
  } else if (cancelled) {
    m_cost->setText(m_job.spec.credits > 0 ? tr("Cancelled · credits returned") : tr("Cancelled"));
  } else {
    m_cost->setText(running || queued ? reservedText(m_job) : doneText(m_job));
  }
  m_bar->setVisible(running);
  m_status->setVisible(running);
  m_cancel->setVisible(queued);
  m_cancel->setLabel(tr("Cancel"));
  m_stop->setVisible(running);
  m_stop->setLabel(tr("Cancel"), QStringLiteral("Ctrl+."));
  m_retry->setVisible(failed || cancelled);
  m_retry->setText(tr("Try again"));
  if (running) setProgress(m_progress);
}

void JobCard::changeEvent(QEvent* event) {
  Card::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) showTexts();
}

void JobCard::mouseDoubleClickEvent(QMouseEvent*) {
  if (m_job.state == core::JobState::Done) Q_EMIT openRequested(id());
}

}  // namespace kinora::queue
