// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/store/store.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/engine/store/specs.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using core::JobState;
using store::Store;

namespace {

struct OpenStore {
  TemporaryFolder folder;
  std::string file = folder.file("store.sqlite3");
  std::unique_ptr<Store> store;

  OpenStore() { store = reopen(); }

  std::unique_ptr<Store> reopen(int grant = 1000) {
    store.reset();
    auto opened = Store::open(file, grant);
    REQUIRE(opened.ok());
    return std::move(opened).value();
  }
  Store* operator->() { return store.get(); }
};

/// Another program's view of the file. Gives SQLite's result code.
int execute(const std::string& file, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  const int result = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(database);
  return result;
}

std::string titles(const std::vector<core::JobRecord>& records) {
  std::string text;
  for (const core::JobRecord& record : records) text += (text.empty() ? "" : " ") + record.spec.title;
  return text;
}

}  // namespace

TEST_CASE("a new store has the welcome grant, once") {
  OpenStore s;
  CHECK(balanceText(*s.store) == "1000/0/1000");
  s.store = s.reopen();
  s.store = s.reopen(5);
  CHECK(balanceText(*s.store) == "1000/0/1000");
  const auto ledger = s->ledger();
  REQUIRE(ledger.ok());
  REQUIRE(ledger->size() == 1);
  CHECK(ledger->front().kind == store::EntryKind::Grant);
  CHECK(ledger->front().note == "welcome");
  CHECK(ledger->front().job.empty());
  CHECK(ledger->front().time > 1'600'000'000'000);
}

TEST_CASE("a job reserves, and done settles") {
  OpenStore s;
  const auto id = s->addJob(generation(20));
  REQUIRE(id.ok());
  CHECK(balanceText(*s.store) == "1000/20/980");
  REQUIRE(s->startJob(*id).ok());
  CHECK(balanceText(*s.store) == "1000/20/980");
  REQUIRE(s->finishJob(*id, outcome()).ok());
  CHECK(balanceText(*s.store) == "980/0/980");
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-20 settle+0");
  const auto job = s->job(*id);
  REQUIRE(job.ok());
  CHECK(job->state == JobState::Done);
  CHECK(job->spec == generation(20));
  REQUIRE(job->outcome);
  CHECK(job->outcome->clip == outcome().clip);
  CHECK(job->outcome->seed == 7);
  CHECK(job->createdAt > 0);
  CHECK(job->startedAt >= job->createdAt);
  CHECK(job->finishedAt >= job->startedAt);
}

TEST_CASE("failed and cancelled jobs give back what they reserved, queued or running") {
  bool running = false;
  SUBCASE("queued") {
    running = false;
  }
  SUBCASE("running") {
    running = true;
  }
  OpenStore s;
  const core::Error error{ErrorCode::OutOfMemory, "too much", "decode"};
  const auto failed = s->addJob(generation(35));
  const auto cancelled = s->addJob(generation(100));
  REQUIRE(cancelled.ok());
  if (running) {
    REQUIRE(s->startJob(*failed).ok());
    REQUIRE(s->startJob(*cancelled).ok());
  }
  REQUIRE(s->failJob(*failed, error).ok());
  CHECK(balanceText(*s.store) == "1000/100/900");
  REQUIRE(s->cancelJob(*cancelled).ok());
  CHECK(balanceText(*s.store) == "1000/0/1000");
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-35 reserve-100 refund+35 refund+100");
  const auto job = s->job(*failed);
  REQUIRE(job.ok());
  CHECK(job->state == JobState::Failed);
  REQUIRE(job->error);
  CHECK(job->error->code == ErrorCode::OutOfMemory);
  CHECK(job->error->message == "too much");
  CHECK(job->error->context == "decode");
  CHECK(s->job(*cancelled)->state == JobState::Cancelled);
  CHECK_FALSE(s->job(*cancelled)->error);
}

TEST_CASE("a job ends once") {
  OpenStore s;
  const auto id = s->addJob(generation(20));
  REQUIRE(s->startJob(*id).ok());
  REQUIRE(s->finishJob(*id, outcome()).ok());
  CHECK(s->finishJob(*id, outcome()).error().code == ErrorCode::InvalidInput);
  CHECK(s->cancelJob(*id).error().code == ErrorCode::InvalidInput);
  CHECK(s->failJob(*id, {}).error().code == ErrorCode::InvalidInput);
  CHECK(s->startJob(*id).error().code == ErrorCode::InvalidInput);
  CHECK(balanceText(*s.store) == "980/0/980");
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-20 settle+0");
}

