// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/pipeline/journal.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "engine/tensor/pch.h"
#include "engine/tensor/safetensors.h"
#include "tests/engine/tensor/files.h"

using namespace kinora;
using pipeline::Journal;
using test::TemporaryFolder;

namespace {

constexpr int kSteps = 5;

std::unique_ptr<diffusion::Sampler> samplerOf(const std::string& name) {
  const int steps = name == "dmd" ? 3 : kSteps;  // dmd has three
  auto sampler = diffusion::makeSampler(name, {steps, 3.0, 7});
  REQUIRE(sampler.ok());
  return std::move(*sampler);
}

at::Tensor start() {
  return at::arange(24, at::kFloat).sub_(12).div_(7).view({1, 2, 3, 2, 2});
}

at::Tensor velocity(const at::Tensor& x, int step) {
  return x.mul(0.3).add(0.1 * step).sin();
}

/// Steps `from` its position to `to`; the journal is kept after each.
at::Tensor walk(diffusion::Sampler& sampler, at::Tensor x, int to, const Journal& journal) {
  while (sampler.position() < to) {
    x = sampler.step(velocity(x, sampler.position()), x);
    REQUIRE(journal.keep(sampler, x).ok());
  }
  return x;
}

core::Error restoreError(const Journal& journal, const char* sampler = "unipc") {
  const auto fresh = samplerOf(sampler);
  const auto latents = journal.restore(*fresh, start());
  REQUIRE(!latents.ok());
  CHECK(fresh->position() == 0);
  return latents.error();
}

}  // namespace

TEST_CASE("a run that is cut off goes on to the same values, with every sampler") {
  for (const std::string& name : diffusion::samplerNames()) {
    const int steps = samplerOf(name)->steps();
    for (int cut = 1; cut <= steps; ++cut) {
      CAPTURE(name);
      CAPTURE(cut);
      const TemporaryFolder folder;
      const Journal journal(folder.file("job"), "run");
      const auto whole = samplerOf(name);
      const at::Tensor wanted = walk(*whole, start(), steps, Journal("", ""));
      const auto first = samplerOf(name);
      walk(*first, start(), cut, journal);

      const auto second = samplerOf(name);
      const auto latents = journal.restore(*second, start());
      REQUIRE(latents.ok());
      CHECK(second->position() == cut);
      CHECK(at::equal(walk(*second, *latents, steps, journal), wanted));
    }
  }
}

TEST_CASE("nothing kept is no error, and without a folder nothing is kept") {
  const TemporaryFolder folder;
  for (const Journal& journal : {Journal(folder.file("job"), "run"), Journal("", "run")}) {
    const auto sampler = samplerOf("unipc");
    const auto latents = journal.restore(*sampler, start());
    REQUIRE(latents.ok());
    CHECK(at::equal(*latents, start()));
    CHECK(sampler->position() == 0);
  }
}

TEST_CASE("a step that is kept replaces the one before as a whole") {
  const TemporaryFolder folder;
  const Journal journal(folder.file("job"), "run");
  walk(*samplerOf("unipc"), start(), 3, journal);
  std::vector<std::string> left;
  for (const auto& file : std::filesystem::directory_iterator(folder.file("job"))) {
    left.push_back(file.path().filename().string());
  }
  CHECK(left == std::vector<std::string>{"latents.safetensors"});
}

TEST_CASE("another run's journal and damaged ones are refused, and the sampler stays at its start") {
  const TemporaryFolder folder;
  const std::string file = folder.file("job") + "/latents.safetensors";
  const Journal journal(folder.file("job"), "run");
  walk(*samplerOf("unipc"), start(), 2, journal);
  CHECK(restoreError(Journal(folder.file("job"), "another run")).code == core::ErrorCode::ModelMismatch);
  CHECK(restoreError(journal, "euler").code == core::ErrorCode::Corrupt);  // state of another sampler

  const std::map<std::string, std::string> good{{"run", "run"}, {"steps_done", "1"}};
  const at::Tensor x = start();
  const at::Tensor nan = x.clone().fill_(std::numeric_limits<float>::quiet_NaN());
  const at::Tensor small = x.narrow(2, 0, 1);
  const auto keeps = [&](std::map<std::string, at::Tensor> tensors, std::map<std::string, std::string> metadata) {
    REQUIRE(tensor::writeSafetensors(file, tensors, metadata).ok());
    return journal.restore(*samplerOf("dpm++"), x);
  };
  const std::map<std::string, at::Tensor> whole{{"latents", x}, {"sampler.previous", x}};
  REQUIRE(keeps(whole, good).ok());
  const auto refuses = [&](std::map<std::string, at::Tensor> tensors, std::map<std::string, std::string> metadata) {
    const auto restored = keeps(std::move(tensors), std::move(metadata));
    return !restored && restored.error().code == core::ErrorCode::Corrupt;
  };
  CHECK(refuses({{"sampler.previous", x}}, good));                      // no latents
  CHECK(refuses({{"latents", nan}, {"sampler.previous", x}}, good));    // no numbers
  CHECK(refuses({{"latents", x}, {"sampler.previous", small}}, good));  // another shape
  CHECK(refuses({{"latents", small}, {"sampler.previous", small}}, good));
  CHECK(refuses({{"latents", x}, {"previous", x}}, good));  // a name of nobody's
  CHECK(refuses(whole, {{"run", "run"}}));                  // no steps
  CHECK(refuses(whole, {{"run", "run"}, {"steps_done", "1x"}}));
  CHECK(refuses(whole, {{"run", "run"}, {"steps_done", "99"}}));
  CHECK(refuses(whole, {{"run", "run"}, {"steps_done", "-1"}}));
  CHECK(refuses({{"latents", x.to(at::kHalf)}, {"sampler.previous", x}}, good));
  for (const std::uintmax_t bytes : {40u, 7u, 0u}) {
    std::filesystem::resize_file(file, bytes);
    CHECK(restoreError(journal).code == core::ErrorCode::Corrupt);
  }
}

TEST_CASE("a folder that cannot be made is an error before the work is lost") {
  const TemporaryFolder folder;
  const Journal journal(folder.write("file", "not a folder") + "/job", "run");
  const auto kept = journal.keep(*samplerOf("euler"), start());
  REQUIRE(!kept.ok());
  CHECK(kept.error().code == core::ErrorCode::NotWritable);
}
