// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>

#include "engine/core/job.h"
#include "ui/queue/job_card.h"
#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace kinora::session {
class EngineClient;
}

namespace kinora::widgets {
class IconButton;
}

namespace kinora::queue {

class QueueList;

/// The queue: what runs now, what comes next (drag to reorder), what is done, with the time until all is done.
class QueuePanel : public QWidget {
  Q_OBJECT

 public:
  QueuePanel(widgets::Theme& theme, session::EngineClient& client, QWidget* parent = nullptr);

  /// Jobs queued or running, for the tab's badge.
  int openJobs() const { return m_open; }

 Q_SIGNALS:
  void openJobsChanged(int count);
  /// Another go at a job that failed or was cancelled; where spec.resumes is set, from the steps that were finished.
  void retryRequested(const kinora::core::JobSpec& spec);
  void openRequested(const QString& file);
  void recipeRequested(const QString& recipe);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void retranslate();
  void showTotal();
  JobCard* cardFor(const core::JobRecord& job);
  JobCard* makeCard();
  void runAgain(const QString& id, const core::JobId& resumes);
  void moveJob(const QString& id, JobCard::Move move);
  double expectedSeconds(const core::JobRecord& job) const;
  void loadPicture(JobCard* card);
  const core::JobSpec* specOf(const QString& id) const;

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  QHash<QString, JobCard*> m_cards;
  QLabel* m_nowLabel;
  QLabel* m_total;
  QLabel* m_nextLabel;
  QLabel* m_doneLabel;
  QLabel* m_empty;
  widgets::IconButton* m_pause;
  QPushButton* m_clear;
  QVBoxLayout* m_now;
  QueueList* m_next;
  QVBoxLayout* m_done;
  QWidget* m_nowHeader;
  QWidget* m_nextHeader;
  QWidget* m_doneHeader;
  int m_open = 0;
};

}  // namespace kinora::queue
