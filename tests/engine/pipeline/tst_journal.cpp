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

std::unique_ptr<diffusion::Sampler> samplerOf(const char* name) {
  auto sampler = diffusion::makeSampler(name, {kSteps, 3.0});
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
  const auto latents = journal.restore(*fresh, {});
  REQUIRE(!latents.ok());
  return latents.error();
}

}  // namespace

TEST_CASE("a run that is cut off goes on to the same values") {
  for (const char* name : {"unipc", "euler", "dpm++"}) {
    for (int cut = 1; cut <= kSteps; ++cut) {
      CAPTURE(name);
      CAPTURE(cut);
      const TemporaryFolder folder;
      const Journal journal(folder.file("job"), "run");
      const auto whole = samplerOf(name);
      const at::Tensor wanted = walk(*whole, start(), kSteps, Journal("", ""));
      const auto first = samplerOf(name);
      walk(*first, start(), cut, journal);

      const auto second = samplerOf(name);
      const auto latents = journal.restore(*second, {});
      REQUIRE(latents.ok());
      CHECK(second->position() == cut);
      CHECK(at::equal(walk(*second, *latents, kSteps, journal), wanted));
    }
  }
}

TEST_CASE("nothing kept is no error, and without a folder nothing is kept") {
  const TemporaryFolder folder;
  for (const Journal& journal : {Journal(folder.file("job"), "run"), Journal("", "run")}) {
    const auto sampler = samplerOf("unipc");
    const auto latents = journal.restore(*sampler, {});
    REQUIRE(latents.ok());
    CHECK_FALSE(latents->defined());
    CHECK(sampler->position() == 0);
  }
}

TEST_CASE("another run's journal and damaged ones are refused with what to do") {
  const TemporaryFolder folder;
  const std::string file = folder.file("job") + "/latents.safetensors";
  const Journal journal(folder.file("job"), "run");
  walk(*samplerOf("unipc"), start(), 2, journal);
  const auto other = restoreError(Journal(folder.file("job"), "another run"));
  CHECK(other.code == core::ErrorCode::ModelMismatch);
  CHECK(other.message.find("generate again") != std::string::npos);
  CHECK(restoreError(journal, "euler").code == core::ErrorCode::Corrupt);  // state of another sampler

  const std::map<std::string, std::string> good{{"run", "run"}, {"steps_done", "1"}};
  const at::Tensor x = start();
  const at::Tensor nan = x.clone().fill_(std::numeric_limits<float>::quiet_NaN());
  const auto refuses = [&](std::map<std::string, at::Tensor> tensors, std::map<std::string, std::string> metadata) {
    REQUIRE(tensor::writeSafetensors(file, tensors, metadata).ok());
    return restoreError(journal, "dpm++").code == core::ErrorCode::Corrupt;
  };
  CHECK(refuses({{"sampler.previous", x}}, good));                                  // no latents
  CHECK(refuses({{"latents", nan}, {"sampler.previous", x}}, good));                // no numbers
  CHECK(refuses({{"latents", x}, {"sampler.previous", x.narrow(2, 0, 1)}}, good));  // another shape
  CHECK(refuses({{"latents", x}, {"sampler.previous", x}}, {{"run", "run"}}));      // no steps
  CHECK(refuses({{"latents", x}, {"sampler.previous", x}}, {{"run", "run"}, {"steps_done", "1x"}}));
  CHECK(refuses({{"latents", x}, {"sampler.previous", x}}, {{"run", "run"}, {"steps_done", "99"}}));
  CHECK(refuses({{"latents", x.to(at::kHalf)}, {"sampler.previous", x}}, good));
  std::filesystem::resize_file(file, 40);
  CHECK(restoreError(journal).code == core::ErrorCode::Corrupt);
}

TEST_CASE("a folder that cannot be made is an error before the work is lost") {
  const TemporaryFolder folder;
  const Journal journal(folder.write("file", "not a folder") + "/job", "run");
  const auto kept = journal.keep(*samplerOf("euler"), start());
  REQUIRE(!kept.ok());
  CHECK(kept.error().code == core::ErrorCode::NotWritable);
}
