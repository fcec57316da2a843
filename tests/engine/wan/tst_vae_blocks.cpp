// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/vae_blocks.h"

#include <functional>
#include <map>
#include <stop_token>
#include <thread>

#include "engine/wan/vae_ops.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

/// A store that holds just these tensors.
tensor::WeightStore storeOf(const Tensors& tensors) {
  const TemporaryFolder folder;
  const std::string path = folder.file("weights.safetensors");
  REQUIRE(tensor::writeSafetensors(path, tensors).ok());
  auto source = tensor::WeightSource::open(path);
  REQUIRE(source.ok());
  std::vector<tensor::TensorSpec> table;
  for (const auto& [name, value] : tensors) table.push_back({name, value.sizes().vec()});
  auto store = tensor::WeightStore::load(*source, table, {});
  REQUIRE(store.ok());
  return std::move(*store);
}

/// A run in chunks of these sizes, put together.
template <class Block>
at::Tensor inChunks(const Block& block, const at::Tensor& x, const std::vector<std::int64_t>& sizes,
                    std::size_t slots) {
  wan::FeatureCache cache(slots);
  std::vector<at::Tensor> parts;
  std::int64_t t = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(block(wan::toFrames(x.narrow(2, t, size)), cache));
    t += size;
  }
  REQUIRE(t == x.size(2));
  return at::cat(parts, 2);
}

at::Tensor zerosInFront(const at::Tensor& x, std::int64_t frames) {
  return at::constant_pad_nd(x, {0, 0, 0, 0, frames, 0});
}

at::Tensor eachFrame(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& run) {
  return run(x[0].transpose(0, 1).contiguous()).transpose(0, 1).unsqueeze(0);
}

}  // namespace

TEST_CASE("a convolution cut into frames and rows is the whole one") {
  const c10::InferenceMode guard;
  struct Case {
    std::vector<std::int64_t> weight;
    wan::ConvGeometry geometry;
  };
  const Case cases[] = {{{5, 4, 3, 3, 3}, {{1, 1, 1}, {0, 1, 1}}}, {{5, 4, 3, 3}, {{1, 1, 1}, {0, 1, 1}}},
                        {{5, 4, 3, 3}, {{1, 2, 2}, {0, 0, 0}}},    {{5, 4, 3, 1, 1}, {{2, 1, 1}, {0, 0, 0}}},
                        {{20, 4, 2, 2}, {{1, 1, 1}, {0, 1, 1}}},   {{5, 4, 1, 1, 1}, {}}};
  for (const Case& one : cases) {
    CAPTURE(one.weight.size());
    const at::Tensor weight = seeded(one.weight, 1);
    const at::Tensor bias = seeded({one.weight[0]}, 2);
    const at::Tensor x = wan::toFrames(seeded({1, 4, 7, 9, 11}, 3));
    wan::Conv conv(weight, bias, one.geometry);
    const at::Tensor kernel = weight.dim() == 4 ? weight.unsqueeze(2) : weight;
    const at::Tensor wanted = at::conv3d(x.contiguous(), kernel, bias, one.geometry.stride, one.geometry.padding);
    const at::Tensor extra = wan::toFrames(seeded(wanted.sizes(), 4));
    CHECK(relativeL2(conv(x, {}), wanted) < 1e-6);
    CHECK(relativeL2(conv(x, {}, &extra), wanted.add(extra)) < 1e-6);
    const double perFrame = static_cast<double>(wanted.numel() / wanted.size(2) * weight.numel() / weight.size(0));
    for (const double work : {1.0, perFrame / 3, perFrame, 2.5 * perFrame}) {
      CAPTURE(work);
      conv.setWorkAtOnce(work);
      CHECK(relativeL2(conv(x, {}), wanted) < 1e-6);
      CHECK(relativeL2(conv(x, {}, &extra), wanted.add(extra)) < 1e-6);
    }
  }
}

