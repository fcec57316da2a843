// SPDX-License-Identifier: GPL-3.0-or-later
// The decisions; whether the predictions are true is measured by kinora-bench-memory.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/core/memory_plan.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace kinora::core;

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

/// Wan 2.1 T2V 1.3B with its real text encoder, stored in 16 bit.
MemoryShape wan13b() {
  MemoryShape shape;
  shape.dim = 1536;
  shape.ffnDim = 8960;
  shape.layers = 30;
  shape.heads = 12;
  shape.transformer = {1.419e9, 2.838e9};
  shape.textDim = 4096;
  shape.textFfn = 10240;
  shape.textHeads = 64;
  shape.textLayers = 24;
  shape.textInner = 4096;
  shape.embedding = 256384.0 * 4096;
  shape.text = {5.68e9, 11.36e9};
  shape.vae = {96, 96, 16, 2, 1, false, {1, 2, 4, 4}, {false, true, true}};
  return shape;
}

MemoryNeed need(Size size, std::int64_t frames, double limitGiB = 0, double width = 2) {
  MemoryNeed need;
  need.size = size;
  need.frames = frames;
  need.guided = true;
  need.width = width;
  need.limit = limitGiB * kGiB;
  return need;
}

bool tiled(const MemoryPlan& plan) {
  return plan.tileRows > 0 || plan.tileColumns > 0;
}

}  // namespace

TEST_CASE("without a limit everything stays and the VAE works on whole pictures") {
  const MemoryPlan plan = planMemory(wan13b(), need({832, 480}, 81));
  CHECK(plan.planned);
  CHECK(plan.fits);
  CHECK(plan.keepText);
  CHECK_FALSE(plan.streamBlocks);
  CHECK_FALSE(tiled(plan));
  CHECK(plan.peak() == std::max({plan.text, plan.denoise, plan.decode}));
  CHECK(plan.encode == 0);
  CHECK(plan.weights > 11 * kGiB);
}

TEST_CASE("the tighter the limit the more is saved, in a fixed order, and the peak keeps to it") {
  const MemoryShape shape = wan13b();
  int saved = 0;
  for (const double limit : {40.0, 20.0, 16.0, 13.0, 12.0, 11.0}) {
    CAPTURE(limit);
    const MemoryPlan plan = planMemory(shape, need({832, 480}, 81, limit));
    REQUIRE(plan.fits);
    CHECK(plan.peak() <= limit * kGiB);
    const int now = (tiled(plan) ? 1 : 0) + (plan.keepText ? 0 : 10) + (plan.streamBlocks ? 100 : 0);
    CHECK(now / 10 >= saved / 10);
    saved = now;
  }
}

TEST_CASE("memory grows with size, length and width") {
  const MemoryShape shape = wan13b();
  const double peak = planMemory(shape, need({832, 480}, 81)).denoise;
  CHECK(planMemory(shape, need({1280, 720}, 81)).denoise > peak);
  CHECK(planMemory(shape, need({832, 480}, 161)).denoise > peak);
  CHECK(planMemory(shape, need({832, 480}, 81, 0, 4)).denoise > peak);
  CHECK(planMemory(shape, need({1280, 720}, 81)).decode > planMemory(shape, need({832, 480}, 81)).decode);
}

TEST_CASE("a start picture has a stage of its own") {
  MemoryNeed picture = need({832, 480}, 81);
  picture.encodedFrames = 1;
  const double one = planMemory(wan13b(), picture).encode;
  CHECK(one > 0);
  picture.encodedFrames = 81;
  CHECK(planMemory(wan13b(), picture).encode > one);
}

TEST_CASE("tiles share an overlap, are no smaller than they may be and cover what they cut") {
  const MemoryShape shape = wan13b();
  MemoryNeed tight = need({1280, 720}, 81);
  const double whole = planMemory(shape, tight).decode;
  tight.limit = whole * 0.99;
  const MemoryPlan plan = planMemory(shape, tight);
  REQUIRE(tiled(plan));
  CHECK(plan.chunk == 1);
  CHECK(plan.tileOverlap > 0);
  for (const std::int64_t tile : {plan.tileRows, plan.tileColumns}) {
    if (tile > 0) CHECK(tile >= 2 * plan.tileOverlap);
  }
  CHECK(plan.tileColumns < 160);
}

TEST_CASE("what cannot fit says what would") {
  const MemoryShape shape = wan13b();
  const MemoryNeed hopeless = need({1280, 720}, 321, 9);
  const MemoryPlan plan = planMemory(shape, hopeless);
  CHECK_FALSE(plan.fits);
  CHECK(plan.streamBlocks);
  const auto fitting = largestThatFits(shape, hopeless, 16);
  REQUIRE(fitting);
  CHECK(fitting->frames % 4 == 1);
  CHECK(fitting->size.width % 16 == 0);
  CHECK((fitting->frames < 321 || fitting->size.width < 1280));
  MemoryNeed smaller = hopeless;
  smaller.size = fitting->size;
  smaller.frames = fitting->frames;
  CHECK(planMemory(shape, smaller).fits);
  CHECK_FALSE(largestThatFits(shape, need({1280, 720}, 161, 0.5), 16));
}

TEST_CASE("one frame, odd shapes and absurd sizes are planned without overflow") {
  const MemoryShape shape = wan13b();
  CHECK(planMemory(shape, need({832, 480}, 1)).decode < planMemory(shape, need({832, 480}, 5)).decode);
  CHECK(planMemory(shape, need({16, 2000}, 5, 9)).planned);
  const MemoryPlan absurd = planMemory(shape, need({200'000, 200'000}, 1'000'000'001, 64));
  CHECK_FALSE(absurd.fits);
  CHECK(absurd.peak() > 1e15);
}

TEST_CASE("a model of unknown shape has no plan") {
  CHECK_FALSE(planMemory({}, need({832, 480}, 81)).planned);
  CHECK(memoryLines({}).empty());
  MemoryNeed nothing;
  CHECK_FALSE(planMemory(wan13b(), nothing).planned);
}

TEST_CASE("a plan is said in words") {
  std::string words;
  for (const std::string& line : memoryLines(planMemory(wan13b(), need({1280, 720}, 81, 11)))) words += line + "\n";
  for (const char* part : {"weights", "transformer", "text encoder", "latent", "GiB"}) {
    CHECK_MESSAGE(words.find(part) != std::string::npos, words);
  }
}
