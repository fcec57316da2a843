// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/queue/queue_panel.h"

#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSet>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/queue/job_card.h"
#include "ui/queue/job_texts.h"
#include "ui/queue/queue_list.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/icon_button.h"

namespace kinora::queue {
namespace {

using widgets::Role;

/// How many ended jobs are shown; older ones stay in the store until Clear.
constexpr std::size_t kShownDone = 20;

QWidget* header(QLabel* label, QWidget* right, QWidget* parent) {
  auto* row = new QWidget(parent);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, widgets::kGapLabel, 0, 0);
  layout->setSpacing(widgets::kGap);
  layout->addWidget(label, 1);
  layout->addWidget(right);
  return row;
}

QVBoxLayout* column() {
  auto* layout = new QVBoxLayout;
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(widgets::kGap);
  return layout;
}

/// Brings the cards into column, in order; what stands right already is left alone, so that nothing is laid out anew.
void fill(QVBoxLayout& column, const std::vector<JobCard*>& cards) {
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const int place = static_cast<int>(i);
    const QLayoutItem* there = column.itemAt(place);
    if (!there || there->widget() != cards[i]) column.insertWidget(place, cards[i]);
  }
}

}  // namespace

QueuePanel::QueuePanel(widgets::Theme& theme, session::EngineClient& client, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_client(client) {
  auto* content = new QWidget;
  m_nowLabel = widgets::makeLabel(Role::Label, content);
  m_total = widgets::makeLabel(Role::Label, content);
  m_pause = new widgets::IconButton(theme, "pause", content);
  m_pause->setFixedSize(widgets::kTextLine, widgets::kTextLine);
  m_nextLabel = widgets::makeLabel(Role::Label, content);
  m_doneLabel = widgets::makeLabel(Role::Label, content);
  m_clear = new QPushButton(content);
  m_clear->setProperty("link", true);
  m_empty = widgets::makeLabel(Role::Label, content);
  m_empty->setWordWrap(true);
  m_empty->setAlignment(Qt::AlignCenter);
  m_now = column();
  m_done = column();
  m_next = new QueueList(theme, content);

  m_nowHeader = header(m_nowLabel, m_total, content);
  m_nextHeader = header(m_nextLabel, m_pause, content);
  m_doneHeader = header(m_doneLabel, m_clear, content);
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(widgets::kPromptPaddingX, widgets::kPromptPaddingX, widgets::kPromptPaddingX,
                             widgets::kPromptPaddingX);
  layout->setSpacing(widgets::kGap);
  layout->addWidget(m_nowHeader);
  layout->addLayout(m_now);
  layout->addWidget(m_nextHeader);
  layout->addWidget(m_next);
  layout->addWidget(m_doneHeader);
  layout->addLayout(m_done);
  layout->addWidget(m_empty);
  layout->addStretch(1);
  auto* scroll = new QScrollArea(this);
  scroll->setWidget(content);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);  // its cards take the focus
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(scroll);

  connect(m_clear, &QPushButton::clicked, &client, &session::EngineClient::clearFinished);
  connect(m_pause, &QToolButton::clicked, this, [this] {
    m_client.setPaused(!m_client.isPaused());
    retranslate();
  });
  connect(m_next, &QueueList::moveRequested, this,
          [this](const QString& id, const QString& before) { m_client.move(id.toStdString(), before.toStdString()); });
  connect(&client, &session::EngineClient::jobsChanged, this, &QueuePanel::refresh);
  connect(&client, &session::EngineClient::expectationsChanged, this, &QueuePanel::refresh);
  connect(&client, &session::EngineClient::jobProgress, this,
          [this](const QString& id, const core::Progress& progress) {
            if (JobCard* card = m_cards.value(id)) card->setProgress(progress);
            showTotal();
          });
  connect(&client, &session::EngineClient::jobPreview, this, [this](const QString& id, const QImage& picture) {
    if (JobCard* card = m_cards.value(id)) card->setPicture(picture);
  });
  retranslate();
  refresh();
}

JobCard* QueuePanel::makeCard() {
  auto* card = new JobCard(m_theme, this);
  connect(card, &JobCard::cancelRequested, this, [this](const QString& id) { m_client.cancel(id.toStdString()); });
  connect(card, &JobCard::moveRequested, this, &QueuePanel::moveJob);
  connect(card, &JobCard::retryRequested, this, [this](const QString& id) { runAgain(id, {}); });
  connect(card, &JobCard::resumeRequested, this, [this](const QString& id) { runAgain(id, id.toStdString()); });
  connect(card, &JobCard::discardRequested, this,
          [this](const QString& id) { m_client.discardSteps(id.toStdString()); });
  connect(card, &JobCard::openRequested, this, [this](const QString& id) {
    if (const core::JobSpec* spec = specOf(id)) Q_EMIT openRequested(QString::fromStdString(spec->output));
  });
  connect(card, &JobCard::recipeRequested, this, [this](const QString& id) {
    if (const core::JobSpec* spec = specOf(id))
      Q_EMIT recipeRequested(QString::fromStdString(core::toJson(spec->request)));
  });
  return card;
}

JobCard* QueuePanel::cardFor(const core::JobRecord& job) {
  JobCard*& card = m_cards[QString::fromStdString(job.id)];
  if (!card) card = makeCard();
  const bool justDone = job.state == core::JobState::Done && card->job().state != core::JobState::Done;
  card->setJob(job, m_client.canResume(job.id));
  if (const auto progress = m_client.progress(job.id)) card->setProgress(*progress);
  card->setExpectedSeconds(job.state == core::JobState::Queued ? expectedSeconds(job) : -1);
  if (justDone || !card->hasPicture()) loadPicture(card);
  return card;
}

