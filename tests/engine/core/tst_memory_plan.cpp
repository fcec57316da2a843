// SPDX-License-Identifier: GPL-3.0-or-later
// The decisions; whether the figures are true is measured by tests/engine/pipeline/tst_memory.cpp and kinora-bench
// memory.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/core/memory_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace kinora::core;

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

/// Wan 2.1 T2V 1.3B with its real text encoder, stored in 16 bit.
ModelInfo wan13b() {
  ModelInfo model;
  model.dim = 1536;
  model.ffnDim = 8960;
  model.layers = 30;
  model.textDim = 4096;
  model.latentChannels = 16;
  model.parameters = 1'418'996'800;
  model.memory.heads = 12;
  model.memory.inChannels = 16;
  model.memory.stored = "BF16";
  model.memory.text = {4096, 10240, 24, 64, 64, "BF16"};
  model.memory.vae = {96, 96, 16, 2, 1, false, {1, 2, 4, 4}, {false, true, true}};
  return model;
}

GenerationRequest request(Size size, int frames, const char* dtype = "bf16") {
  GenerationRequest r;
  r.prompt = "a red ball bounces on the beach";
  r.size = size;
  r.frames = frames;
  r.steps = 50;
  r.guidance = 5;
  r.sampler = "unipc";
  r.dtype = dtype;
  r.threads = 2;
  return r;
}

MemoryPlan planned(const GenerationRequest& r, double limitGiB = 0, const ModelInfo& model = wan13b()) {
  return planMemory(model, r, limitGiB * kGiB);
}

}  // namespace

TEST_CASE("without a limit everything stays and the VAE works on whole pictures") {
  const MemoryPlan plan = planned(request({832, 480}, 81));
  CHECK(plan.planned);
  CHECK(plan.fits);
  CHECK(plan.keepIdle);
  CHECK_FALSE(plan.streamBlocks);
  CHECK_FALSE(plan.tiled());
  CHECK(plan.chunk >= 1);
  CHECK(plan.encode == 0);
  CHECK(plan.peak() == std::max({plan.text, plan.denoise, plan.decode}));
  CHECK(plan.peak() > 13 * kGiB);
  CHECK(plan.tensors < plan.peak());
}

TEST_CASE("the tighter the limit the more is saved, in a fixed order, and the peak keeps to it") {
  int before = 0;
  int most = 0;
  for (double limit = 20; limit > 0.5; limit *= 0.93) {
    CAPTURE(limit);
    const MemoryPlan plan = planned(request({832, 480}, 33), limit);
    if (!plan.fits) break;
    CHECK(plan.peak() <= limit * kGiB);
    const int saved = (plan.keepIdle ? 0 : 1) + (plan.streamBlocks || plan.tiled() ? 1 : 0);
    CHECK(saved >= before);
    before = saved;
    most = std::max(most, saved);
  }
  CHECK(most == 2);
}

TEST_CASE("blocks are streamed where the steps do not fit, tiles are cut where the pictures do not") {
  const GenerationRequest wide = request({832, 480}, 1, "f32");
  const MemoryPlan whole = planned(wide);
  ModelInfo noText = wan13b();
  noText.memory.text.layers = 1;
  const MemoryPlan free = planned(wide, 0, noText);
  const MemoryPlan streamed = planned(wide, free.denoise / kGiB * 0.7, noText);
  REQUIRE(streamed.fits);
  CHECK(streamed.streamBlocks);
  CHECK_FALSE(streamed.keepIdle);
  CHECK(streamed.denoise < 0.7 * free.denoise);
  const GenerationRequest long1 = request({1280, 720}, 81);
  const MemoryPlan one = planned(long1, 13);
  REQUIRE(one.fits);
  CHECK(whole.keepIdle);
  const MemoryPlan tiled = planned(long1, one.decode / kGiB * 0.8, noText);
  REQUIRE(tiled.tiled());
  CHECK(tiled.chunk == 1);
  for (const std::int64_t tile : {tiled.tileRows, tiled.tileColumns}) {
    if (tile > 0) CHECK(tile >= 2 * tiled.tileOverlap);
  }
  CHECK(tiled.tileColumns < 160);
}

