// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/jobs/job_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/engine/jobs/fake_runner.h"
#include "tests/engine/store/specs.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using core::JobEvent;
using core::JobState;
using jobs::JobCallbacks;
using jobs::JobQueue;

namespace {

using Run = std::function<core::Result<core::JobOutcome>(const core::JobSpec&, const JobCallbacks&, std::stop_token)>;

std::string numbered(const char* name, int number) {
  return std::string(name).append(std::to_string(number));
}

/// A store in a temporary folder and a queue whose jobs are told apart by their titles.
struct Fixture {
  TemporaryFolder folder;
  std::unique_ptr<store::Store> store;
  Log events;  ///< "title:queued", …
  Log runs;    ///< titles of the jobs whose runner has begun
  Gate gate;
  std::mutex mutex;
  std::map<core::JobId, std::string> names;
  std::vector<JobEvent> all;
  std::unique_ptr<JobQueue> queue;

  explicit Fixture(Run run = {}) {
    auto opened = store::Store::open(folder.file("store.sqlite3"), 1000);
    REQUIRE(opened.ok());
    store = std::move(opened).value();
    const jobs::JobRunner runner = [this, run](const core::JobId&, const core::JobSpec& spec,
                                               const JobCallbacks& callbacks, std::stop_token stop) {
      runs.add(spec.title);
      return run ? run(spec, callbacks, std::move(stop)) : core::Result<core::JobOutcome>(outcome());
    };
    queue = std::make_unique<JobQueue>(*store, runner, runner, [this](const JobEvent& event) { listen(event); });
  }

  void listen(const JobEvent& event) {
    std::string name;
    {
      const std::lock_guard lock(mutex);
      all.push_back(event);
      if (names.count(event.id) == 0 && !event.id.empty()) names[event.id] = store->job(event.id)->spec.title;
      name = event.id.empty() ? "" : names[event.id];
    }
    events.add(name + ":" + eventName(event.kind));
  }

  core::JobId submit(const std::string& title, int credits = 20, bool atFront = false) {
    const auto id = queue->submit(generation(credits, title), atFront);
    REQUIRE(id.ok());
    return *id;
  }
  void start() { REQUIRE(queue->start().ok()); }

  /// The events of one job, in order.
  std::string story(const std::string& title) const {
    std::string text;
    for (const std::string& line : events.lines()) {
      if (line.rfind(title + ":", 0) == 0) text.append(text.empty() ? "" : " ").append(line.substr(title.size() + 1));
    }
    return text;
  }
};

/// Waits at the gate; stopped: Cancelled, as a runner must.
Run waitsAt(Fixture*& fixture) {
  return [&fixture](const core::JobSpec&, const JobCallbacks&, std::stop_token stop) -> core::Result<core::JobOutcome> {
    if (!fixture->gate.wait(stop)) return core::Error{ErrorCode::Cancelled, "stopped", {}};
    return outcome();
  };
}

}  // namespace

TEST_CASE("a job goes from queued to finished, with its events in order and its credits settled") {
  Fixture f([](const core::JobSpec&, const JobCallbacks& callbacks, std::stop_token) -> core::Result<core::JobOutcome> {
    core::Progress progress;
    for (int step = 1; step <= 3; ++step) {
      progress.step = step;
      callbacks.progress(progress);
    }
    callbacks.preview(core::Frame());
    return outcome();
  });
  f.start();
  const auto id = f.submit("a");
  f.queue->waitIdle();
  CHECK(f.story("a") == "queued started progress progress progress preview finished");
  CHECK(f.all.back().outcome->seed == 7);
  CHECK(f.all[4].progress.step == 3);
  CHECK(f.store->job(id)->state == JobState::Done);
  CHECK(balanceText(*f.store) == "980/0/980");
  CHECK_FALSE(f.queue->progress(id));
}

