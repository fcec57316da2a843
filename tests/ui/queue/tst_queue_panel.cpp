// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>

#include "tests/support/panel_fixture.h"
#include "ui/queue/job_card.h"
#include "ui/queue/job_texts.h"
#include "ui/queue/queue_list.h"
#include "ui/queue/queue_panel.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/icons.h"

using namespace kinora;
using queue::JobCard;
using queue::QueuePanel;

class TestQueuePanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { widgets::initResources(); }
  void init();
  void cleanup();
  void emptyQueueSaysWhatToDo();
  void countsOpenJobsForTheBadge();
  void cancelGivesTheCreditsBack();
  void failedJobOffersAnotherGo();
  void cutOffJobOffersToGoOn();
  void discardedStepsLeaveTryAgain();
  void resumedJobIsNotOfferedTwice();
  void clearForgetsStepsToo();
  void draggingACardAsksForItsPlace();
  void keysMoveACard();
  void pauseHoldsTheNextBack();
  void clearForgetsWhatIsDone();
  void textsOfTimesAndSteps();

 private:
  core::JobId submit(const char* title, int credits = 20);
  JobCard* card(const core::JobId& id) const;
  QPushButton* link(const core::JobId& id, const char* words) const;

  std::unique_ptr<test::UiFixture> m_fixture;
  std::unique_ptr<QueuePanel> m_panel;
};

void TestQueuePanel::init() {
  m_fixture = std::make_unique<test::UiFixture>();
  m_fixture->startQueue([fixture = m_fixture.get()](const core::JobId& id, const core::JobSpec& spec,
                                                    const jobs::JobCallbacks&,
                                                    std::stop_token stop) -> core::Result<core::JobOutcome> {
    if (spec.title == "cut off") fixture->leaveSteps(id);
    if (spec.title == "cut off") return core::Error{core::ErrorCode::OutOfMemory, "too big", "decode"};
    if (spec.title == "fails") return core::Error{core::ErrorCode::OutOfMemory, "too big", "decode"};
    if (spec.title == "ends") return core::JobOutcome{};
    QSemaphore stopped;
    const std::stop_callback wake(stop, [&] { stopped.release(); });
    stopped.acquire();
    return core::Error{core::ErrorCode::Cancelled, "stopped", {}};
  });
  m_panel = std::make_unique<QueuePanel>(m_fixture->theme(), m_fixture->client());
  m_panel->resize(320, 700);
  m_panel->show();
}

void TestQueuePanel::cleanup() {
  m_panel.reset();
  m_fixture.reset();
}

core::JobId TestQueuePanel::submit(const char* title, int credits) {
  core::JobSpec spec;
  spec.title = title;
  spec.request.edition = "standard";
  spec.request.quality = "720p";
  spec.output = m_fixture->path(QString::fromLatin1(title)).toStdString();
  spec.credits = credits;
  const auto id = m_fixture->client().submit(spec);
  if (!id) qFatal("%s", id.error().text().c_str());
  return *id;
}

JobCard* TestQueuePanel::card(const core::JobId& id) const {
  const auto cards = m_panel->findChildren<JobCard*>();
  const auto it = std::find_if(cards.begin(), cards.end(), [&](const JobCard* c) { return c->job().id == id; });
  return it == cards.end() ? nullptr : *it;
}

/// The link with these words, if the card shows it.
QPushButton* TestQueuePanel::link(const core::JobId& id, const char* words) const {
  for (auto* button : card(id)->findChildren<QPushButton*>()) {
    if (button->isVisibleTo(card(id)) && button->text() == QLatin1String(words)) return button;
  }
  return nullptr;
}

void TestQueuePanel::emptyQueueSaysWhatToDo() {
  QStringList shown;
  for (const QLabel* label : m_panel->findChildren<QLabel*>()) {
    if (label->isVisible()) shown << label->text();
  }
  QVERIFY(!shown.filter(QStringLiteral("Ctrl+Enter")).isEmpty());
}

void TestQueuePanel::countsOpenJobsForTheBadge() {
  QSignalSpy counted(m_panel.get(), &QueuePanel::openJobsChanged);
  submit("runs");
  submit("waits");
  QTRY_COMPARE(m_panel->openJobs(), 2);
  QCOMPARE(counted.last()[0].toInt(), 2);
}

void TestQueuePanel::cancelGivesTheCreditsBack() {
  const auto id = submit("runs");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Running);
  QCOMPARE(m_fixture->client().balance().available, 980);
  widgets::IconButton* cancel = nullptr;
  const auto findCancel = [&] {
    for (auto* button : card(id)->findChildren<widgets::IconButton*>()) {
      if (button->isVisible()) cancel = button;
    }
    return cancel != nullptr;
  };
  QTRY_VERIFY(findCancel());  // a card shows itself through the event loop
  cancel->click();
  QTRY_COMPARE(m_fixture->client().balance().available, 1000);
  QTRY_COMPARE(card(id)->job().state, core::JobState::Cancelled);
}

void TestQueuePanel::failedJobOffersAnotherGo() {
  QSignalSpy retried(m_panel.get(), &QueuePanel::retryRequested);
  const auto id = submit("fails");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Failed);
  QCOMPARE(card(id)->state(), widgets::Card::State::Error);
  QStringList words;
  for (const QLabel* label : card(id)->findChildren<QLabel*>()) words << label->text();
  QVERIFY2(!words.filter(QStringLiteral("credits returned")).isEmpty(), qPrintable(words.join(QStringLiteral("|"))));
  card(id)->findChild<QPushButton*>()->click();
  QCOMPARE(retried.count(), 1);
}

