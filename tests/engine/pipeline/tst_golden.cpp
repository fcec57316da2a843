// SPDX-License-Identifier: GPL-3.0-or-later
// Whole generations against stock diffusers: every pipeline case of tests/data/goldens.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "engine/core/sampling.h"
#include "engine/diffusion/guidance.h"
#include "engine/pipeline/wan_model.h"
#include "tests/engine/pipeline/engine_fixture.h"
#include "tests/engine/pipeline/png.h"
#include "tests/engine/wan/golden.h"

namespace {

using namespace kinora;
using test::Golden;

constexpr double kFirstTolerance = 2e-5;  // embeddings, first step; README of the goldens
constexpr double kLaterTolerance = 1.5e-4;

const std::set<std::string> kCases{
    "cache-firstblock",      "cache-teacache",    "guidance-nag",          "guidance-skip-layers",
    "guidance-zero-star",    "mini-i2v",          "mini-t2v-chinese",      "mini-t2v-english",
    "sampler-dmd",           "sampler-lcm",       "sampler-lightx2v",      "tiny21-clip-i2v",
    "tiny21-flf2v",          "tiny21-t2v",        "tiny21-vace-control",   "tiny21-vace-reference",
    "tiny21-vace-t2v",       "tiny22-a14b-flf2v", "tiny22-a14b-i2v",       "tiny22-a14b-t2v",
    "tiny22-a14b-t2v-euler", "tiny22-i2v",        "tiny22-i2v-euler",      "tiny22-t2v",
    "tiny22-t2v-chinese",    "tiny22-t2v-euler",  "tiny22-t2v-noguidance", "tiny22-t2v-oneframe"};

/// Folders that describe a whole generation: those with a number of steps.
std::set<std::string> pipelineCases() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(test::kGoldens)) {
    const auto inputs = entry.path() / "inputs.json";
    if (std::filesystem::exists(inputs) && test::readJson(inputs.string()).contains("steps"))
      names.insert(entry.path().filename().string());
  }
  return names;
}

at::Tensor dumped(const std::string& folder, const std::string& file, const std::string& name) {
  auto opened = tensor::WeightFile::open(folder + "/" + file + ".safetensors");
  REQUIRE_MESSAGE(opened.ok(), opened.error().text());
  const tensor::TensorInfo* info = (*opened)->find(name);
  REQUIRE_MESSAGE(info, name);
  return tensor::storedTensor(*opened, *info).clone();
}

/// 8-bit pictures of the case's tensors: one [H,W,3], or a clip of them [F,H,W,3].
std::vector<core::Frame> pictures(const Golden& golden, const std::string& name) {
  if (!golden.has(name)) return {};
  at::Tensor all = golden[name];
  if (all.dim() == 3) all = all.unsqueeze(0);
  std::vector<core::Frame> frames;
  for (std::int64_t i = 0; i < all.size(0); ++i) {
    const at::Tensor pixels = all[i].contiguous();
    const auto bytes = static_cast<std::size_t>(pixels.numel());
    std::shared_ptr<std::uint8_t[]> data(new std::uint8_t[bytes]);
    std::memcpy(data.get(), pixels.data_ptr(), bytes);
    frames.emplace_back(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)), std::move(data));
  }
  return frames;
}

/// What the pictures and videos of a case are.
void addPictures(const std::string& name, const Golden& golden, pipeline::GenerationInputs& inputs) {
  const nlohmann::json& in = golden.inputs;
  const auto picture = [&](const char* key) {
    return in.contains(key) ? test::readPng(test::kGoldens + name + "/" + in.at(key).get<std::string>())
                            : core::Frame();
  };
  inputs.startImage = picture("image");
  inputs.endImage = picture("end_image");
  inputs.control = pictures(golden, "control");
  inputs.mask = pictures(golden, "mask");
  for (int i = 0; golden.has("reference_" + std::to_string(i)); ++i)
    inputs.references.push_back(pictures(golden, "reference_" + std::to_string(i)).front());
}

/// What a case says of sampling beyond the fields that all have, as a recipe does.
void applyRecipe(const nlohmann::json& recipe, core::GenerationRequest& request) {
  const auto read = core::requestFromJson(recipe.dump());
  REQUIRE_MESSAGE(read.ok(), read.error().text());
  if (read->seed) request.seed = read->seed;
  request.guidanceKind = read->guidanceKind;
  request.nag = read->nag;
  request.skipLayers = read->skipLayers;
  request.cache = read->cache;
  request.cacheThreshold = read->cacheThreshold;
}

/// Cases in two goes: one frame as a picture, then the clip that begins with it.
bool drawsFirstFrame(const Golden& golden) {
  return golden.has("first_noise");
}

pipeline::GenerationInputs inputsOf(const std::string& name, const Golden& golden, const std::string& folder) {
  const nlohmann::json& in = golden.inputs;
  pipeline::GenerationInputs inputs =
      test::inputsFor(golden.model(), {in.at("width").get<int>(), in.at("height").get<int>()},
                      in.at("frames").get<int>(), in.at("steps").get<int>());
  core::GenerationRequest& request = inputs.plan.request;
  request.prompt = in.at("prompt");
  request.negativePrompt = in.at("negative");
  request.guidance = in.at("guidance").get<double>();
  request.shift = in.at("shift").get<double>();
  request.sampler = in.at("sampler");
  if (in.contains("recipe")) applyRecipe(in.at("recipe"), request);
  request.noiseFile = folder + "/noise.safetensors";
  std::map<std::string, at::Tensor> noise{{"noise", golden["noise"]}};
  if (drawsFirstFrame(golden)) noise["first_noise"] = golden["first_noise"];
  const auto written = tensor::writeSafetensors(request.noiseFile, noise);
  REQUIRE(written.ok());
  if (in.contains("guidance_2")) request.guidance2 = in.at("guidance_2").get<double>();
  if (in.contains("control_scale")) request.controlScale = in.at("control_scale").get<double>();
  addPictures(name, golden, inputs);
  inputs.dumpDirectory = folder + "/dump";
  return inputs;
}