TEST_CASE("jobs run one after another, in order of submission") {
  std::atomic<int> together = 0;
  std::atomic<bool> overlap = false;
  Fixture f([&](const core::JobSpec&, const JobCallbacks&, std::stop_token) -> core::Result<core::JobOutcome> {
    if (++together > 1) overlap = true;
    std::this_thread::yield();
    --together;
    return outcome();
  });
  for (const char* title : {"a", "b", "c", "d"}) f.submit(title);
  f.start();
  f.queue->waitIdle();
  CHECK(f.runs.text() == "a b c d");
  CHECK_FALSE(overlap);
}

TEST_CASE("an export runs beside a generation") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  f.submit("gen");
  f.runs.waitFor("gen");
  REQUIRE(f.queue->submit(timelineExport("film")).ok());
  f.runs.waitFor("film");  // would never come if there were one worker
  f.gate.open();
  f.queue->waitIdle();
  CHECK(f.story("gen") == "queued started finished");
  CHECK(f.story("film") == "queued started finished");
}

TEST_CASE("at the front: next, but not before what runs") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  f.submit("a");
  f.runs.waitFor("a");
  f.submit("b");
  f.submit("c", 20, true);
  f.gate.open();
  f.queue->waitIdle();
  CHECK(f.runs.text() == "a c b");
}

TEST_CASE("move changes the order and says so") {
  Fixture f;
  const auto a = f.submit("a");
  const auto b = f.submit("b");
  f.submit("c");
  REQUIRE(f.queue->move(b, a).ok());
  REQUIRE(f.queue->move(a, {}).ok());
  CHECK(f.queue->move("nobody", {}).error().code == ErrorCode::InvalidInput);
  CHECK(f.story("b") == "queued changed");
  f.start();
  f.queue->waitIdle();
  CHECK(f.runs.text() == "b c a");
}

TEST_CASE("cancel of a queued job: it never runs and costs nothing") {
  Fixture f;
  const auto a = f.submit("a");
  f.submit("b");
  REQUIRE(f.queue->cancel(a).ok());
  CHECK(f.story("a") == "queued cancelled");
  CHECK(balanceText(*f.store) == "1000/20/980");
  f.start();
  f.queue->waitIdle();
  CHECK(f.runs.text() == "b");
  CHECK(f.queue->cancel(a).error().code == ErrorCode::InvalidInput);
  CHECK(f.queue->cancel("nobody").error().code == ErrorCode::NotFound);
}

TEST_CASE("cancel of a running job: its runner sees the stop, credits return, the next one runs") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  const auto a = f.submit("a");
  f.submit("b");
  f.runs.waitFor("a");
  REQUIRE(f.queue->cancel(a).ok());
  f.events.waitFor("a:cancelled");
  CHECK(f.store->job(a)->state == JobState::Cancelled);
  f.runs.waitFor("b");
  CHECK(balanceText(*f.store) == "1000/20/980");
  f.gate.open();
  f.queue->waitIdle();
  CHECK(f.story("a") == "queued started cancelled");
  CHECK(f.story("b") == "queued started finished");
}

TEST_CASE("a runner that says cancelled by itself cancels its job") {
  Fixture f([](const core::JobSpec&, const JobCallbacks&, std::stop_token) -> core::Result<core::JobOutcome> {
    return core::Error{ErrorCode::Cancelled, "no", {}};
  });
  f.start();
  const auto id = f.submit("a");
  f.queue->waitIdle();
  CHECK(f.store->job(id)->state == JobState::Cancelled);
  CHECK(balanceText(*f.store) == "1000/0/1000");
}

TEST_CASE("a job that ends although it was told to stop is done") {
  Fixture* fixture = nullptr;
  Fixture f([&](const core::JobSpec&, const JobCallbacks&, std::stop_token stop) -> core::Result<core::JobOutcome> {
    CHECK_FALSE(fixture->gate.wait(stop));
    return outcome();
  });
  fixture = &f;
  f.start();
  const auto id = f.submit("a");
  f.runs.waitFor("a");
  REQUIRE(f.queue->cancel(id).ok());
  f.queue->waitIdle();
  CHECK(f.story("a") == "queued started finished");
  CHECK(balanceText(*f.store) == "980/0/980");
}