void TestQueuePanel::cutOffJobOffersToGoOn() {
  QSignalSpy retried(m_panel.get(), &QueuePanel::retryRequested);
  const auto id = submit("cut off");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Failed);
  QVERIFY(link(id, "Discard"));
  QVERIFY(!link(id, "Try again"));
  QVERIFY(link(id, "Resume"));
  link(id, "Resume")->click();
  QCOMPARE(retried.count(), 1);
  QCOMPARE(retried[0][0].value<core::JobSpec>().resumes, id);

  const auto plain = submit("fails");
  QTRY_VERIFY(card(plain) && card(plain)->job().state == core::JobState::Failed);
  QVERIFY(!link(plain, "Resume"));
  QVERIFY(!link(plain, "Discard"));
}

void TestQueuePanel::discardedStepsLeaveTryAgain() {
  const auto id = submit("cut off");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Failed);
  link(id, "Discard")->click();
  QVERIFY(!QFile::exists(m_fixture->path(QStringLiteral("jobs/") + QString::fromStdString(id))));
  QVERIFY(!link(id, "Resume"));
  QSignalSpy retried(m_panel.get(), &QueuePanel::retryRequested);
  link(id, "Try again")->click();
  QCOMPARE(retried.count(), 1);
  QVERIFY(retried[0][0].value<core::JobSpec>().resumes.empty());
}

void TestQueuePanel::resumedJobIsNotOfferedTwice() {
  const auto id = submit("cut off");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Failed);
  core::JobSpec spec = card(id)->job().spec;
  spec.title = "runs";
  spec.resumes = id;
  const auto next = m_fixture->client().submit(spec);
  QVERIFY(next.ok());
  QVERIFY(!link(id, "Resume"));
  m_fixture->client().cancel(*next);
  QTRY_VERIFY(link(id, "Resume"));  // it had not taken the steps over
}

void TestQueuePanel::clearForgetsStepsToo() {
  const auto id = submit("cut off");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Failed);
  m_fixture->client().clearFinished();
  QVERIFY(!QFile::exists(m_fixture->path(QStringLiteral("jobs/") + QString::fromStdString(id))));
}

void TestQueuePanel::draggingACardAsksForItsPlace() {
  submit("runs");
  const auto first = submit("first");
  const auto second = submit("second");
  QTRY_VERIFY(card(second));
  auto* list = m_panel->findChild<queue::QueueList*>();
  QVERIFY(list);
  Q_EMIT list->moveRequested(QString::fromStdString(second), QString::fromStdString(first));
  const auto position = [&](const core::JobId& id) { return m_fixture->client().job(id)->position; };
  QTRY_VERIFY(position(second) < position(first));
}

void TestQueuePanel::keysMoveACard() {
  submit("runs");
  const auto first = submit("first");
  const auto second = submit("second");
  const auto third = submit("third");
  const auto order = [&] {
    std::vector<core::JobId> ids;
    for (const core::JobRecord& job : m_fixture->client().jobs()) {
      if (job.state == core::JobState::Queued) ids.push_back(job.id);
    }
    return ids;
  };
  using Ids = std::vector<core::JobId>;
  QTRY_COMPARE(order(), (Ids{first, second, third}));
  QTest::keyClick(card(third), Qt::Key_Up, Qt::AltModifier);
  QCOMPARE(order(), (Ids{first, third, second}));
  QTest::keyClick(card(first), Qt::Key_Down, Qt::AltModifier);
  QCOMPARE(order(), (Ids{third, first, second}));
  QTest::keyClick(card(third), Qt::Key_Up, Qt::AltModifier);  // it is the first
  QTest::keyClick(card(second), Qt::Key_Down, Qt::AltModifier);
  QCOMPARE(order(), (Ids{third, first, second}));
  Q_EMIT card(second)->moveRequested(QString::fromStdString(second), JobCard::Move::First);
  QCOMPARE(order(), (Ids{second, third, first}));
}

void TestQueuePanel::pauseHoldsTheNextBack() {
  m_fixture->client().setPaused(true);
  const auto id = submit("ends");
  QTRY_VERIFY(card(id));
  QCOMPARE(card(id)->job().state, core::JobState::Queued);
  m_fixture->client().setPaused(false);
  QTRY_COMPARE(card(id)->job().state, core::JobState::Done);
}

void TestQueuePanel::clearForgetsWhatIsDone() {
  const auto id = submit("ends");
  QTRY_VERIFY(card(id) && card(id)->job().state == core::JobState::Done);
  for (auto* button : m_panel->findChildren<QPushButton*>()) {
    if (button->text() == QStringLiteral("Clear")) button->click();
  }
  QTRY_VERIFY(!card(id));
}

void TestQueuePanel::textsOfTimesAndSteps() {
  QCOMPARE(queue::clockText(11), QStringLiteral("0:11"));
  QCOMPARE(queue::clockText(3725), QStringLiteral("1:02:05"));
  core::Progress progress;
  progress.stage = core::Stage::Denoise;
  progress.step = 5;
  progress.steps = 8;
  progress.etaSeconds = 11;
  QCOMPARE(queue::progressText(progress), QStringLiteral("Step 5 of 8 · 0:11 left"));
}

QTEST_MAIN(TestQueuePanel)
#include "tst_queue_panel.moc"
