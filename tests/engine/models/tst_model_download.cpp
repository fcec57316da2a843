// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <future>
#include <map>

#include "engine/models/model_catalogue.h"
#include "engine/models/model_download.h"
#include "engine/models/model_file.h"
#include "tests/engine/models/download_fixture.h"
#include "tests/engine/models/hub_fixture.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using models::ModelDownload;
using models::PublicModel;

namespace {

PublicModel publicModel(const std::string& server) {
  PublicModel model;
  model.id = "wan-small";
  model.name = "Wan small";
  model.licence = "Apache-2.0";
  model.repository = "owner/model";
  model.revision = "main";
  model.servers = {server + "{repository}/resolve/{revision}/{path}"};
  for (const char* path : {"model_index.json", "scheduler/scheduler_config.json", "transformer/config.json",
                           "vae/config.json", "text_encoder/config.json", "tokenizer/spiece.model"}) {
    models::RemoteFile file;
    file.path = path;
    file.urls = model.urlsOf(path);
    model.files.push_back(file);
  }
  model.weights = {
      {"transformer/diffusion_pytorch_model", 6000}, {"vae/diffusion_pytorch_model", 0}, {"text_encoder/model", 0}};
  return model;
}

struct Bench {
  explicit Bench(LoopbackServer::Handler handler) : server(std::move(handler)) {
    ::unsetenv("http_proxy");
    ::unsetenv("HTTP_PROXY");
    ::unsetenv("all_proxy");
    download.model = publicModel(server.url(""));
    download.root = folder.file("models");
    download.options.pieceBytes = 500;
    time.addTo(download.options);
  }
  core::Result<std::string> run(std::stop_token stop = {}) { return models::downloadModel(download, stop); }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder.file("models/" + name)); }

  TemporaryFolder folder;
  LoopbackServer server;
  ModelDownload download;
  FakeTime time;
};

}  // namespace

TEST_CASE("a model comes whole: the small files, then the shards its index names; then it is in the catalogue") {
  Bench bench(hub(hubFiles()));
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  bench.download.progress = [&](const models::DownloadProgress& p) {
    CHECK(p.doneBytes >= last);
    CHECK(p.doneBytes <= p.totalBytes);
    last = p.doneBytes;
    total = p.totalBytes;
    CHECK_FALSE(bench.exists("wan-small"));
    CHECK(models::ModelCatalogue::scan({bench.download.root}).models().empty());  // a half model is none
  };
  const auto done = bench.run();
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : done.error().text()));
  CHECK(*done == bench.folder.file("models/wan-small"));
  const auto catalogue = models::ModelCatalogue::scan({bench.download.root});
  REQUIRE(catalogue.models().size() == 1);
  const core::ModelInfo& info = catalogue.models().front();
  CHECK(info.problem == "");
  CHECK(info.id == "wan-small");
  CHECK(info.name == "Wan small");
  CHECK(info.licence == "Apache-2.0");
  CHECK(info.architecture == "wan2.1-t2v");
  const auto file = models::readModelFile(*done);
  REQUIRE(file.ok());
  CHECK(file->files.size() == 11);
  std::uint64_t sum = 0;
  for (const models::InstalledFile& one : file->files) {
    CAPTURE(one.path);
    CHECK(one.sha256 == sha256Of(readAll(*done + "/" + one.path)));
    CHECK_FALSE(one.published);
    sum += one.bytes;
  }
  CHECK(last == sum);
  CHECK(models::unfinishedDownloads(bench.download.root).empty());
  CHECK(std::distance(std::filesystem::directory_iterator(bench.download.root), {}) == 1);
  CHECK(bench.run().error().code == ErrorCode::InvalidInput);  // it is there already
}

TEST_CASE("a model that would not fit is refused before its weights, with the figures") {
  Bench bench(hub(hubFiles()));
  bench.download.freeBytes = [](const std::string&) { return std::uint64_t{4999}; };
  const auto failed = bench.run();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::DiskFull);
  for (const HttpRequest& request : bench.server.requests())
    CHECK(request.target.find("one.safetensors") == std::string::npos);
  // The index says 5000, however much the catalogue guessed.
  bench.download.freeBytes = [](const std::string&) { return std::uint64_t{5000}; };
  CHECK(bench.run().ok());
}