TEST_CASE("a failing runner fails its job only") {
  Fixture f([](const core::JobSpec& spec, const JobCallbacks&, std::stop_token) -> core::Result<core::JobOutcome> {
    if (spec.title == "full") return core::Error{ErrorCode::DiskFull, "no room", "write"};
    if (spec.title == "throws") throw std::runtime_error("out of range");
    if (spec.title == "strange") throw 7;
    if (spec.title == "memory") throw std::bad_alloc();
    return outcome();
  });
  f.start();
  const auto full = f.submit("full");
  const auto throws = f.submit("throws");
  const auto strange = f.submit("strange");
  const auto memory = f.submit("memory");
  const auto fine = f.submit("fine");
  f.queue->waitIdle();
  CHECK(f.store->job(full)->error->code == ErrorCode::DiskFull);
  CHECK(f.store->job(full)->error->context == "write");
  CHECK(f.store->job(throws)->error->code == ErrorCode::Internal);
  CHECK(f.store->job(throws)->error->message.find("out of range") != std::string::npos);
  CHECK(f.store->job(strange)->error->code == ErrorCode::Internal);
  CHECK(f.store->job(memory)->error->code == ErrorCode::OutOfMemory);
  CHECK(f.store->job(fine)->state == JobState::Done);
  CHECK(f.story("throws") == "queued started failed");
  CHECK(balanceText(*f.store) == "980/0/980");
}

TEST_CASE("paused: nothing starts; what runs goes on; resumed: the rest") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  f.submit("a");
  f.runs.waitFor("a");
  f.queue->setPaused(true);
  CHECK(f.queue->isPaused());
  f.submit("b");
  f.gate.open();
  f.events.waitFor("a:finished");
  REQUIRE(f.queue->submit(timelineExport("film")).ok());
  CHECK(f.store->queued(core::JobKind::Generate)->size() == 1);
  CHECK(f.store->queued(core::JobKind::Export)->size() == 1);
  CHECK(f.runs.text() == "a");
  f.queue->setPaused(false);
  f.queue->waitIdle();
  CHECK(f.runs.count("b") == 1);
  CHECK(f.runs.count("film") == 1);
}

TEST_CASE("progress of a running job can be asked for") {
  Fixture* fixture = nullptr;
  Fixture f(
      [&](const core::JobSpec&, const JobCallbacks& callbacks, std::stop_token stop) -> core::Result<core::JobOutcome> {
        core::Progress progress;
        progress.fraction = 0.25;
        callbacks.progress(progress);
        fixture->gate.wait(stop);
        return outcome();
      });
  fixture = &f;
  f.start();
  const auto id = f.submit("a");
  f.events.waitFor("a:progress");
  REQUIRE(f.queue->progress(id));
  CHECK(f.queue->progress(id)->fraction == 0.25);
  CHECK_FALSE(f.queue->progress("nobody"));
  CHECK_FALSE(f.queue->progress(""));
  f.gate.open();
  f.queue->waitIdle();
}

TEST_CASE("the listener may call back into the queue") {
  Fixture f;
  // A second queue on the same store, whose listener asks and submits.
  JobQueue* self = nullptr;
  std::atomic<int> chained = 0;
  Log ended;
  const jobs::JobRunner runner = [](const core::JobId&, const core::JobSpec&, const JobCallbacks&, std::stop_token) {
    return core::Result<core::JobOutcome>(outcome());
  };
  JobQueue queue(*f.store, runner, runner, [&](const JobEvent& event) {
    CHECK(self->jobs().ok());
    CHECK_FALSE(self->isPaused());
    if (event.kind == JobEvent::Kind::Finished) {
      if (chained++ < 3) CHECK(self->submit(generation(0, "chained")).ok());
      ended.add("end");
    }
  });
  self = &queue;
  REQUIRE(queue.start().ok());
  REQUIRE(queue.submit(generation(0, "first")).ok());
  ended.waitFor("end", 4);
  queue.waitIdle();
  CHECK(queue.jobs()->size() == 4);
}

