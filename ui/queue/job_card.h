// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>

#include "engine/core/job.h"
#include "ui/widgets/card.h"
#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;

namespace kinora::widgets {
class ElidedLabel;
class IconButton;
class ProgressLine;
}  // namespace kinora::widgets

namespace kinora::queue {

/// One job: picture, title, what it is and costs; progress and Cancel while it runs, the reason and Try again, or
/// Resume and Discard, where it failed. Its menu and, with the focus, Alt+Up and Alt+Down do what dragging it does.
/// Shows what it is given and asks through signals.
class JobCard : public widgets::Card {
  Q_OBJECT

 public:
  enum class Move { First, Up, Down };

  JobCard(widgets::Theme& theme, QWidget* parent);

  /// resumable: it ended, and can go on at its last finished step.
  void setJob(const core::JobRecord& job, bool resumable = false);
  void setProgress(const core::Progress& progress);
  /// How long a job that waits will take; < 0: not known.
  void setExpectedSeconds(double seconds);
  /// The half-finished clip, or the first frame of the finished one.
  void setPicture(const QImage& picture);
  bool hasPicture() const { return !m_picture.isNull(); }
  const core::JobRecord& job() const { return m_job; }

 Q_SIGNALS:
  void cancelRequested(const QString& id);
  void retryRequested(const QString& id);
  void resumeRequested(const QString& id);
  void discardRequested(const QString& id);  ///< what it could go on with is not wanted
  void openRequested(const QString& id);     ///< a finished job was double-clicked
  void recipeRequested(const QString& id);
  void moveRequested(const QString& id, kinora::queue::JobCard::Move move);

 protected:
  void changeEvent(QEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void build();
  void showTexts();
  void showCost();
  void showPicture();
  QString id() const { return QString::fromStdString(m_job.id); }

  widgets::Theme& m_theme;
  core::JobRecord m_job;
  bool m_resumable = false;
  core::Progress m_progress;
  double m_expectedSeconds = -1;
  QImage m_picture;
  QLabel* m_thumbnail;
  widgets::ElidedLabel* m_title;
  QLabel* m_details;
  QLabel* m_cost;
  widgets::ProgressLine* m_bar;
  QLabel* m_status;
  widgets::IconButton* m_cancel;  ///< of a queued job
  widgets::IconButton* m_stop;    ///< of the running one, beside its progress
  QPushButton* m_retry;
  QPushButton* m_resume;
  QPushButton* m_discard;
};

}  // namespace kinora::queue