TEST_CASE("a failure keeps what has come, and says which file") {
  Files files = hubFiles();
  files.erase("transformer/two.safetensors");
  Bench bench(hub(files));
  const auto failed = bench.run();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::NotFound);
  CHECK(failed.error().context.find("two.safetensors") != std::string::npos);
  CHECK_FALSE(bench.exists("wan-small"));
  const auto unfinished = models::unfinishedDownloads(bench.download.root);
  REQUIRE(unfinished.size() == 1);
  CHECK(unfinished.front().id == "wan-small");
  CHECK(unfinished.front().bytes > 4000);
  REQUIRE(models::discardDownload(bench.download.root, "wan-small").ok());
  CHECK(models::unfinishedDownloads(bench.download.root).empty());
  CHECK(models::discardDownload(bench.download.root, "wan-small").error().code == ErrorCode::NotFound);
  CHECK(models::discardDownload(bench.download.root, "../x").error().code == ErrorCode::NotFound);
}

TEST_CASE("an index that names files elsewhere is refused") {
  Files files = hubFiles();
  for (const char* shard : {"../../x.safetensors", "/etc/x", "..", "a/b.safetensors", ""}) {
    CAPTURE(shard);
    files["transformer/diffusion_pytorch_model.safetensors.index.json"] = json{{"weight_map", {{"a", shard}}}}.dump();
    Bench bench(hub(files));
    CHECK(bench.run().error().code == ErrorCode::Corrupt);
  }
}

TEST_CASE("one process at a time fetches a model") {
  Gate gate;
  const auto serve = hub(hubFiles());
  Bench bench([&](const HttpRequest& request, HttpConnection& connection) {
    gate.wait();
    serve(request, connection);
  });
  auto running = std::async(std::launch::async, [&] { return bench.run(); });
  gate.awaitArrival();
  CHECK(bench.run().error().code == ErrorCode::Busy);
  CHECK(models::discardDownload(bench.download.root, "wan-small").error().code == ErrorCode::Busy);
  gate.open();
  CHECK(running.get().ok());
}

TEST_CASE("kill -9 in the middle: the next process fetches only what had not come") {
  const TemporaryFolder folder;
  int ports[2];
  REQUIRE(::pipe(ports) == 0);
  // The child is made while this process has one thread; it hears the server's address through the pipe.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    char address[64] = {};
    if (::read(ports[0], address, sizeof address - 1) <= 0) ::_exit(2);
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    ModelDownload download;
    download.model = publicModel(address);
    download.root = folder.file("models");
    download.options.pieceBytes = 500;
    download.options.connections = 1;
    const auto ended = models::downloadModel(download, {});
    ::_exit(ended ? 3 : 4);
  }
  Gate gate;
  std::atomic<bool> stuck{true};
  const auto serve = hub(hubFiles());
  Bench bench([&](const HttpRequest& request, HttpConnection& connection) {
    const auto range = request.range();
    const bool fifth = request.target.find("one.safetensors") != std::string::npos && range && range->first == 2000;
    if (stuck && fifth) {
      // Half of a piece, then nothing more.
      connection.send(
          "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nContent-Range: bytes 2000-2499/4000\r\n"
          "Content-Length: 500\r\n\r\n" +
          noiseBytes(4000).substr(2000, 250));
      gate.wait();
      return;
    }
    serve(request, connection);
  });
  const std::string address = bench.server.url("");
  REQUIRE(::write(ports[1], address.data(), address.size()) == static_cast<ssize_t>(address.size()));
  gate.awaitArrival();
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK_FALSE(std::filesystem::exists(folder.file("models/wan-small")));
  CHECK_FALSE(std::filesystem::exists(folder.file("models/.wan-small.download/transformer/one.safetensors")));
  const auto unfinished = models::unfinishedDownloads(folder.file("models"));
  REQUIRE(unfinished.size() == 1);
  CHECK(unfinished.front().bytes > 2000);

  stuck = false;
  gate.open();
  const std::size_t before = bench.server.requests().size();
  bench.download.root = folder.file("models");
  const auto done = bench.run();
  REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : done.error().text()));
  CHECK(readAll(*done + "/transformer/one.safetensors") == noiseBytes(4000));
  const auto requests = bench.server.requests();
  for (std::size_t i = before; i < requests.size(); ++i) {
    CAPTURE(requests[i].target);
    const bool isOne = requests[i].target.find("one.safetensors") != std::string::npos;
    const bool isLater = isOne || requests[i].target.find("two.safetensors") != std::string::npos ||
                         requests[i].target.find("vae/diff") != std::string::npos ||
                         requests[i].target.find("text_encoder/model") != std::string::npos;
    CHECK(isLater);
    const auto range = requests[i].range();
    if (isOne && range && range->second > 0) CHECK(range->first >= 2000);
  }
  ::close(ports[0]);
  ::close(ports[1]);
}
