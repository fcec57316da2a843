// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "engine/core/sampling.h"
#include "engine/jobs/job_queue.h"
#include "engine/store/store.h"
#include "ui/session/engine_client.h"

using namespace kinora;
using session::EngineClient;

namespace {

/// Answers from memory; notes the thread it was asked on.
class FakeMedia : public core::MediaService {
 public:
  core::Result<core::ClipInfo> probe(const std::string& path) override {
    thread = QThread::currentThread();
    if (path == "/missing") return core::Error{core::ErrorCode::NotFound, "there is no such file", path};
    if (path == "/throws") throw std::runtime_error("media went wrong");
    core::ClipInfo info;
    info.path = path;
    return info;
  }
  core::Result<core::Frame> picture(const std::string&, int) override { return core::Frame(); }
  core::Result<core::Frame> frameAt(const std::string&, std::int64_t, int) override { return core::Frame(); }
  core::Result<void> writePng(const std::string&, const core::Frame&) override { return {}; }
  std::atomic<QThread*> thread = nullptr;
};

core::Result<core::JobOutcome> fiveSteps(const core::JobId&, const core::JobSpec& spec,
                                         const jobs::JobCallbacks& callbacks, std::stop_token stop) {
  for (int step = 1; step <= 5; ++step) {
    if (stop.stop_requested()) return core::Error{core::ErrorCode::Cancelled, "stopped", {}};
    callbacks.progress({core::Stage::Denoise, step, 5, step / 5.0, -1, 0});
    auto pixels = std::make_shared<std::uint8_t[]>(12);
    callbacks.preview(core::Frame(2, 2, std::move(pixels)));
  }
  if (spec.title == "bad") return core::Error{core::ErrorCode::OutOfMemory, "no memory", "decode"};
  core::JobOutcome outcome;
  outcome.clip.path = spec.output;
  outcome.timings["total"] = 2;
  return outcome;
}

}  // namespace

class TestEngineClient : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init();
  void cleanup();
  void eventsArriveInOrderOnTheUiThread();
  void workersBringTheListAlong();
  void finishedWorkTellsTheRate();
  void failureCarriesItsReasonAndReturnsCredits();
  void cancelTakesAQueuedJobOut();
  void submitWithoutCreditsIsRefused();
  void mediaAnswersOnTheUiThread();
  void answerForAGoneContextIsDropped();
  void eventsAfterTheQueueLeaveTheList();
  void eventsAfterTheEndAreHarmless();
  void imagesShareOrCopyPixels();
  void speaksOfEveryCode();
  void speaksOfFaults();
  void knowsEveryFaultOfThePlanner();

 private:
  core::JobSpec spec(const std::string& title, int credits = 0) const {
    core::JobSpec spec;
    spec.title = title;
    spec.credits = credits;
    spec.output = m_folder->filePath(QStringLiteral("x.mp4")).toStdString();
    return spec;
  }
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<store::Store> m_store;
  FakeMedia m_media;
  std::unique_ptr<EngineClient> m_client;
  std::unique_ptr<jobs::JobQueue> m_queue;
};

void TestEngineClient::init() {
  m_folder = std::make_unique<QTemporaryDir>();
  auto store = store::Store::open(m_folder->filePath(QStringLiteral("store.sqlite3")).toStdString(), 1000);
  QVERIFY2(store.ok(), store.ok() ? "" : store.error().text().c_str());
  m_store = std::move(store).value();
  EngineClient::Services services;
  services.store = m_store.get();
  services.media = &m_media;
  m_client = std::make_unique<EngineClient>(std::move(services));
  m_queue = std::make_unique<jobs::JobQueue>(*m_store, fiveSteps, fiveSteps, m_client->listener());
  m_client->setQueue(m_queue.get());
}

void TestEngineClient::cleanup() {
  if (m_client) m_client->setQueue(nullptr);
  m_queue.reset();
  m_client.reset();
  m_store.reset();
}

void TestEngineClient::eventsArriveInOrderOnTheUiThread() {
  QVERIFY(m_queue->start().ok());
  QStringList events;
  bool ours = true;
  connect(m_client.get(), &EngineClient::jobProgress, this, [&](const QString&, const core::Progress& progress) {
    ours = ours && QThread::currentThread() == thread();
    events.append(QStringLiteral("p%1").arg(progress.step));
  });
  connect(m_client.get(), &EngineClient::jobPreview, this, [&](const QString&, const QImage& image) {
    ours = ours && QThread::currentThread() == thread() && image.size() == QSize(2, 2);
    events.append(QStringLiteral("v"));
  });
  QSignalSpy finished(m_client.get(), &EngineClient::jobFinished);
  const auto id = m_client->submit(spec("a", 20));
  QVERIFY(id.ok());
  QVERIFY(finished.wait(5000));
  QVERIFY(ours);
  QCOMPARE(events.join(u' '), QStringLiteral("p1 v p2 v p3 v p4 v p5 v"));
  QCOMPARE(finished[0][0].toString().toStdString(), *id);
  const core::JobRecord* record = m_client->job(*id);
  QVERIFY(record);
  QCOMPARE(record->state, core::JobState::Done);
  QCOMPARE(m_client->balance().available, std::int64_t(980));
  QVERIFY(!m_client->isBusy());
  QVERIFY(!m_client->progress(*id));
}

