// SPDX-License-Identifier: GPL-3.0-or-later
// Downloads against a server of this test's own on 127.0.0.1. Nothing sleeps: pauses go to a clock that the test holds.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <set>

#include "engine/models/file_download.h"
#include "tests/engine/models/download_fixture.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::DownloadOptions;
using models::RemoteFile;

namespace {

constexpr std::size_t kPiece = 1000;

/// A server, a folder and a file of 10 pieces and a bit.
struct Bench {
  explicit Bench(LoopbackServer::Handler handler) : server(std::move(handler)) {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
      ::unsetenv(name);
    options.pieceBytes = kPiece;
    time.addTo(options);
    file.path = "file";
    file.urls = {server.url("a")};
    file.bytes = content.size();
    file.sha256 = sha256Of(content);
  }

  core::Result<models::HashedFile> download(std::stop_token stop = {}) {
    return models::downloadFile(file, target(), options, progress, stop);
  }
  std::string target() const { return folder.file("file"); }
  /// Nothing stands under the final name.
  bool isAbsent() const { return !std::filesystem::exists(target()); }
  bool isRight() const { return readAll(target()) == content; }
  /// No .part and no journal.
  bool isTidy() const { return std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1; }

  static inline const std::string content = noiseBytes(10 * kPiece + 7);
  TemporaryFolder folder;
  LoopbackServer server;
  RemoteFile file;
  DownloadOptions options;
  FakeTime time;
  std::function<void(const models::FileProgress&)> progress;
};

/// Serves "/a" by a and "/b" rightly.
LoopbackServer::Handler with(LoopbackServer::Handler a) {
  return [a](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/b") return serveBytes(Bench::content, request, connection);
    a(request, connection);
  };
}

LoopbackServer::Handler misbehaving(const Misbehaviour& how) {
  return with([how](const HttpRequest& request, HttpConnection& connection) {
    serveBytes(Bench::content, request, connection, how);
  });
}

/// True only for requests after the probe of one byte.
bool isPiece(const HttpRequest& request) {
  const auto range = request.range();
  return range && range->second > 0;
}

}  // namespace

TEST_CASE("a file comes in pieces, side by side, and takes its name when its hash is right") {
  Bench bench(misbehaving({}));
  std::uint64_t last = 0;
  bool checked = false;
  bench.progress = [&](const models::FileProgress& p) {
    CHECK(p.bytes == Bench::content.size());
    CHECK((p.checking || p.doneBytes >= last));
    last = p.doneBytes;
    checked = checked || p.checking;
    CHECK(bench.isAbsent());
  };
  const auto done = bench.download();
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : done.error().text()));
  CHECK(done->sha256 == bench.file.sha256);
  CHECK(done->bytes == Bench::content.size());
  CHECK(bench.isRight());
  CHECK(bench.isTidy());
  CHECK(checked);
  CHECK(bench.time.pauses.empty());
  std::set<std::uint64_t> starts;
  for (const HttpRequest& request : bench.server.requests()) {
    if (isPiece(request)) starts.insert(request.range()->first);
  }
  CHECK(starts.size() == 11);
}

TEST_CASE("several connections are used at once") {
  Gate gate;
  std::atomic<int> waiting{0};
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    // Four requests must be under way before any is answered.
    if (isPiece(request) && ++waiting == 4) gate.open();
    if (isPiece(request)) gate.wait();
    serveBytes(Bench::content, request, connection);
  }));
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
}

TEST_CASE("without ranges the file is read from front to end") {
  Misbehaviour how;
  how.ignoresRanges = true;
  Bench bench(misbehaving(how));
  bench.file.bytes = 0;  // and its size comes from the server
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  CHECK(bench.isTidy());
}

TEST_CASE("an empty file is a file") {
  Bench bench(
      with([](const HttpRequest& request, HttpConnection& connection) { serveBytes("", request, connection); }));
  bench.file.bytes = 0;
  bench.file.sha256 = sha256Of("");
  const auto done = bench.download();
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : done.error().text()));
  CHECK(readAll(bench.target()).empty());
  CHECK(bench.isTidy());
}