TEST_CASE("memory grows with size, length, type and guidance by two passes") {
  const double denoise = planned(request({832, 480}, 81)).denoise;
  CHECK(planned(request({1280, 720}, 81)).denoise > denoise);
  CHECK(planned(request({832, 480}, 161)).denoise > denoise);
  CHECK(planned(request({832, 480}, 81, "f32")).denoise > denoise);
  GenerationRequest cached = request({832, 480}, 81);
  cached.cache = "teacache";
  CHECK(planned(cached).denoise > denoise);
  CHECK(planned(request({1280, 720}, 81)).decode > planned(request({832, 480}, 81)).decode);
  CHECK(planned(request({832, 480}, 1)).decode < planned(request({832, 480}, 5)).decode);
}

TEST_CASE("a start picture has a stage of its own; CLIP, experts and a control branch have weights") {
  GenerationRequest picture = request({832, 480}, 81);
  picture.startImage = "/pictures/cat.png";
  const double one = planned(picture).encode;
  CHECK(one > 0);
  ModelInfo model = wan13b();
  model.memory.inChannels = 36;
  const MemoryPlan channels = planned(picture, 0, model);
  CHECK(channels.encode > one);  // the whole clip is encoded
  model.memory.imageDim = 1280;
  model.memory.image = {1280, 5120, 31, 257, "F16"};
  CHECK(planned(picture, 0, model).denoise > channels.denoise + 1e9);
  const double plain = planned(request({832, 480}, 81)).denoise;
  model = wan13b();
  model.memory.experts = 2;
  CHECK(planned(request({832, 480}, 81), 0, model).denoise > plain + 2.5e9);
  model = wan13b();
  model.memory.controlLayers = 15;
  model.memory.controlChannels = 96;
  model.parameters += 15ull * 47'000'000;
  CHECK(planned(request({832, 480}, 81), 0, model).denoise > plain + 1.3e9);
}

TEST_CASE("what cannot fit says what would") {
  const GenerationRequest hopeless = request({1280, 720}, 321);
  const double limit = 9 * kGiB;
  const MemoryPlan plan = planMemory(wan13b(), hopeless, limit);
  REQUIRE_FALSE(plan.fits);
  const MemoryShortage shortage = memoryShortage(wan13b(), hopeless, limit);
  REQUIRE(shortage.fitting);
  CHECK(shortage.fitting->frames % 4 == 1);
  CHECK(shortage.fitting->size.width % 16 == 0);
  CHECK((shortage.fitting->frames < 321 || shortage.fitting->size.width < 1280));
  CHECK(planMemory(wan13b(), request(shortage.fitting->size, shortage.fitting->frames), limit).fits);
  CHECK(shortage.text.find("9.0 GiB") != std::string::npos);
  CHECK(shortage.text.find("enough for " + shortage.args[2]) != std::string::npos);
  const MemoryShortage never = memoryShortage(wan13b(), hopeless, 0.2 * kGiB);
  CHECK_FALSE(never.fitting);
  CHECK(never.text.find("too little") != std::string::npos);
}

TEST_CASE("strips and absurd sizes are planned without overflow") {
  CHECK(planned(request({16, 2000}, 5), 9).planned);
  const MemoryPlan absurd = planned(request({200'000, 200'000}, 1'000'000'001), 64);
  CHECK_FALSE(absurd.fits);
  CHECK(absurd.peak() > 1e15);
}

TEST_CASE("a model of unknown shape has no plan") {
  CHECK_FALSE(planMemory({}, request({832, 480}, 81), 0).planned);
  CHECK(memoryLines({}).empty());
  CHECK_FALSE(planned(GenerationRequest{}).planned);
  ModelInfo damaged = wan13b();
  damaged.memory.vae.dimMult.clear();
  CHECK_FALSE(planned(request({832, 480}, 81), 0, damaged).planned);
}

TEST_CASE("a plan is said in words") {
  std::string words;
  for (const std::string& line : memoryLines(planned(request({1280, 720}, 81, "f32"), 12))) words += line + "\n";
  for (const char* part : {"steps", "decode", "GiB", "only while it works", "latent"}) {
    CHECK_MESSAGE(words.find(part) != std::string::npos, words);
  }
}