/// Another thread's event brings what the store said then: the window reads nothing that a worker may be writing.
void TestEngineClient::workersBringTheListAlong() {
  const auto id = m_store->addJob(spec("a"));
  QVERIFY(id.ok());
  core::JobEvent event;
  event.kind = core::JobEvent::Kind::Started;
  event.id = *id;
  std::thread([&] { m_client->listener()(event); }).join();
  QVERIFY(m_store->cancelJob(*id).ok());
  QVERIFY(m_store->clearFinished().ok());
  QVERIFY(!m_client->job(*id));
  QTRY_VERIFY(m_client->job(*id));
  m_client->clearFinished();
  QVERIFY(!m_client->job(*id));
}

void TestEngineClient::finishedWorkTellsTheRate() {
  QVERIFY(m_queue->start().ok());
  core::Plan plan;
  plan.request.model = "mini";
  plan.work = 8;
  QVERIFY(m_client->expectedSeconds(plan) < 0);
  QSignalSpy expectations(m_client.get(), &EngineClient::expectationsChanged);
  m_client->setMachineTflops(0.1);
  QCOMPARE(expectations.count(), 1);
  QCOMPARE(m_client->expectedSeconds(plan), 80.0);
  core::JobSpec timed = spec("timed");
  timed.request.model = "mini";
  timed.work = 4;
  QSignalSpy finished(m_client.get(), &EngineClient::jobFinished);
  QVERIFY(m_client->submit(timed).ok());
  QTRY_COMPARE(finished.count(), 1);
  QCOMPARE(m_client->expectedSeconds(plan), 4.0);
}

void TestEngineClient::failureCarriesItsReasonAndReturnsCredits() {
  QVERIFY(m_queue->start().ok());
  QSignalSpy failed(m_client.get(), &EngineClient::jobFailed);
  QVERIFY(m_client->submit(spec("bad", 35)).ok());
  QVERIFY(failed.count() == 1 || failed.wait(5000));
  const auto error = failed[0][1].value<core::Error>();
  QCOMPARE(error.code, core::ErrorCode::OutOfMemory);
  QCOMPARE(session::errorHeadline(error), QStringLiteral("Out of memory in decode · credits returned"));
  QCOMPARE(m_client->balance().available, std::int64_t(1000));
  // The job may end before submit returns, so the ledger, not the balance of the moment, shows that they were held.
  std::vector<std::int64_t> amounts;
  for (const store::LedgerEntry& entry : m_client->ledger()) {
    if (!entry.job.empty()) amounts.push_back(std::abs(entry.amount));
  }
  QCOMPARE(amounts, (std::vector<std::int64_t>{35, 35}));
}

void TestEngineClient::cancelTakesAQueuedJobOut() {
  const auto id = m_client->submit(spec("a", 20));  // nothing runs before start()
  QVERIFY(id.ok());
  QSignalSpy cancelled(m_client.get(), &EngineClient::jobCancelled);
  m_client->cancel(*id);
  QVERIFY(cancelled.count() == 1 || cancelled.wait(5000));
  QCOMPARE(m_client->job(*id)->state, core::JobState::Cancelled);
  QCOMPARE(m_client->balance().available, std::int64_t(1000));
  m_client->clearFinished();
  QVERIFY(m_client->jobs().empty());
}

void TestEngineClient::submitWithoutCreditsIsRefused() {
  const auto id = m_client->submit(spec("a", 5000));
  QVERIFY(!id.ok());
  QCOMPARE(id.error().code, core::ErrorCode::NotEnoughCredits);
  QVERIFY(m_client->jobs().empty());
}

void TestEngineClient::mediaAnswersOnTheUiThread() {
  QStringList answers;
  const auto note = [&](const core::Result<core::ClipInfo>& info) {
    QCOMPARE(QThread::currentThread(), thread());
    answers.append(info ? QString::fromStdString(info->path) : QString::fromLatin1(core::codeName(info.error().code)));
  };
  m_client->probe(QStringLiteral("/a"), this, note);
  m_client->probe(QStringLiteral("/missing"), this, note);
  m_client->probe(QStringLiteral("/throws"), this, note);
  QVERIFY(QTest::qWaitFor([&] { return answers.size() == 3; }, 5000));
  QCOMPARE(answers.join(u' '), QStringLiteral("/a not_found internal"));
  QVERIFY(m_media.thread.load() != QThread::currentThread());
}

void TestEngineClient::answerForAGoneContextIsDropped() {
  auto context = std::make_unique<QObject>();
  bool called = false;
  bool after = false;
  m_client->probe(QStringLiteral("/a"), context.get(), [&](const core::Result<core::ClipInfo>&) { called = true; });
  context.reset();
  m_client->probe(QStringLiteral("/b"), this, [&](const core::Result<core::ClipInfo>&) { after = true; });
  QVERIFY(QTest::qWaitFor([&] { return after; }, 5000));
  QVERIFY(!called);
}

