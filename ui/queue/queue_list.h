// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/widgets/theme.h"

class QVBoxLayout;

namespace kinora::queue {

class JobCard;

/// The queued cards, one below the other; a card can be dragged to another place. Shows a line where it would land.
class QueueList : public QWidget {
  Q_OBJECT

 public:
  QueueList(widgets::Theme& theme, QWidget* parent);

  /// In order; the cards stay owned by the caller's panel.
  void setCards(const std::vector<JobCard*>& cards);

 Q_SIGNALS:
  /// before empty: to the end.
  void moveRequested(const QString& id, const QString& before);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void startDrag(JobCard* card);
  int placeAt(int y) const;

  widgets::Theme& m_theme;
  QVBoxLayout* m_layout;
  std::vector<JobCard*> m_cards;
  QPoint m_pressed;
  int m_dropPlace = -1;
};

}  // namespace kinora::queue