TEST_CASE("clearing forgets ended jobs and says so") {
  Fixture f;
  f.start();
  f.submit("a");
  f.queue->waitIdle();
  REQUIRE(f.queue->clearFinished().ok());
  CHECK(f.queue->jobs()->empty());
  CHECK(f.events.lines().back() == ":changed");
}

TEST_CASE("destroyed while running: the job is cancelled, queued ones wait for the next start") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  const auto a = f.submit("a");
  const auto b = f.submit("b");
  f.runs.waitFor("a");
  f.queue.reset();
  CHECK(f.store->job(a)->state == JobState::Cancelled);
  CHECK(f.store->job(b)->state == JobState::Queued);
  CHECK(f.story("a") == "queued started cancelled");
  CHECK(balanceText(*f.store) == "1000/20/980");

  f.gate.open();
  const jobs::JobRunner runner = [](const core::JobId&, const core::JobSpec&, const JobCallbacks&, std::stop_token) {
    return core::Result<core::JobOutcome>(outcome());
  };
  JobQueue next(*f.store, runner, runner, {});
  REQUIRE(next.start().ok());
  next.waitIdle();
  CHECK(f.store->job(b)->state == JobState::Done);
}

TEST_CASE("suspended: what runs waits at the front with its credits reserved, and runs at the next start") {
  Fixture* fixture = nullptr;
  Fixture f(waitsAt(fixture));
  fixture = &f;
  f.start();
  const auto a = f.submit("a");
  const auto b = f.submit("b");
  f.runs.waitFor("a");
  f.queue->suspend();
  f.events.waitFor("a:changed");
  CHECK(f.queue->isPaused());
  f.queue.reset();
  CHECK(f.story("a") == "queued started changed");
  CHECK(f.runs.text() == "a");
  CHECK(f.store->queued(core::JobKind::Generate)->front().id == a);
  CHECK(balanceText(*f.store) == "1000/40/960");

  Log order;
  const jobs::JobRunner runner = [&](const core::JobId& id, const core::JobSpec&, const JobCallbacks&,
                                     std::stop_token) -> core::Result<core::JobOutcome> {
    order.add(id);
    return outcome();
  };
  JobQueue next(*f.store, runner, runner, {});
  REQUIRE(next.start().ok());
  next.waitIdle();
  CHECK(order.lines() == std::vector<std::string>{a, b});
  CHECK(balanceText(*f.store) == "960/0/960");
}

TEST_CASE("a cancelled job stays cancelled, whether suspended before or after") {
  for (const bool first : {false, true}) {
    Fixture* fixture = nullptr;
    Gate ends;
    // Sees the stop, but ends only when the test lets it.
    Fixture f([&](const core::JobSpec&, const JobCallbacks&, std::stop_token stop) -> core::Result<core::JobOutcome> {
      (void)fixture->gate.wait(stop);
      ends.wait({});
      return core::Error{ErrorCode::Cancelled, "stopped", {}};
    });
    fixture = &f;
    f.start();
    const auto a = f.submit("a");
    f.runs.waitFor("a");
    if (first) f.queue->suspend();
    REQUIRE(f.queue->cancel(a).ok());
    if (!first) f.queue->suspend();
    ends.open();
    f.events.waitFor("a:cancelled");
    CHECK(f.store->job(a)->state == JobState::Cancelled);
    CHECK(balanceText(*f.store) == "1000/0/1000");
  }
}

TEST_CASE("destroyed without a start, or idle, or at any moment of a job") {
  {
    Fixture f;
    f.submit("a");
  }
  {
    Fixture f;
    f.start();
  }
  for (int round = 0; round < 30; ++round) {
    Fixture f;
    f.start();
    const auto id = f.submit("a");
    f.queue.reset();
    const JobState state = f.store->job(id)->state;
    CHECK((state == JobState::Queued || state == JobState::Done));
    CHECK(f.store->balance()->reserved == (state == JobState::Queued ? 20 : 0));
  }
}