void TestEngineClient::eventsAfterTheQueueLeaveTheList() {
  QVERIFY(m_client->submit(spec("a")).ok());
  const jobs::JobQueue::Listener listener = m_client->listener();
  core::JobEvent ended;
  ended.kind = core::JobEvent::Kind::Finished;
  ended.id = m_client->jobs().front().id;
  listener(ended);  // waits in the event loop while the queue dies
  m_client->setQueue(nullptr);
  m_queue.reset();
  QSignalSpy finished(m_client.get(), &EngineClient::jobFinished);
  QVERIFY(finished.wait(5000));
  QCOMPARE(m_client->jobs().size(), std::size_t(1));
  QCOMPARE(m_client->jobs().front().state, core::JobState::Queued);
}

void TestEngineClient::eventsAfterTheEndAreHarmless() {
  const jobs::JobQueue::Listener listener = m_client->listener();
  m_client->setQueue(nullptr);
  m_queue.reset();
  // The worker sends before, while and after the client dies; the latch makes sure of the first, the count of the last.
  std::latch sending(1);
  std::jthread worker([&] {
    for (int event = 0; event < 20000; ++event) {
      listener({});
      if (event == 100) sending.count_down();
    }
  });
  sending.wait();
  m_client.reset();
  worker.join();
  listener({});
  QCoreApplication::sendPostedEvents();
}

void TestEngineClient::imagesShareOrCopyPixels() {
  QImage image(3, 2, QImage::Format_ARGB32);  // rows of 9 bytes, which QImage pads
  image.fill(QColor(10, 20, 30));
  const core::Frame frame = session::toFrame(image);
  QCOMPARE(frame.width(), 3);
  QCOMPARE(static_cast<int>(frame.row(1)[8]), 30);
  QImage back = session::toImage(frame);
  QCOMPARE(static_cast<const void*>(back.constBits()), static_cast<const void*>(frame.data()));
  back.setPixelColor(0, 0, Qt::red);
  QCOMPARE(static_cast<int>(frame.data()[0]), 10);
  QVERIFY(session::toImage({}).isNull());
  QVERIFY(session::toFrame({}).isNull());
}

void TestEngineClient::speaksOfEveryCode() {
  using core::ErrorCode;
  QSet<QString> texts;
  QSet<QString> headlines;
  for (int code = 0; code <= static_cast<int>(ErrorCode::Interrupted); ++code) {
    const core::Error error{static_cast<ErrorCode>(code), {}, {}};
    const QString text = session::errorText(error);
    QVERIFY2(text.endsWith(u'.'), qPrintable(text));
    texts.insert(text);
    headlines.insert(session::errorHeadline(error, false));
  }
  QCOMPARE(texts.size(), static_cast<int>(ErrorCode::Interrupted) + 1);
  QCOMPARE(headlines.size(), texts.size());
  const core::Error error{ErrorCode::Unreadable, "not a picture", "/photos/a.jpg"};
  QVERIFY(session::errorText(error).startsWith(QStringLiteral("a.jpg: ")));
  QVERIFY(session::errorText(error).contains(QStringLiteral("not a picture")));
}

void TestEngineClient::speaksOfFaults() {
  core::Fault fault;
  fault.key = "prompt-too-long";
  fault.args = {"2600 %2", "2500"};
  const QString text = session::faultText(fault);
  QVERIFY(text.contains(QStringLiteral("2600 %2")));
  QVERIFY(text.contains(QStringLiteral("2500")));
  fault.key = "something-new";
  fault.message = "English as it came";
  QCOMPARE(session::faultText(fault), QStringLiteral("English as it came"));
}

void TestEngineClient::knowsEveryFaultOfThePlanner() {
  int keys = 0;
  for (const char* name : {"/engine/core/model_fit.cpp", "/engine/core/plan.cpp", "/engine/core/plan_sampling.cpp",
                           "/app/runtime/planning.cpp"}) {
    QFile file(QStringLiteral(KINORA_SOURCE_DIR) + QLatin1String(name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    // Fault keys are the only hyphenated words in quotes there, but for kinds of guidance.
    static const QRegularExpression key(QStringLiteral("\"([a-z]+(?:-[a-z]+)+)\""));
    auto match = key.globalMatch(QString::fromUtf8(file.readAll()));
    while (match.hasNext()) {
      core::Fault fault;
      fault.key = match.next().captured(1).toStdString();
      fault.message = "untranslated";
      const auto kinds = core::guidanceKinds();
      if (std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) { return fault.key == kind.word; })) continue;
      QVERIFY2(session::faultText(fault) != QStringLiteral("untranslated"), fault.key.c_str());
      ++keys;
    }
  }
  QVERIFY(keys > 20);
}

QTEST_MAIN(TestEngineClient)
#include "tst_engine_client.moc"