TEST_CASE("a connection that drops costs its piece only") {
  std::atomic<int> drops{0};
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    Misbehaviour how;
    if (isPiece(request) && request.range()->first == 3 * kPiece && ++drops <= 2) how.dropsAfter = 400;
    serveBytes(Bench::content, request, connection, how);
  }));
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  CHECK(drops == 3);
  int pieces = 0;
  for (const HttpRequest& request : bench.server.requests()) pieces += isPiece(request) ? 1 : 0;
  CHECK(pieces == 13);
  CHECK(bench.time.pauses.size() >= 1);
}

TEST_CASE("a server that always drops is given up after growing pauses; what has come stays") {
  std::atomic<bool> broken{true};
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    Misbehaviour how;
    if (broken && isPiece(request) && request.range()->first >= 5 * kPiece) how.dropsAfter = 10;
    serveBytes(Bench::content, request, connection, how);
  }));
  bench.options.connections = 1;
  const auto failed = bench.download();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::Unreadable);
  CHECK(bench.isAbsent());
  CHECK(bench.time.pauses == std::vector<long>{1000, 2000, 4000, 8000, 16000});
  broken = false;
  const std::size_t before = bench.server.requests().size();
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  const auto requests = bench.server.requests();
  for (std::size_t i = before; i < requests.size(); ++i) {
    CHECK((!isPiece(requests[i]) || requests[i].range()->first >= 5 * kPiece));
  }
}

TEST_CASE("the next server takes over where one has failed") {
  SUBCASE("404") {
    Bench bench(with([](const HttpRequest&, HttpConnection& c) { serveStatus(404, c); }));
    bench.file.urls = {bench.server.url("a"), bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
    CHECK(bench.time.pauses.empty());  // there is no use in asking again
  }
  SUBCASE("a length that is not the manifest's") {
    Misbehaviour how;
    how.lengthLie = -5;
    Bench bench(misbehaving(how));
    bench.file.urls = {bench.server.url("a"), bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
  }
  SUBCASE("a server that sends another part than asked for") {
    Misbehaviour how;
    how.startLie = 1;
    Bench bench(misbehaving(how));
    bench.file.urls = {bench.server.url("a"), bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
  }
  SUBCASE("wrong bytes") {
    Misbehaviour how;
    how.wrongByte = 4321;
    Bench bench(misbehaving(how));
    bench.file.urls = {bench.server.url("a"), bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
    CHECK(bench.isTidy());
  }
  SUBCASE("a server that never answers") {
    Gate gate;
    Bench bench(with([&](const HttpRequest&, HttpConnection&) { gate.wait(); }));
    bench.options.stallAfter = std::chrono::seconds(1);
    bench.file.urls = {bench.server.url("a"), bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
    gate.open();
  }
  SUBCASE("a port where nobody listens") {
    Bench bench(misbehaving({}));
    bench.file.urls = {"http://127.0.0.1:1/a", bench.server.url("b")};
    REQUIRE(bench.download().ok());
    CHECK(bench.isRight());
  }
}

TEST_CASE("what no server has, may give or sends rightly is an error with its reason, and nothing has the name") {
  const auto failure = [](LoopbackServer::Handler handler, std::uint64_t bytes, std::uint64_t about = 0) {
    Bench bench(std::move(handler));
    bench.file.bytes = bytes;
    bench.file.aboutBytes = about;
    const auto failed = bench.download();
    REQUIRE_FALSE(failed.ok());
    CHECK(bench.isAbsent());
    return failed.error();
  };
  const std::uint64_t size = Bench::content.size();
  const auto status = [](int code) { return [code](const HttpRequest&, HttpConnection& c) { serveStatus(code, c); }; };
  CHECK(failure(status(404), size).code == ErrorCode::NotFound);
  CHECK(failure(status(403), size).message.find("permission") != std::string::npos);
  CHECK(failure(status(500), size).message.find("500") != std::string::npos);
  CHECK(failure(misbehaving({}), size + 1).message == "the server offers 10007 bytes; expected 10008");
  CHECK(failure(misbehaving({}), 0, 12000).message == "the server offers 10007 bytes; expected about 12000");
  Misbehaviour wrong;
  wrong.wrongByte = 0;
  const core::Error corrupt = failure(misbehaving(wrong), size);
  CHECK(corrupt.code == ErrorCode::Corrupt);
  CHECK(corrupt.message.find(sha256Of(Bench::content)) != std::string::npos);
  Misbehaviour longer;
  longer.ignoresRanges = true;
  longer.lengthLie = 5;
  CHECK(failure(misbehaving(longer), 0).code == ErrorCode::Unreadable);  // promises more than it sends
  const auto endless = [](const HttpRequest&, HttpConnection& c) {
    c.send("HTTP/1.1 200 OK\r\n\r\nhow long this is, nobody says");
    c.drop();
  };
  CHECK(failure(endless, 0).code == ErrorCode::Unreadable);
  RemoteFile nowhere;
  const TemporaryFolder folder;
  CHECK(models::downloadFile(nowhere, folder.file("x"), {}, {}, {}).error().code == ErrorCode::NotFound);
}

TEST_CASE("a published size may be rounded") {
  Bench bench(misbehaving({}));
  bench.file.bytes = 0;
  bench.file.aboutBytes = 9800;
  CHECK(bench.download().ok());
}

TEST_CASE("a busy server is given the time it asks for") {
  std::atomic<int> asked{0};
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    if (++asked == 1) return serveStatus(503, connection, "Retry-After: 17\r\n");
    serveBytes(Bench::content, request, connection);
  }));
  REQUIRE(bench.download().ok());
  CHECK(bench.time.pauses == std::vector<long>{17000});
}

TEST_CASE("redirects are followed, to http and https only") {
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/evil") return serveStatus(302, connection, "Location: file:///etc/hostname\r\n");
    serveStatus(302, connection, "Location: /b\r\n");
  }));
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  std::filesystem::remove(bench.target());
  bench.file.urls = {bench.server.url("evil")};
  CHECK(bench.download().error().code == ErrorCode::Unreadable);
  CHECK(bench.isAbsent());
}