TEST_CASE("a stop is seen between the pieces of a convolution") {
  const c10::InferenceMode guard;
  wan::Conv conv(seeded({8, 8, 3, 3, 3}, 1), seeded({8}, 2), {{1, 1, 1}, {0, 1, 1}});
  conv.setWorkAtOnce(1);  // a row at a time: some 100,000 pieces, many seconds
  const at::Tensor x = wan::toFrames(seeded({1, 8, 202, 500, 4}, 3));
  std::stop_source source;
  std::thread user([&] { source.request_stop(); });
  CHECK_THROWS_AS(conv(x, tensor::StopCheck(source.get_token())), tensor::Stopped);
  user.join();
}

TEST_CASE("a causal convolution in chunks is one with two zero frames in front") {
  const c10::InferenceMode guard;
  const Tensors weights{{"w.weight", seeded({6, 4, 3, 3, 3}, 1)}, {"w.bias", seeded({6}, 2)}};
  tensor::WeightStore store = storeOf(weights);
  std::size_t slots = 0;
  const wan::CausalConv conv(store, "w.", 1, slots);
  CHECK(slots == 1);
  const at::Tensor x = seeded({1, 4, 8, 6, 5}, 3);
  const at::Tensor wanted = at::conv3d(zerosInFront(x, 2), weights.at("w.weight"), weights.at("w.bias"),
                                       at::IntArrayRef{1, 1, 1}, at::IntArrayRef{0, 1, 1});
  const auto run = [&](const at::Tensor& part, wan::FeatureCache& cache) {
    return conv(part, [&](at::Tensor& frames) { frames.copy_(part); }, cache, {});
  };
  for (const std::vector<std::int64_t>& sizes :
       {std::vector<std::int64_t>{1, 1, 1, 1, 1, 1, 1, 1}, {1, 7}, {1, 2, 4, 1}, {1, 1, 6}}) {
    CHECK(relativeL2(inChunks(run, x, sizes, slots), wanted) < 1e-6);
  }
  wan::FeatureCache fresh(slots);
  CHECK_THROWS_AS(run(x, fresh), c10::Error);  // the first chunk is one frame
}

TEST_CASE("the cache holds two frames a slot, whatever the chunk") {
  const c10::InferenceMode guard;
  tensor::WeightStore store = storeOf({{"w.weight", seeded({6, 4, 3, 3, 3}, 1)}, {"w.bias", seeded({6}, 2)}});
  std::size_t slots = 0;
  const wan::CausalConv conv(store, "w.", 1, slots);
  wan::FeatureCache cache(slots);
  CHECK(cache.bytes() == 0);
  for (const std::int64_t size : {1, 1, 7, 2}) {
    const at::Tensor x = wan::toFrames(seeded({1, 4, size, 6, 5}, 3));
    conv(x, [&](at::Tensor& frames) { frames.copy_(x); }, cache, {});
  }
  CHECK(cache.bytes() == 2 * 4 * 6 * 5 * sizeof(float));
}

TEST_CASE("down-sampling keeps the first frame and pads right and bottom only") {
  const c10::InferenceMode guard;
  const Tensors weights{{"d.resample.1.weight", seeded({4, 4, 3, 3}, 1)},
                        {"d.resample.1.bias", seeded({4}, 2)},
                        {"d.time_conv.weight", seeded({4, 4, 3, 1, 1}, 3)},
                        {"d.time_conv.bias", seeded({4}, 4)}};
  tensor::WeightStore store = storeOf(weights);
  std::size_t slots = 0;
  const wan::Downsampler down(store, "d.", slots);
  const at::Tensor x = seeded({1, 4, 9, 6, 8}, 5);
  const at::Tensor small = eachFrame(x, [&](const at::Tensor& pictures) {
    return at::conv2d(at::constant_pad_nd(pictures, {0, 1, 0, 1}), weights.at("d.resample.1.weight"),
                      weights.at("d.resample.1.bias"), 2);
  });
  const at::Tensor later =
      at::conv3d(small, weights.at("d.time_conv.weight"), weights.at("d.time_conv.bias"), at::IntArrayRef{2, 1, 1});
  const at::Tensor wanted = at::cat({small.narrow(2, 0, 1), later}, 2);
  const auto run = [&](const at::Tensor& part, wan::FeatureCache& cache) { return down(part, cache, {}); };
  CHECK(relativeL2(inChunks(run, x, {1, 2, 2, 2, 2}, slots), wanted) < 1e-6);
  CHECK(relativeL2(inChunks(run, x, {1, 4, 4}, slots), wanted) < 1e-6);
  CHECK(relativeL2(inChunks(run, x, {1, 8}, slots), wanted) < 1e-6);
  wan::FeatureCache cache(slots);
  CHECK_THROWS_AS(run(x.narrow(2, 0, 2), cache), c10::Error);
}