TEST_CASE("only a running job can be done, and unknown ids are not found") {
  OpenStore s;
  const auto id = s->addJob(generation(20));
  CHECK(s->finishJob(*id, outcome()).error().code == ErrorCode::InvalidInput);
  CHECK(s->startJob("nobody").error().code == ErrorCode::NotFound);
  CHECK(s->finishJob("nobody", outcome()).error().code == ErrorCode::NotFound);
  CHECK(s->cancelJob("nobody").error().code == ErrorCode::NotFound);
  CHECK(s->job("nobody").error().code == ErrorCode::NotFound);
}

TEST_CASE("without enough credits there is no job and no entry") {
  OpenStore s;
  REQUIRE(s->addJob(generation(990)).ok());
  const auto refused = s->addJob(generation(20));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::NotEnoughCredits);
  CHECK(refused.error().message.find("20 credits") != std::string::npos);
  CHECK(s->addRunningJob(generation(11)).error().code == ErrorCode::NotEnoughCredits);
  CHECK(s->jobs()->size() == 1);
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-990");
  REQUIRE(s->addJob(generation(10)).ok());  // to the last credit
  CHECK(balanceText(*s.store) == "1000/1000/0");
  REQUIRE(s->addJob(generation(0)).ok());  // drafts are free
  CHECK(s->addJob(generation(-5)).error().code == ErrorCode::InvalidInput);
}

TEST_CASE("a draft leaves no trace in the ledger") {
  OpenStore s;
  const auto id = s->addJob(generation(0));
  REQUIRE(s->startJob(*id).ok());
  REQUIRE(s->finishJob(*id, outcome()).ok());
  const auto other = s->addRunningJob(generation(0));
  REQUIRE(s->cancelJob(*other).ok());
  CHECK(ledgerText(*s.store) == "grant+1000");
}

TEST_CASE("a running job is added running, with its reserve") {
  OpenStore s;
  const auto id = s->addRunningJob(generation(20));
  REQUIRE(id.ok());
  CHECK(s->job(*id)->state == JobState::Running);
  CHECK(s->job(*id)->startedAt > 0);
  CHECK(s->queued(core::JobKind::Generate)->empty());
  CHECK(balanceText(*s.store) == "1000/20/980");
  REQUIRE(s->finishJob(*id, outcome()).ok());
}

TEST_CASE("grants add, and each entry knows the sum so far") {
  OpenStore s;
  REQUIRE(s->addJob(generation(100)).ok());
  REQUIRE(s->grant(50, "thanks").ok());
  const auto ledger = s->ledger();
  REQUIRE(ledger->size() == 3);
  CHECK(ledger->at(0).balance == 1000);
  CHECK(ledger->at(1).balance == 900);
  CHECK(ledger->at(2).balance == 950);
  CHECK(ledger->at(2).note == "thanks");
  for (const std::int64_t amount : {std::int64_t{0}, std::int64_t{-5}, INT64_MAX})
    CHECK(s->grant(amount, "").error().code == ErrorCode::InvalidInput);
}

TEST_CASE("the ledger cannot be changed, by no program") {
  OpenStore s;
  REQUIRE(s->addJob(generation(20)).ok());
  CHECK(execute(s.file, "UPDATE ledger SET amount = 5000") == SQLITE_CONSTRAINT);
  CHECK(execute(s.file, "DELETE FROM ledger WHERE kind = 'reserve'") == SQLITE_CONSTRAINT);
  CHECK(execute(s.file, "INSERT OR REPLACE INTO ledger (id, time, kind, amount) VALUES (1, 0, 'grant', 9999)") ==
        SQLITE_CONSTRAINT);
  CHECK(execute(s.file, "INSERT INTO ledger (id, time, kind, amount, job) SELECT 9, 0, 'reserve', -1, id FROM jobs") ==
        SQLITE_CONSTRAINT);
  CHECK(execute(s.file, "INSERT INTO ledger (id, time, kind, amount) VALUES (9, 0, 'grant', -5)") == SQLITE_CONSTRAINT);
  CHECK(execute(s.file, "INSERT INTO ledger (id, time, kind, amount) VALUES (9, 0, 'gift', 5)") == SQLITE_CONSTRAINT);
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-20");
}

TEST_CASE("jobs come queued in order, then running, then ended with the newest first") {
  OpenStore s;
  std::vector<core::JobId> ids;
  for (const char* title : {"one", "two", "three", "four", "five", "six"})
    ids.push_back(s->addJob(generation(0, title)).value());
  REQUIRE(s->startJob(ids[0]).ok());
  REQUIRE(s->finishJob(ids[0], outcome()).ok());
  REQUIRE(s->startJob(ids[1]).ok());
  REQUIRE(s->cancelJob(ids[2]).ok());
  CHECK(titles(*s->jobs()) == "four five six two three one");
  CHECK(titles(*s->jobs(1)) == "four five six two three");
  CHECK(titles(*s->jobs(0)) == "four five six two");
}