TEST_CASE("a proxy is used: as told, and as the environment says") {
  Bench bench([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target != "http://models.invalid/file") return serveStatus(400, connection);
    serveBytes(Bench::content, request, connection);
  });
  bench.file.urls = {"http://models.invalid/file"};
  bench.options.proxy = bench.server.url("");
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  std::filesystem::remove(bench.target());
  bench.options.proxy.clear();
  ::setenv("http_proxy", bench.server.url("").c_str(), 1);
  const auto done = bench.download();
  ::unsetenv("http_proxy");
  CHECK(done.ok());
}

TEST_CASE("cancelled in the middle; the next call fetches the rest") {
  Gate gate;
  Bench bench(with([&](const HttpRequest& request, HttpConnection& connection) {
    if (isPiece(request) && request.range()->first == 6 * kPiece) gate.wait();
    serveBytes(Bench::content, request, connection);
  }));
  bench.options.connections = 1;
  std::stop_source stop;
  auto running = std::async(std::launch::async, [&] { return bench.download(stop.get_token()); });
  gate.awaitArrival();
  stop.request_stop();
  const auto cancelled = running.get();
  REQUIRE_FALSE(cancelled.ok());
  CHECK(cancelled.error().code == ErrorCode::Cancelled);
  CHECK(bench.isAbsent());
  gate.open();
  const std::size_t before = bench.server.requests().size();
  REQUIRE(bench.download().ok());
  CHECK(bench.isRight());
  const auto requests = bench.server.requests();
  for (std::size_t i = before; i < requests.size(); ++i) {
    CHECK((!isPiece(requests[i]) || requests[i].range()->first >= 6 * kPiece));
  }
}

TEST_CASE("without a hash, pieces of two versions are never mixed") {
  std::atomic<bool> changed{false};
  const std::string other = noiseBytes(20'000).substr(20'000 - Bench::content.size());
  Gate gate;
  Bench bench([&](const HttpRequest& request, HttpConnection& connection) {
    if (!changed && isPiece(request) && request.range()->first == 4 * kPiece) gate.wait();
    Misbehaviour how;
    how.etag = changed ? "\"2\"" : "\"1\"";
    serveBytes(changed ? other : Bench::content, request, connection, how);
  });
  bench.file.sha256.clear();
  bench.options.connections = 1;
  std::stop_source stop;
  auto running = std::async(std::launch::async, [&] { return bench.download(stop.get_token()); });
  gate.awaitArrival();
  SUBCASE("changed between two calls") {
    stop.request_stop();
    CHECK(running.get().error().code == ErrorCode::Cancelled);
    changed = true;
    gate.open();
    REQUIRE(bench.download().ok());
  }
  SUBCASE("changed during the call") {
    changed = true;
    gate.open();
    REQUIRE(running.get().ok());
  }
  CHECK(readAll(bench.target()) == other);
}
