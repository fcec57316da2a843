// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/preview/job_preview_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/session/engine_client.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/progress_line.h"

namespace kinora::preview {
namespace {

constexpr int kWidth = 256;
constexpr int kPicture = kWidth - 2 * widgets::kGap;  ///< longest side of the picture

}  // namespace

JobPreviewCard::JobPreviewCard(widgets::Theme& theme, session::EngineClient& client, QWidget* parent)
    : QFrame(parent),
      m_theme(theme),
      m_client(client),
      m_label(new widgets::ElidedLabel(this)),
      m_close(new widgets::IconButton(theme, "x", this)),
      m_line(new widgets::ProgressLine(theme, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(widgets::kGap, widgets::kGapSmall, widgets::kGap, widgets::kGap);
  column->setSpacing(widgets::kGapSmall);
  auto* head = new QHBoxLayout;
  head->setSpacing(widgets::kGapSmall);
  m_label->setFont(widgets::uiFont(widgets::kLabelPx));
  head->addWidget(m_label, 1);
  head->addWidget(m_close);
  column->addLayout(head);
  column->addStretch(1);
  column->addWidget(m_line);
  hide();
  parent->installEventFilter(this);

  connect(m_close, &QAbstractButton::clicked, this, [this] {
    m_closed = m_job;
    hide();
  });
  connect(&m_theme, &widgets::Theme::changed, this, qOverload<>(&QWidget::update));
  connect(&m_client, &session::EngineClient::jobPreview, this, &JobPreviewCard::showPicture);
  connect(&m_client, &session::EngineClient::jobProgress, this, &JobPreviewCard::showProgress);
  connect(&m_client, &session::EngineClient::jobFinished, this, &JobPreviewCard::end);
  connect(&m_client, &session::EngineClient::jobFailed, this, &JobPreviewCard::end);
  connect(&m_client, &session::EngineClient::jobCancelled, this, &JobPreviewCard::end);
  retranslate();
}

void JobPreviewCard::retranslate() {
  setAccessibleName(tr("Preview of the clip that is being made"));
  m_close->setLabel(tr("Hide this preview"));
  if (!m_job.isEmpty()) showProgress(m_job);
}

void JobPreviewCard::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QFrame::changeEvent(event);
}

bool JobPreviewCard::eventFilter(QObject* watched, QEvent* event) {
  if (watched == parentWidget() && event->type() == QEvent::Resize) place();
  return QFrame::eventFilter(watched, event);
}

void JobPreviewCard::showPicture(const QString& id, const QImage& picture) {
  if (picture.isNull() || id == m_closed) return;
  m_job = id;
  m_picture = picture;
  showProgress(id);
  place();
  show();
  raise();
  update();
}

void JobPreviewCard::showProgress(const QString& id) {
  if (id != m_job) return;
  const auto progress = m_client.progress(id.toStdString());
  if (!progress) {
    m_label->setFullText(tr("Being made"));
    return;
  }
  m_line->setValue(progress->fraction);
  const int percent = static_cast<int>(std::lround(progress->fraction * 100));
  m_label->setFullText(progress->stage == core::Stage::Denoise && progress->steps > 0
                           ? tr("Step %1 of %2 · %3 %").arg(progress->step).arg(progress->steps).arg(percent)
                           : tr("Being made · %1 %").arg(percent));
}

void JobPreviewCard::end(const QString& id) {
  if (id != m_job) return;
  m_job.clear();
  m_picture = {};
  hide();
}

void JobPreviewCard::place() {
  if (m_picture.isNull()) return;
  const int most = std::max(widgets::kIconButton * 2, parentWidget()->height() / 3);
  const QSize size = m_picture.size().scaled(kPicture, most, Qt::KeepAspectRatio);
  const int chrome = widgets::kGapSmall * 3 + widgets::kIconButton + widgets::kProgressHeight + widgets::kGap;
  resize(kWidth, size.height() + chrome);
  move(parentWidget()->width() - width() - widgets::kPanelPadding,
       parentWidget()->height() - height() - widgets::kPanelPadding);
}

QRect JobPreviewCard::pictureRect() const {
  const QRect room(widgets::kGap, widgets::kGapSmall * 2 + widgets::kIconButton, width() - 2 * widgets::kGap,
                   m_line->y() - widgets::kGapSmall * 3 - widgets::kIconButton);
  QRect rect(QPoint(0, 0), m_picture.size().scaled(room.size(), Qt::KeepAspectRatio));
  rect.moveCenter(room.center());
  return rect;
}

void JobPreviewCard::paintEvent(QPaintEvent*) {
  const widgets::Tokens& tokens = m_theme.tokens();
  QPainter painter(this);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  painter.setPen(QPen(tokens.line2, widgets::kLine));
  painter.setBrush(tokens.bg2);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), widgets::kRadiusCard, widgets::kRadiusCard);
  if (m_picture.isNull()) return;
  QPainterPath shape;
  shape.addRoundedRect(pictureRect(), widgets::kRadiusSmall, widgets::kRadiusSmall);
  painter.setClipPath(shape);
  painter.drawImage(pictureRect(), m_picture);
}

}  // namespace kinora::preview
