// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/queue_list.h"

#include <QApplication>
#include <QDrag>
#include <QDropEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>

#include "ui/queue/job_card.h"

namespace kinora::queue {
namespace {

const QString kJobMime = QStringLiteral("application/x-kinora-job");

}  // namespace

QueueList::QueueList(widgets::Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
  setAcceptDrops(true);
  m_layout = new QVBoxLayout(this);
  m_layout->setContentsMargins(0, 0, 0, 0);
  m_layout->setSpacing(widgets::kGap);
}

void QueueList::setCards(const std::vector<JobCard*>& cards) {
  if (cards == m_cards) return;
  while (QLayoutItem* item = m_layout->takeAt(0)) delete item;
  for (JobCard* card : m_cards) card->removeEventFilter(this);
  m_cards = cards;
  for (JobCard* card : m_cards) {
    m_layout->addWidget(card);
    card->installEventFilter(this);
  }
}

bool QueueList::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseButtonPress)
    m_pressed = static_cast<QMouseEvent*>(event)->globalPosition().toPoint();
  if (event->type() == QEvent::MouseMove) {
    auto* mouse = static_cast<QMouseEvent*>(event);
    const QPoint way = mouse->globalPosition().toPoint() - m_pressed;
    if ((mouse->buttons() & Qt::LeftButton) && way.manhattanLength() >= QApplication::startDragDistance()) {
      startDrag(static_cast<JobCard*>(watched));
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void QueueList::startDrag(JobCard* card) {
  if (card->job().state != core::JobState::Queued) return;
  auto* mime = new QMimeData;
  mime->setData(kJobMime, QByteArray::fromStdString(card->job().id));
  auto* drag = new QDrag(this);
  drag->setMimeData(mime);
  drag->setPixmap(card->grab());
  drag->setHotSpot(card->mapFromGlobal(m_pressed));
  drag->exec(Qt::MoveAction);
}

int QueueList::placeAt(int y) const {
  int place = 0;
  for (const JobCard* card : m_cards) {
    if (y > card->geometry().center().y()) ++place;
  }
  return place;
}

void QueueList::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasFormat(kJobMime)) event->acceptProposedAction();
}

void QueueList::dragMoveEvent(QDragMoveEvent* event) {
  m_dropPlace = placeAt(event->position().toPoint().y());
  update();
  event->acceptProposedAction();
}

void QueueList::dragLeaveEvent(QDragLeaveEvent*) {
  m_dropPlace = -1;
  update();
}

void QueueList::dropEvent(QDropEvent* event) {
  const auto place = static_cast<std::size_t>(placeAt(event->position().toPoint().y()));
  m_dropPlace = -1;
  update();
  const QString id = QString::fromUtf8(event->mimeData()->data(kJobMime));
  const QString before = place < m_cards.size() ? QString::fromStdString(m_cards[place]->job().id) : QString();
  event->acceptProposedAction();
  if (before != id) Q_EMIT moveRequested(id, before);
}

void QueueList::paintEvent(QPaintEvent*) {
  if (m_dropPlace < 0 || m_cards.empty()) return;
  const auto place = static_cast<std::size_t>(m_dropPlace);
  const int y = place < m_cards.size() ? m_cards[place]->y() - widgets::kGap / 2 : m_cards.back()->geometry().bottom();
  QPainter(this).fillRect(0, y - widgets::kLine, width(), 2 * widgets::kLine, m_theme.tokens().accent);
}

}  // namespace kinora::queue