TEST_CASE("up-sampling in space alone is nearest neighbour and a 3x3 convolution") {
  const c10::InferenceMode guard;
  const Tensors weights{{"u.resample.1.weight", seeded({3, 4, 3, 3}, 1)}, {"u.resample.1.bias", seeded({3}, 2)}};
  tensor::WeightStore store = storeOf(weights);
  std::size_t slots = 0;
  const wan::Upsampler up(store, "u.", slots);
  CHECK(slots == 0);
  const at::Tensor x = seeded({1, 4, 3, 5, 7}, 3);
  const at::Tensor wanted = eachFrame(x, [&](const at::Tensor& pictures) {
    return at::conv2d(at::upsample_nearest2d(pictures, {10, 14}), weights.at("u.resample.1.weight"),
                      weights.at("u.resample.1.bias"), 1, 1);
  });
  wan::FeatureCache cache(slots);
  CHECK(relativeL2(up(wan::toFrames(x), nullptr, cache, {}), wanted) < 1e-6);
}

TEST_CASE("up-sampling in time: the first frame stays one and is no context for the next") {
  const c10::InferenceMode guard;
  const Tensors weights{{"u.resample.1.weight", seeded({4, 4, 3, 3}, 1)},
                        {"u.resample.1.bias", seeded({4}, 2)},
                        {"u.time_conv.weight", seeded({8, 4, 3, 1, 1}, 3)},
                        {"u.time_conv.bias", seeded({8}, 4)}};
  tensor::WeightStore store = storeOf(weights);
  std::size_t slots = 0;
  const wan::Upsampler up(store, "u.", slots);
  const at::Tensor x = seeded({1, 4, 5, 3, 6}, 5);
  const at::Tensor rest = at::conv3d(zerosInFront(x.narrow(2, 1, 4), 2), weights.at("u.time_conv.weight"),
                                     weights.at("u.time_conv.bias"));  // [1,8,4,3,6]
  const at::Tensor doubled = at::stack({rest.narrow(1, 0, 4), rest.narrow(1, 4, 4)}, 3).reshape({1, 4, 8, 3, 6});
  const at::Tensor wanted = eachFrame(at::cat({x.narrow(2, 0, 1), doubled}, 2), [&](const at::Tensor& pictures) {
    return at::conv2d(at::upsample_nearest2d(pictures, {6, 12}), weights.at("u.resample.1.weight"),
                      weights.at("u.resample.1.bias"), 1, 1);
  });
  // DupUp3D of the whole sequence: 8 values a channel, without the leading frame.
  const at::Tensor duplicated = x.repeat_interleave(2, 2).repeat_interleave(2, 3).repeat_interleave(2, 4).slice(2, 1);
  for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{1, 1, 1, 1, 1}, {1, 4}, {1, 3, 1}}) {
    const auto plain = [&](const at::Tensor& part, wan::FeatureCache& cache) { return up(part, nullptr, cache, {}); };
    CHECK(relativeL2(inChunks(plain, x, sizes, slots), wanted) < 1e-6);
    const auto withShortcut = [&](const at::Tensor& part, wan::FeatureCache& cache) {
      return up(part, &part, cache, {});
    };
    CHECK(relativeL2(inChunks(withShortcut, x, sizes, slots), wanted.add(duplicated)) < 1e-6);
  }
}