TEST_CASE("start recovers the jobs of a program that ended, once, and starts once") {
  TemporaryFolder folder;
  core::JobId orphan;
  {
    auto dead = store::Store::open(folder.file("store.sqlite3"), 1000);
    orphan = *(*dead)->addRunningJob(generation(35));
  }
  auto store = store::Store::open(folder.file("store.sqlite3"), 1000);
  Log events;
  JobQueue queue(**store, {}, {}, [&](const JobEvent& event) { events.add(event.id + ":" + eventName(event.kind)); });
  const auto interrupted = queue.start();
  REQUIRE(interrupted.ok());
  CHECK(*interrupted == std::vector<core::JobId>{orphan});
  CHECK(events.text() == orphan + ":changed");
  CHECK((*store)->job(orphan)->error->code == ErrorCode::Interrupted);
  CHECK(balanceText(**store) == "1000/0/1000");
  CHECK(queue.start().error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a queue without a runner fails its jobs and lives on") {
  TemporaryFolder folder;
  auto store = store::Store::open(folder.file("store.sqlite3"), 1000);
  JobQueue queue(**store, {}, {}, {});
  REQUIRE(queue.start().ok());
  const auto id = queue.submit(generation(20));
  queue.waitIdle();
  CHECK((*store)->job(*id)->error->code == ErrorCode::Internal);
}

TEST_CASE("a job that another program runs is Busy here, and is not run twice") {
  Fixture f;
  auto other = store::Store::open(f.folder.file("store.sqlite3"), 1000);
  const auto theirs = (*other)->addRunningJob(generation(20, "theirs"));
  f.start();
  CHECK(f.queue->cancel(*theirs).error().code == ErrorCode::Busy);
  f.submit("mine");
  f.queue->waitIdle();
  CHECK(f.runs.text() == "mine");
  REQUIRE((*other)->finishJob(*theirs, outcome()).ok());
  CHECK(balanceText(*f.store) == "960/0/960");
}

TEST_CASE("two queues on one store share the work: every job runs once") {
  Fixture f;
  auto otherStore = store::Store::open(f.folder.file("store.sqlite3"), 1000);
  Log others;
  const jobs::JobRunner runner = [&](const core::JobId&, const core::JobSpec& spec, const JobCallbacks&,
                                     std::stop_token) {
    others.add(spec.title);
    return core::Result<core::JobOutcome>(outcome());
  };
  JobQueue other(**otherStore, runner, runner, {});
  for (int i = 0; i < 12; ++i) f.submit(numbered("j", i), 0);
  f.start();
  REQUIRE(other.start().ok());
  f.queue->waitIdle();
  other.waitIdle();
  for (int i = 0; i < 12; ++i) {
    const std::string title = numbered("j", i);
    CHECK(f.runs.count(title) + others.count(title) == 1);
  }
}

TEST_CASE("submits and cancels from many threads: every job ends once and the ledger adds up") {
  Fixture f;
  f.start();
  std::vector<std::thread> threads;
  std::atomic<int> submitted = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto id = f.queue->submit(generation(1, numbered("job", 10 * t + i)));
        if (!id) continue;
        ++submitted;
        // Cancelled, running or ended by now: all are right.
        if (i % 2 == 0) (void)f.queue->cancel(*id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  f.queue->waitIdle();
  CHECK(submitted == 40);
  int done = 0;
  const auto records = f.queue->jobs();
  REQUIRE(records.ok());
  for (const core::JobRecord& job : *records) {
    CHECK((job.state == JobState::Done || job.state == JobState::Cancelled));
    done += job.state == JobState::Done ? 1 : 0;
    const std::string story = f.story(job.spec.title);
    const bool whole =
        story == "queued started finished" || story == "queued cancelled" || story == "queued started cancelled";
    CHECK_MESSAGE(whole, story);
  }
  CHECK(f.store->balance()->available == 1000 - done);
  CHECK(f.store->balance()->reserved == 0);
}

TEST_CASE("not enough credits: no job and no event") {
  Fixture f;
  f.start();
  const auto refused = f.queue->submit(generation(1001));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::NotEnoughCredits);
  f.queue->waitIdle();
  CHECK(f.events.lines().empty());
}