void QueuePanel::runAgain(const QString& id, const core::JobId& resumes) {
  const core::JobSpec* spec = specOf(id);
  if (!spec) return;
  core::JobSpec again = *spec;
  again.resumes = resumes;
  Q_EMIT retryRequested(again);
}

void QueuePanel::moveJob(const QString& id, JobCard::Move move) {
  std::vector<core::JobId> order;
  for (const core::JobRecord& job : m_client.jobs()) {
    if (job.state == core::JobState::Queued) order.push_back(job.id);
  }
  const auto found = std::find(order.begin(), order.end(), id.toStdString());
  if (found == order.end()) return;
  const auto place = found - order.begin();
  const auto last = static_cast<std::ptrdiff_t>(order.size()) - 1;
  // Down: before the one after the next, which behind the last is none.
  const std::ptrdiff_t before = move == JobCard::Move::First ? 0 : move == JobCard::Move::Up ? place - 1 : place + 2;
  if ((move == JobCard::Move::Down && place == last) || before < 0 || before == place) return;
  m_client.move(*found, before <= last ? order[static_cast<std::size_t>(before)] : core::JobId());
}

/// First frame of what was made, or the picture it starts from.
void QueuePanel::loadPicture(JobCard* card) {
  const core::JobRecord& job = card->job();
  constexpr int kSide = 256;
  const auto show = [card](const core::Result<core::Frame>& frame) {
    if (frame) card->setPicture(session::toImage(*frame));
  };
  if (job.state == core::JobState::Done) {
    m_client.frameAt(QString::fromStdString(job.spec.output), 0, kSide, card, show);
  } else if (!job.spec.request.startImage.empty()) {
    m_client.picture(QString::fromStdString(job.spec.request.startImage), kSide, card, show);
  }
}

void QueuePanel::refresh() {
  std::vector<JobCard*> queued;
  std::vector<JobCard*> running;
  std::vector<JobCard*> done;
  QSet<QString> alive;
  for (const core::JobRecord& job : m_client.jobs()) {
    const bool isQueued = job.state == core::JobState::Queued;
    const bool isRunning = job.state == core::JobState::Running;
    if (!isQueued && !isRunning && done.size() >= kShownDone) continue;
    JobCard* card = cardFor(job);
    alive.insert(QString::fromStdString(job.id));
    if (isQueued) {
      queued.push_back(card);
      continue;
    }
    (isRunning ? running : done).push_back(card);
  }
  m_next->setCards(queued);
  fill(*m_now, running);
  fill(*m_done, done);
  for (auto it = m_cards.begin(); it != m_cards.end();) {
    if (alive.contains(it.key())) {
      ++it;
    } else {
      it.value()->deleteLater();
      it = m_cards.erase(it);
    }
  }
  const int open = static_cast<int>(queued.size() + running.size());
  m_nowHeader->setVisible(open > 0);
  m_nextHeader->setVisible(!queued.empty());
  m_next->setVisible(!queued.empty());
  m_doneHeader->setVisible(!done.empty());
  m_empty->setVisible(alive.isEmpty());
  if (open != m_open) {
    m_open = open;
    Q_EMIT openJobsChanged(open);
  }
  showTotal();
}

double QueuePanel::expectedSeconds(const core::JobRecord& job) const {
  if (job.spec.kind != core::JobKind::Generate) return -1;
  core::Plan plan;
  plan.request = job.spec.request;
  plan.work = job.spec.work;
  return m_client.expectedSeconds(plan);
}

/// Time until the queue is empty: what the running jobs say, and for queued ones the measured rate of their model.
void QueuePanel::showTotal() {
  double seconds = 0;
  bool known = m_open > 0;
  for (const core::JobRecord& job : m_client.jobs()) {
    if (job.state == core::JobState::Running) {
      const auto progress = m_client.progress(job.id);
      if (progress && progress->etaSeconds >= 0) seconds += progress->etaSeconds;
    } else if (job.state == core::JobState::Queued && job.spec.kind == core::JobKind::Generate) {
      const double expected = expectedSeconds(job);
      known = known && expected >= 0;
      seconds += std::max(0.0, expected);
    }
  }
  m_total->setText(known && seconds > 0 ? tr("all done in %1").arg(clockText(seconds)) : QString());
}

const core::JobSpec* QueuePanel::specOf(const QString& id) const {
  const core::JobRecord* job = m_client.job(id.toStdString());
  return job ? &job->spec : nullptr;
}

void QueuePanel::retranslate() {
  const bool paused = m_client.isPaused();
  m_nowLabel->setText(tr("Now"));
  m_nextLabel->setText(paused ? tr("Next · paused") : tr("Next"));
  m_doneLabel->setText(tr("Done"));
  m_clear->setText(tr("Clear"));
  m_clear->setAccessibleName(tr("Clear finished jobs"));
  m_pause->setIconName(paused ? "play" : "pause");
  m_pause->setLabel(paused ? tr("Go on with the queue") : tr("Pause the queue"));
  m_empty->setText(tr("Nothing in the queue. Write a prompt and press Ctrl+Enter."));
  setAccessibleName(tr("Queue"));
  showTotal();
}

void QueuePanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
}

}  // namespace kinora::queue