void compareEmbeddings(const at::Tensor& actual, const at::Tensor& rows) {
  const std::int64_t n = rows.size(0);
  const at::Tensor first = actual[0];
  CHECK(test::relativeError(first.slice(0, 0, n), rows) <= kFirstTolerance);
  CHECK(first.slice(0, n).abs().max().item<double>() == 0);
}

/// Largest errors of the first step and of those after it. prefix: "", or "first_" of the first frame.
std::pair<double, double> compareSteps(const Golden& golden, const std::string& dump, const std::string& prefix) {
  double first = 0;
  double later = 0;
  const int steps = golden.inputs.at("steps");
  for (int i = 0; i < steps; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "step_%03d", i);
    const std::string step = prefix + number;
    const double error = test::relativeError(dumped(dump, step, "latents"), golden[step]);
    (i ? later : first) = std::max(i ? later : first, error);
  }
  const double latents = test::relativeError(dumped(dump, prefix + "latents", "latents"), golden[prefix + "latents"]);
  CHECK(first <= kFirstTolerance);
  CHECK(std::max(later, latents) <= kLaterTolerance);
  return {first, std::max(later, latents)};
}

void compare(const std::string& name, const Golden& golden, const std::string& dump, const test::Frames& sink) {
  CHECK(at::equal(dumped(dump, "prompt", "token_ids"), golden["token_ids"]));
  compareEmbeddings(dumped(dump, "prompt", "prompt_embeds"), golden["prompt_embeds_rows"]);
  if (golden.has("negative_prompt_embeds_rows"))
    compareEmbeddings(dumped(dump, "prompt", "negative_prompt_embeds"), golden["negative_prompt_embeds_rows"]);
  if (drawsFirstFrame(golden)) compareSteps(golden, dump, "first_");
  const auto [first, later] = compareSteps(golden, dump, "");
  const at::Tensor video = dumped(dump, "video", "video");
  const double frames = test::relativeError(video, golden["video"]);
  CHECK(frames <= kLaterTolerance);
  std::printf("%-24s step 0 %.1e  later %.1e  video %.1e\n", name.c_str(), first, later, frames);

  // The frames delivered are the expected video, rounded: at most one level off where a value lies on the edge.
  REQUIRE(static_cast<std::int64_t>(sink.frames.size()) == video.size(2));
  for (std::int64_t f = 0; f < video.size(2); ++f) {
    const core::Frame& frame = sink.frames[static_cast<std::size_t>(f)];
    const at::Tensor expected = (golden["video"].select(2, f)[0].permute({1, 2, 0}) * 0.5 + 0.5) * 255;
    const at::Tensor pixels =
        at::from_blob(const_cast<std::uint8_t*>(frame.data()), {frame.height(), frame.width(), 3}, at::kByte);
    CHECK((pixels.to(at::kFloat) - expected).abs().max().item<double>() <= 1.0);
  }
}

}  // namespace

TEST_CASE("knows every pipeline case of the goldens, and all of them are there") {
  CHECK(pipelineCases() == kCases);
}

TEST_CASE("gives what stock diffusers gives") {
  const auto engine = test::makeEngine();
  for (const std::string& name : kCases) {
    SUBCASE(name.c_str()) {
      CAPTURE(name);
      const test::TemporaryFolder folder;
      const Golden golden(name);
      const pipeline::GenerationInputs inputs = inputsOf(name, golden, folder.path());
      test::Frames sink;
      const auto report = engine->generate(inputs, sink, {}, {});
      REQUIRE_MESSAGE(report.ok(), report.error().text());
      compare(name, golden, inputs.dumpDirectory, sink);
      // The second of two experts may run without guidance, which the estimate leaves out.
      const int passes = core::networkPasses(inputs.plan.request) * (drawsFirstFrame(golden) ? 2 : 1);
      CHECK((inputs.plan.request.guidance2 ? report->passes <= passes : report->passes == passes));
      CHECK(report->reusedPasses == golden.inputs.value("reused", 0));
    }
  }
}

TEST_CASE("both ways of guidance give the same velocity") {
  const c10::InferenceMode inference;
  const Golden golden("mini-t2v-english");
  auto model = pipeline::loadWanModel(test::modelAt(golden.model()), {{tensor::ComputeDevice{}}, at::kFloat, {}}, {});
  REQUIRE_MESSAGE(model.ok(), model.error().text());
  const auto loaded = (*model)->experts->get(0, {});
  REQUIRE(loaded.ok());
  const wan::Transformer& transformer = **loaded;
  const wan::TextContext text =
      transformer.prepareContext({golden["prompt_embeds_rows"], golden["negative_prompt_embeds_rows"]});
  const auto network = [&](const at::Tensor& x, double timestep, int, diffusion::Branch branch) {
    const wan::TextContext used =
        branch == diffusion::Branch::Both ? text : text.only(branch == diffusion::Branch::Unconditional);
    return transformer.forward(x, timestep, used);
  };
  const at::Tensor apart = diffusion::guided(network, {3.0, false})(golden["noise"], 700, 0);
  const at::Tensor together = diffusion::guided(network, {3.0, true})(golden["noise"], 700, 0);
  CHECK(test::relativeError(together, apart) <= 1e-5);
  const at::Tensor unguided = diffusion::guided(network, {1.0, false})(golden["noise"], 700, 0);
  CHECK(test::relativeError(unguided, apart) > 1e-3);  // else the comparison above shows nothing
}
