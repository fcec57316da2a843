// SPDX-License-Identifier: GPL-3.0-or-later
// Several processes on one store, some of them killed. Processes talk over pipes, never by waiting for a while.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "engine/store/store.h"
#include "tests/engine/store/specs.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using store::Store;

namespace {

/// A child process that runs work, then waits until it is killed or told to go on; work's text comes back over a pipe.
class Child {
 public:
  /// work gets a function that reports text to the parent and waits for its word.
  using Report = std::function<void(const std::string&)>;
  explicit Child(const std::function<void(const Report&)>& work) {
    REQUIRE(::pipe(m_up) == 0);
    REQUIRE(::pipe(m_down) == 0);
    m_pid = ::fork();
    REQUIRE(m_pid >= 0);
    if (m_pid != 0) {
      ::close(m_up[1]);
      ::close(m_down[0]);
      return;
    }
    ::close(m_up[0]);
    ::close(m_down[1]);
    work([this](const std::string& text) {
      const std::string line = text + "\n";
      char word = 0;
      if (::write(m_up[1], line.data(), line.size()) < 0 || ::read(m_down[0], &word, 1) < 0) ::_exit(9);
    });
    ::_exit(0);
  }
  ~Child() {
    if (m_pid > 0) kill();
    ::close(m_up[0]);
    ::close(m_down[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string read() {
    std::string line;
    for (char c = 0; ::read(m_up[0], &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  void goOn() { CHECK(::write(m_down[1], "x", 1) == 1); }
  void kill() {
    ::kill(m_pid, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    CHECK(::waitpid(m_pid, &status, 0) == m_pid);
    m_pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  int m_up[2] = {-1, -1};
  int m_down[2] = {-1, -1};
  pid_t m_pid = -1;
};

}  // namespace

TEST_CASE("a job whose process was killed is interrupted and gives its credits back") {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.sqlite3");
  Child child([&](const Child::Report& report) {
    auto store = Store::open(file, 1000);
    const auto queued = (*store)->addJob(generation(35));
    const bool started = queued && (*store)->startJob(*queued).ok();
    const auto running = (*store)->addRunningJob(generation(100));
    report(started ? *queued + " " + *running : "failed");
  });
  const std::string ids = child.read();
  REQUIRE(ids.size() > 10);

  auto store = Store::open(file, 1000);
  REQUIRE(store.ok());
  CHECK((*store)->recover()->empty());  // it lives
  CHECK(balanceText(**store) == "1000/135/865");
  CHECK((*store)->cancelJob(ids.substr(0, ids.find(' '))).error().code == ErrorCode::Busy);

  child.kill();
  const auto recovered = (*store)->recover();
  REQUIRE(recovered.ok());
  CHECK(recovered->size() == 2);
  CHECK(balanceText(**store) == "1000/0/1000");
  for (const core::JobId& id : *recovered) {
    CHECK((*store)->job(id)->state == core::JobState::Failed);
    CHECK((*store)->job(id)->error->code == ErrorCode::Interrupted);
  }
  CHECK((*store)->recover()->empty());
  CHECK(ledgerText(**store) == "grant+1000 reserve-35 reserve-100 refund+35 refund+100");
}

TEST_CASE("queued jobs of a killed process stay queued") {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.sqlite3");
  Child child([&](const Child::Report& report) {
    auto store = Store::open(file, 1000);
    report((*store)->addJob(generation(20)).ok() ? "queued" : "failed");
  });
  REQUIRE(child.read() == "queued");
  child.kill();
  auto store = Store::open(file, 1000);
  REQUIRE(store.ok());
  CHECK((*store)->recover()->empty());
  CHECK((*store)->queued(core::JobKind::Generate)->size() == 1);
  CHECK(balanceText(**store) == "1000/20/980");
}

TEST_CASE("a killed process in the middle of a transaction leaves nothing of it") {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.sqlite3");
  REQUIRE(Store::open(file, 1000).ok());
  for (int round = 0; round < 10; ++round) {
    Child child([&](const Child::Report& report) {
      auto store = Store::open(file, 1000);
      report("ready");
      while (true) {
        const auto id = (*store)->addRunningJob(generation(10));
        if (!id || !(*store)->cancelJob(*id).ok()) ::_exit(3);
      }
    });
    REQUIRE(child.read() == "ready");
    child.goOn();
    auto store = Store::open(file, 1000);
    REQUIRE(store.ok());
    // Whenever a reserve is seen, its job is there too, and the other way round.
    for (int i = 0; i < 5; ++i) {
      const auto balance = (*store)->balance();
      REQUIRE(balance.ok());
      CHECK(balance->balance == 1000);
      CHECK((balance->reserved == 0 || balance->reserved == 10));
    }
    child.kill();
    REQUIRE((*store)->recover().ok());
    CHECK(balanceText(**store) == "1000/0/1000");
    REQUIRE((*store)->clearFinished().ok());
  }
}

TEST_CASE("many processes open a fresh store at once: one grant, and no more is spent than there is") {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.sqlite3");
  constexpr int kChildren = 6;
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < kChildren; ++i) {
    children.push_back(std::make_unique<Child>([&](const Child::Report& report) {
      report("ready");
      auto store = Store::open(file, 1000);
      if (!store) return report(store.error().text());
      int accepted = 0;
      for (int n = 0; n < 5; ++n) {
        const auto id = (*store)->addRunningJob(generation(100));
        if (!id && id.error().code != ErrorCode::NotEnoughCredits) return report(id.error().text());
        if (!id) continue;
        ++accepted;
        if (!(*store)->finishJob(*id, outcome())) return report("not finished");
      }
      report(std::to_string(accepted));
    }));
  }
  for (auto& child : children) REQUIRE(child->read() == "ready");
  for (auto& child : children) child->goOn();
  int accepted = 0;
  for (auto& child : children) {
    const std::string text = child->read();
    CAPTURE(text);
    REQUIRE(text.size() == 1);
    accepted += text[0] - '0';
    child->goOn();
    CHECK(child->wait() == 0);
  }
  CHECK(accepted == 10);
  auto store = Store::open(file, 1000);
  REQUIRE(store.ok());
  CHECK(balanceText(**store) == "0/0/0");
}

TEST_CASE("one of many processes starts a job, and one of many recovers it") {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.sqlite3");
  auto owner = std::make_unique<Child>([&](const Child::Report& report) {
    auto store = Store::open(file, 1000);
    report(*(*store)->addRunningJob(generation(50)));
  });
  const core::JobId orphan = owner->read();
  owner->kill();
  auto store = Store::open(file, 1000);
  REQUIRE(store.ok());
  const auto queued = (*store)->addJob(generation(0));

  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 5; ++i) {
    children.push_back(std::make_unique<Child>([&](const Child::Report& report) {
      auto mine = Store::open(file, 1000);
      report("ready");
      const auto recovered = (*mine)->recover();
      const bool started = (*mine)->startJob(*queued).ok();
      report((recovered ? std::to_string(recovered->size()) : recovered.error().text()) + (started ? "s" : "-"));
    }));
  }
  for (auto& child : children) REQUIRE(child->read() == "ready");
  for (auto& child : children) child->goOn();
  int recovered = 0;
  int started = 0;
  for (auto& child : children) {
    const std::string text = child->read();
    REQUIRE(text.size() == 2);
    recovered += text[0] - '0';
    started += text[1] == 's' ? 1 : 0;
  }
  CHECK(recovered == 1);
  CHECK(started == 1);
  CHECK((*store)->job(orphan)->state == core::JobState::Failed);
  CHECK(balanceText(**store) == "1000/0/1000");
}
