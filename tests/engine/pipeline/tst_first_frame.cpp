// SPDX-License-Identifier: GPL-3.0-or-later
// Models that draw the first frame of a clip of text alone, and then the clip that begins with it. That the values are
// right is tst_golden's business (mini-t2v-*).
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ATen/ATen.h>

#include <algorithm>
#include <fstream>

#include "engine/tensor/rng.h"
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"
#include "tests/engine/pipeline/engine_fixture.h"

using namespace kinora;

namespace {

constexpr int kSteps = 3;
constexpr core::Size kSize{64, 32};

/// A copy of a tiny model whose kinora.json says whatever a test wants.
class Model {
 public:
  explicit Model(const std::string& fields, const std::string& from = test::kTiny) {
    std::filesystem::copy(from, path(), std::filesystem::copy_options::recursive);
    std::ofstream(path() + "/kinora.json") << R"({"format":"kinora-model","version":2)" << fields << "}";
  }
  std::string path() const { return m_folder.path() + "/model"; }
  std::string file(const std::string& name) const { return m_folder.path() + "/" + name; }
  pipeline::GenerationInputs inputs(int frames = 5) const { return test::inputsFor(path(), kSize, frames, kSteps); }

 private:
  test::TemporaryFolder m_folder;
};

constexpr const char* kDraws = R"(,"draws_first_frame":true)";

struct Outcome {
  pipeline::GenerationReport report;
  std::string bytes;
};

Outcome run(const pipeline::GenerationInputs& inputs, const pipeline::GenerationObserver& observer = {}) {
  test::Frames frames;
  const auto report = test::makeEngine()->generate(inputs, frames, observer, {});
  REQUIRE_MESSAGE(report.ok(), (report ? "" : report.error().text()));
  return {*report, frames.bytes()};
}

core::Error failure(const pipeline::GenerationInputs& inputs) {
  test::Frames frames;
  const auto report = test::makeEngine()->generate(inputs, frames, {}, {});
  REQUIRE(!report.ok());
  CHECK(frames.frames.empty());
  return report.error();
}

at::Tensor latentsIn(const std::string& file) {
  const auto opened = tensor::WeightFile::open(file);
  REQUIRE_MESSAGE(opened.ok(), file);
  return tensor::storedTensor(*opened, *(*opened)->find("latents")).clone();
}

}  // namespace

TEST_CASE("a clip of text alone takes twice the steps, counted in one go, and a seed gives one clip") {
  const Model draws(kDraws);
  const Model plain("");
  pipeline::GenerationInputs inputs = draws.inputs();
  std::vector<core::Progress> steps;
  double fraction = 0;
  int previews = 0;
  const Outcome clip = run(inputs, {[&](const core::Progress& progress) {
                                      CHECK(progress.fraction >= fraction);
                                      fraction = progress.fraction;
                                      if (progress.stage == core::Stage::Denoise) steps.push_back(progress);
                                    },
                                    [&](const core::Frame&) { ++previews; }});
  CHECK(fraction == doctest::Approx(1.0));
  CHECK(previews == 2 * kSteps);
  CHECK(steps.back().step == 2 * kSteps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(steps[i].steps == 2 * kSteps);
    if (i > 0) CHECK(steps[i].step >= steps[i - 1].step);
  }
  CHECK(clip.report.passes == 2 * run(plain.inputs()).report.passes);
  CHECK(run(inputs).bytes == clip.bytes);
  CHECK(run(plain.inputs()).bytes != clip.bytes);
  inputs.plan.request.seed = 6;
  CHECK(run(inputs).bytes != clip.bytes);
}

TEST_CASE("nothing changes with a picture, with one frame, or where the model does not say so") {
  const Model draws(kDraws);
  const Model plain("");
  const auto same = [&](pipeline::GenerationInputs inputs) {
    const Outcome with = run(inputs);
    inputs.model = test::modelAt(plain.path());
    const Outcome without = run(inputs);
    CHECK(with.bytes == without.bytes);
    CHECK(with.report.passes == without.report.passes);
  };
  same(draws.inputs(1));
  pipeline::GenerationInputs pictured = draws.inputs();
  const std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[kSize.width * kSize.height * 3]{200, 90, 40});
  pictured.startImage = core::Frame(kSize.width, kSize.height, pixels);
  same(pictured);
  same(Model(R"(,"draws_first_frame":false)").inputs());
}