TEST_CASE("a running job put back waits before all others, its credits still reserved") {
  OpenStore s;
  const auto one = s->addJob(generation(20, "one"));
  const auto two = s->addJob(generation(20, "two"));
  REQUIRE(s->startJob(*two).ok());
  REQUIRE(s->requeueJob(*two).ok());
  CHECK(titles(*s->jobs()) == "two one");
  CHECK(s->job(*two)->state == JobState::Queued);
  CHECK(s->job(*two)->startedAt == 0);
  CHECK(balanceText(*s.store) == "1000/40/960");
  CHECK(s->requeueJob(*one).error().code == ErrorCode::InvalidInput);
  CHECK(s->requeueJob("nobody").error().code == ErrorCode::NotFound);
  REQUIRE(s->startJob(*two).ok());
  REQUIRE(s->finishJob(*two, outcome()).ok());
  CHECK(s->requeueJob(*two).error().code == ErrorCode::InvalidInput);
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-20 reserve-20 settle+0");
}

TEST_CASE("queued jobs of a kind, at the front and moved") {
  OpenStore s;
  const auto one = s->addJob(generation(0, "one"));
  const auto two = s->addJob(generation(0, "two"));
  REQUIRE(s->addJob(timelineExport("film")).ok());
  const auto three = s->addJob(generation(0, "three"), true);
  const auto four = s->addJob(generation(0, "four"), true);
  const auto generate = [&] { return titles(*s->queued(core::JobKind::Generate)); };
  CHECK(generate() == "four three one two");
  CHECK(titles(*s->queued(core::JobKind::Export)) == "film");
  REQUIRE(s->moveJob(*four, {}).ok());
  CHECK(generate() == "three one two four");
  REQUIRE(s->moveJob(*two, *three).ok());
  CHECK(generate() == "two three one four");
  REQUIRE(s->moveJob(*one, *one).ok());
  CHECK(generate() == "two three one four");
  REQUIRE(s->startJob(*two).ok());
  CHECK(s->moveJob(*two, {}).error().code == ErrorCode::InvalidInput);
  CHECK(s->moveJob(*one, *two).error().code == ErrorCode::InvalidInput);
  CHECK(s->moveJob("nobody", {}).error().code == ErrorCode::InvalidInput);
  s.store = s.reopen();
  CHECK(generate() == "three one four");
}

TEST_CASE("clearing forgets ended jobs and keeps their ledger and the measured rate") {
  OpenStore s;
  const auto done = s->addRunningJob(generation(20));
  REQUIRE(s->finishJob(*done, outcome()).ok());
  const auto failed = s->addRunningJob(generation(20));
  REQUIRE(s->failJob(*failed, {}).ok());
  REQUIRE(s->addJob(generation(20, "waiting")).ok());
  REQUIRE(s->clearFinished().ok());
  CHECK(titles(*s->jobs()) == "waiting");
  CHECK(balanceText(*s.store) == "980/20/960");
  CHECK(s->ledger()->size() == 6);
  CHECK(*s->measuredRate("mini") == doctest::Approx(3));
  CHECK(execute(s.file, "SELECT 1 / (SELECT COUNT(*) = 0 FROM results)") == SQLITE_OK);
}

TEST_CASE("the rate is that of the model's last generation") {
  OpenStore s;
  CHECK(*s->measuredRate("mini") == 0);
  for (const double seconds : {4.0, 2.0}) {
    const auto id = s->addRunningJob(generation(0));
    REQUIRE(s->finishJob(*id, outcome(seconds)).ok());
  }
  CHECK(*s->measuredRate("mini") == doctest::Approx(6));
  CHECK(*s->measuredRate("other") == 0);
  const auto exported = s->addRunningJob(timelineExport());
  REQUIRE(s->finishJob(*exported, outcome(1)).ok());
  auto untimed = outcome();
  untimed.timings.clear();
  const auto id = s->addRunningJob(generation(0));
  REQUIRE(s->finishJob(*id, untimed).ok());
  auto resumed = outcome(0.5);
  resumed.resumedSteps = 10;
  const auto rest = s->addRunningJob(generation(0));
  REQUIRE(s->finishJob(*rest, resumed).ok());
  CHECK(*s->measuredRate("mini") == doctest::Approx(6));
}