TEST_CASE("the first frame is what one frame alone gives, from noise of its own") {
  const Model draws(kDraws);
  for (const char* cache : {"", "firstblock"}) {
    CAPTURE(cache);
    pipeline::GenerationInputs inputs = draws.inputs();
    inputs.plan.request.cache = cache;
    inputs.dumpDirectory = draws.file("clip");
    run(inputs);
    const at::Tensor first = latentsIn(draws.file("clip/first_latents.safetensors"));
    CHECK(first.size(2) == 1);
    CHECK(at::equal(latentsIn(draws.file("clip/latents.safetensors")).narrow(2, 0, 1), first));

    pipeline::GenerationInputs alone = draws.inputs(1);
    alone.plan.request.cache = cache;
    alone.dumpDirectory = draws.file("alone");
    alone.plan.request.noiseFile = draws.file("noise.safetensors");
    const std::vector<std::int64_t> shape = first.sizes().vec();
    const at::Tensor noise = tensor::normal(inputs.plan.request.seed.value(), std::uint64_t{1} << 32, shape);
    REQUIRE(tensor::writeSafetensors(alone.plan.request.noiseFile, {{"noise", noise}}).ok());
    run(alone);
    for (const char* file : {"step_000", "step_002", "latents"}) {
      CAPTURE(file);
      CHECK(at::equal(latentsIn(draws.file("clip/first_" + std::string(file) + ".safetensors")),
                      latentsIn(draws.file("alone/" + std::string(file) + ".safetensors"))));
    }
  }
}

TEST_CASE("a noise file may hold the first frame's noise; else the seed gives it") {
  const Model draws(kDraws);
  pipeline::GenerationInputs inputs = draws.inputs();
  const std::string seeded = run(inputs).bytes;
  const std::uint64_t seed = inputs.plan.request.seed.value();
  const at::Tensor clip = tensor::normal(seed, 0, {1, 8, 2, 2, 4});
  const at::Tensor frame = tensor::normal(seed, std::uint64_t{1} << 32, {1, 8, 1, 2, 4});
  inputs.plan.request.noiseFile = draws.file("noise.safetensors");
  const auto with = [&](const std::map<std::string, at::Tensor>& tensors) {
    REQUIRE(tensor::writeSafetensors(inputs.plan.request.noiseFile, tensors).ok());
    return inputs;
  };
  CHECK(run(with({{"noise", clip}})).bytes == seeded);
  CHECK(run(with({{"noise", clip}, {"first_noise", frame}})).bytes == seeded);
  CHECK(run(with({{"noise", clip}, {"first_noise", -frame}})).bytes != seeded);
  const core::Error wide = failure(with({{"noise", clip}, {"first_noise", clip}}));
  CHECK(wide.code == core::ErrorCode::InvalidInput);
  CHECK(wide.message.find("\"first_noise\" of F32 [1,8,1,2,4], got F32 [1,8,2,2,4]") != std::string::npos);
  CHECK(failure(with({{"first_noise", frame}})).message.find("\"noise\"") != std::string::npos);
}

TEST_CASE("a run that is stopped in the first frame or in the clip goes on to the same pixels") {
  const Model draws(kDraws);
  for (const char* sampler : {"unipc", "lcm"}) {
    pipeline::GenerationInputs inputs = draws.inputs();
    inputs.plan.request.sampler = sampler;
    const std::string whole = run(inputs).bytes;
    for (int stopAfter : {2, kSteps, kSteps + 2}) {
      CAPTURE(sampler);
      CAPTURE(stopAfter);
      pipeline::GenerationInputs job = inputs;
      job.journalDirectory = draws.file(std::string(sampler) + std::to_string(stopAfter));
      test::runAndStop(job, stopAfter);
      job.resume = true;
      const Outcome rest = run(job);
      CHECK(rest.report.resumedSteps == stopAfter);
      CHECK(rest.report.notes.empty());
      CHECK(rest.bytes == whole);
    }
  }
}

TEST_CASE("kept steps of a model that drew no first frame are of no use to one that does") {
  const Model model("");
  pipeline::GenerationInputs job = model.inputs();
  job.journalDirectory = model.file("job");
  test::runAndStop(job, 2);
  std::ofstream(model.path() + "/kinora.json") << R"({"draws_first_frame":true})";
  job.resume = true;
  const Outcome begun = run(job);
  CHECK(begun.report.resumedSteps == 0);
  CHECK(begun.report.notes.size() == 1);
  job.journalDirectory.clear();
  job.resume = false;
  CHECK(run(job).bytes == begun.bytes);
}

TEST_CASE("a model registered elsewhere is told by the kinora.json that names it") {
  const Model there("");
  const Model here(kDraws);
  pipeline::GenerationInputs inputs = there.inputs();
  const std::string plain = run(inputs).bytes;
  inputs.model.registered = here.path();
  CHECK(run(inputs).bytes == run(here.inputs()).bytes);
  CHECK(run(inputs).bytes != plain);
}

TEST_CASE("refuses what is no flag, and a model that cannot begin with a frame") {
  for (const char* bad : {R"(,"draws_first_frame":"yes")", R"(,"draws_first_frame":1)", R"(,"draws_first_frame":[])"}) {
    CAPTURE(bad);
    const core::Error error = failure(Model(bad).inputs());
    CHECK(error.code == core::ErrorCode::Corrupt);
    CHECK(error.text().find("draws_first_frame") != std::string::npos);
    CHECK(error.text().find("kinora.json") != std::string::npos);
  }
  const Model plain(kDraws, KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan21");
  const core::Error error = failure(plain.inputs());
  CHECK(error.code == core::ErrorCode::ModelMismatch);
  CHECK(error.message.find("draws_first_frame; expected a TI2V model") != std::string::npos);
}