TEST_CASE("what this store runs is not recovered; what a closed one ran is") {
  OpenStore s;
  const auto mine = s->addRunningJob(generation(20));
  CHECK(s->recover()->empty());
  CHECK(s->job(*mine)->state == JobState::Running);
  {
    auto second = Store::open(s.file, 1000);
    REQUIRE(second.ok());
    CHECK((*second)->recover()->empty());  // the first lives
    CHECK((*second)->cancelJob(*mine).error().code == ErrorCode::Busy);
    CHECK((*second)->finishJob(*mine, outcome()).error().code == ErrorCode::Busy);
  }
  s.store.reset();
  s.store = s.reopen();
  const auto recovered = s->recover();
  REQUIRE(recovered.ok());
  REQUIRE(recovered->size() == 1);
  CHECK(recovered->front() == *mine);
  CHECK(s->job(*mine)->error->code == ErrorCode::Interrupted);
  CHECK(balanceText(*s.store) == "1000/0/1000");
  CHECK(s->recover()->empty());
  CHECK(ledgerText(*s.store) == "grant+1000 reserve-20 refund+20");
}

TEST_CASE("lock files go with their stores") {
  OpenStore s;
  const auto files = [&] { return std::distance(std::filesystem::directory_iterator(s.folder.file("run")), {}); };
  CHECK(files() == 1);
  s.store.reset();
  CHECK(files() == 0);
}

TEST_CASE("a queued job whose stored spec is damaged is listed with its error") {
  OpenStore s;
  const auto id = s->addJob(generation(20));
  REQUIRE(execute(s.file, "UPDATE jobs SET spec = '{broken'") == SQLITE_OK);
  const auto jobs = s->jobs();
  REQUIRE(jobs->size() == 1);
  REQUIRE(jobs->front().error);
  CHECK(jobs->front().error->code == ErrorCode::Corrupt);
  REQUIRE(s->failJob(*id, *jobs->front().error).ok());
  CHECK(balanceText(*s.store) == "1000/0/1000");
}

TEST_CASE("files that are not ours are refused and left alone") {
  const TemporaryFolder folder;
  SUBCASE("no database") {
    const std::string file = folder.write("x.sqlite3", std::string(5000, 'x'));
    CHECK(Store::open(file, 1000).error().code == ErrorCode::Corrupt);
    CHECK(readAll(file) == std::string(5000, 'x'));
  }
  SUBCASE("another program's database") {
    const std::string file = folder.file("x.sqlite3");
    REQUIRE(execute(file, "CREATE TABLE songs (name TEXT)") == SQLITE_OK);
    const std::string before = readAll(file);
    CHECK(Store::open(file, 1000).error().code == ErrorCode::Corrupt);
    CHECK(readAll(file) == before);
  }
  SUBCASE("a newer Kinora's") {
    const std::string file = folder.file("x.sqlite3");
    REQUIRE(Store::open(file, 1000).ok());
    REQUIRE(execute(file, "PRAGMA user_version = 2") == SQLITE_OK);
    const auto newer = Store::open(file, 1000);
    REQUIRE_FALSE(newer.ok());
    CHECK(newer.error().code == ErrorCode::NewerVersion);
    CHECK(newer.error().context == file);
  }
  SUBCASE("cut off in the middle") {
    const std::string file = folder.file("x.sqlite3");
    REQUIRE(Store::open(file, 1000).ok());
    std::filesystem::resize_file(file, 6000);
    const auto cut = Store::open(file, 1000);
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.error().code == ErrorCode::Corrupt);
  }
}

TEST_CASE("a place that cannot be written is said so") {
  const TemporaryFolder folder;
  CHECK(Store::open(folder.file("no/store.sqlite3"), 1000).error().code == ErrorCode::NotWritable);
  CHECK(Store::open(folder.path(), 1000).error().code == ErrorCode::NotWritable);
  folder.write("run", "in the way of the lock folder");
  CHECK(Store::open(folder.file("store.sqlite3"), 1000).error().code == ErrorCode::NotWritable);
}

TEST_CASE("an empty file becomes a store") {
  const TemporaryFolder folder;
  auto store = Store::open(folder.write("store.sqlite3", ""), 1000);
  REQUIRE(store.ok());
  CHECK(balanceText(**store) == "1000/0/1000");
}

TEST_CASE("many threads reserve no more than there is") {
  OpenStore s;
  std::vector<std::thread> threads;
  std::atomic<int> accepted = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) accepted += s->addJob(generation(100)).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(accepted == 10);
  CHECK(balanceText(*s.store) == "1000/1000/0");
  CHECK(s->jobs()->size() == 10);
}

TEST_CASE("text of any bytes comes back as text") {
  OpenStore s;
  core::JobSpec spec = generation(0, "quote ' \" ; -- 猫 🎬");
  spec.request.negativePrompt = std::string("nul \0 inside", 12);
  const auto id = s->addJob(spec);
  REQUIRE(id.ok());
  CHECK(s->job(*id)->spec == spec);
  spec.title = "broken \xFF utf-8";
  CHECK(s->job(*s->addJob(spec))->spec.title == "broken \xEF\xBF\xBD utf-8");
}
