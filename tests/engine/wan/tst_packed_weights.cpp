// SPDX-License-Identifier: GPL-3.0-or-later
// Lower precision against f32, block by block and as a whole.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "engine/tensor/quantise.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/text_encoder.h"
#include "engine/wan/tokenizer.h"
#include "engine/wan/transformer.h"
#include "tests/engine/wan/golden.h"

using namespace kinora::wan;
using kinora::tensor::WeightSource;
using kinora::test::Golden;
using kinora::test::relativeError;

namespace {

constexpr double kBf16 = 1e-2;
constexpr double kInt8 = 2e-2;
constexpr double kFp8 = 5e-2;

ComputeOptions withDtype(at::ScalarType dtype) {
  ComputeOptions options;
  options.dtype = dtype;
  return options;
}

ComputeOptions withPacked(at::ScalarType packed) {
  ComputeOptions options;
  options.packed = packed;
  return options;
}

std::unique_ptr<Transformer> load(const Golden& golden, const ComputeOptions& compute,
                                  kinora::tensor::Overlay overlay = {}) {
  const std::string folder = golden.model() + "/transformer";
  const auto config = readTransformerConfig(folder + "/config.json");
  REQUIRE(config.ok());
  const auto weights = WeightSource::open(folder, "diffusion_pytorch_model");
  REQUIRE(weights.ok());
  TransformerOptions options;
  static_cast<ComputeOptions&>(options) = compute;
  options.overlay = std::move(overlay);
  auto transformer = Transformer::load(*config, *weights, options);
  REQUIRE_MESSAGE(transformer.ok(), (transformer.ok() ? "" : transformer.error().text()));
  return std::move(*transformer);
}

/// Output of every block, then the velocity.
std::vector<at::Tensor> run(const Golden& golden, const Transformer& transformer) {
  const at::Tensor states = golden.has("image_states") ? golden["image_states"] : at::Tensor();
  const at::Tensor control = golden.has("control") ? golden["control"] : at::Tensor();
  std::vector<at::Tensor> out;
  const auto observe = [&](int block, const at::Tensor& tokens) {
    if (block >= 0) out.push_back(tokens.clone());
  };
  PassOptions pass;
  pass.firstFrameClean = golden.inputs.at("frame0_t").get<double>() == 0;
  pass.observer = observe;
  if (control.defined()) pass.control = &control;
  const TextContext text = transformer.prepareContext({golden["text_rows"]}, {}, states.defined() ? &states : nullptr);
  out.push_back(transformer.forward(golden["latents"], golden.inputs.at("t").get<double>(), text, {}, pass));
  return out;
}

/// The f32 matrices of blocks as they are after packing: of one block, or of all (-1).
kinora::tensor::Overlay rounded(const TransformerConfig& config, at::ScalarType type, int block) {
  kinora::tensor::Overlay overlay;
  for (const auto& spec : transformerTable(config)) {
    const bool matrix = spec.shape.size() == 2 && spec.name.ends_with(".weight");
    const std::string stack = block < 0 ? "blocks." : "blocks." + std::to_string(block) + ".";
    if (matrix && spec.name.find(stack) != std::string::npos) overlay.names.insert(spec.name);
  }
  overlay.apply = [type](std::string_view, const at::Tensor& stored, const kinora::tensor::StopCheck&) {
    at::Tensor values = at::empty(stored.sizes(), type), scale = at::empty({stored.size(0), 1});
    kinora::tensor::quantise(stored, values, scale);
    return values.to(at::kFloat) * scale;
  };
  return overlay;
}

constexpr const char* kCases[] = {"transformer-tiny21",          "transformer-tiny22-image", "transformer-mini-image",
                                  "transformer-tiny21-clip-i2v", "transformer-tiny21-flf2v", "transformer-tiny21-vace"};

}  // namespace

TEST_CASE("each block in int8 and fp8 stays near the block in f32, in every architecture") {
  const c10::InferenceMode inference;
  for (const char* name : kCases) {
    const std::string label = name;
    CAPTURE(label);
    const Golden golden(name);
    const auto exact = load(golden, {});
    const auto wanted = run(golden, *exact);
    for (const auto& [type, limit] : {std::pair{at::kChar, kInt8}, {at::kFloat8_e4m3fn, kFp8}}) {
      CAPTURE(limit);
      for (int block = 0; block < exact->config().layers; ++block) {
        // The blocks before it are exact, so that the error is its own.
        const auto got = run(golden, *load(golden, {}, rounded(exact->config(), type, block)));
        const double error =
            relativeError(got[static_cast<std::size_t>(block)], wanted[static_cast<std::size_t>(block)]);
        CAPTURE(block);
        CAPTURE(error);
        CHECK(error <= limit);
        CHECK(error > 0);
      }
    }
  }
}

TEST_CASE("packed weights compute what their rounded values do") {
  const c10::InferenceMode inference;
  for (const char* name : kCases) {
    const std::string label = name;
    CAPTURE(label);
    const Golden golden(name);
    const auto exact = load(golden, {});
    for (const auto type : {at::kChar, at::kFloat8_e4m3fn}) {
      const auto packed = load(golden, withPacked(type));
      const auto wanted = run(golden, *load(golden, {}, rounded(exact->config(), type, -1)));
      const auto got = run(golden, *packed);
      REQUIRE(got.size() == wanted.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(relativeError(got[i], wanted[i]) <= 1e-5);
      CHECK(packed->bytes() < exact->bytes());
    }
  }
}

TEST_CASE("blocks in bf16 stay near those in f32, in every architecture") {
  const c10::InferenceMode inference;
  for (const char* name : kCases) {
    const std::string label = name;
    CAPTURE(label);
    const Golden golden(name);
    const auto wanted = run(golden, *load(golden, {}));
    const auto got = run(golden, *load(golden, withDtype(at::kBFloat16)));
    CHECK(relativeError(got.front(), wanted.front()) <= kBf16);  // the others have the errors of those before as well
    CHECK(relativeError(got.back(), wanted.back()) <= 3 * kBf16);
  }
}

TEST_CASE("a byte for each value of the blocks' matrices") {
  const Golden golden("transformer-mini-image");
  const auto exact = load(golden, {});
  const TransformerConfig& config = exact->config();
  const std::int64_t dim = config.dim();
  const std::int64_t matrices = config.layers * (8 * dim * dim + 2 * dim * config.ffnDim);
  const std::int64_t rows = config.layers * (9 * dim + config.ffnDim);
  for (const auto type : {at::kChar, at::kFloat8_e4m3fn}) {
    const auto packed = load(golden, withPacked(type));
    CHECK(static_cast<std::int64_t>(exact->bytes() - packed->bytes()) == 3 * matrices - 4 * rows);
  }
}

TEST_CASE("a change of weights reaches packed ones as well") {
  const c10::InferenceMode inference;
  const Golden golden("transformer-tiny22");
  kinora::tensor::Overlay overlay;
  overlay.names = {"blocks.0.attn1.to_k.weight", "blocks.1.ffn.net.2.weight"};
  overlay.apply = [](std::string_view, const at::Tensor& stored, const kinora::tensor::StopCheck&) {
    return stored * 1.5;
  };
  const auto changed = load(golden, withPacked(at::kChar));
  const auto plain = run(golden, *changed).back();
  CHECK(changed->setOverlay(overlay).size() == 2);
  const auto loaded = run(golden, *load(golden, withPacked(at::kChar), overlay)).back();
  CHECK(at::equal(run(golden, *changed).back(), loaded));
  CHECK(relativeError(loaded, plain) > 1e-3);
  changed->setOverlay({});
  CHECK(at::equal(run(golden, *changed).back(), plain));
}

TEST_CASE("text states of packed weights stay near those of f32") {
  const c10::InferenceMode inference;
  const Golden golden("text-encoder");
  const std::string folder = golden.model() + "/text_encoder";
  const auto config = readTextEncoderConfig(folder + "/config.json");
  const auto weights = WeightSource::open(folder, "model");
  REQUIRE(config.ok());
  REQUIRE(weights.ok());
  const auto encode = [&](const ComputeOptions& options) {
    auto encoder = TextEncoder::load(*config, *weights, options);
    REQUIRE(encoder.ok());
    return std::pair{(*encoder)->encode({7, 23, 5, 911, 1}), (*encoder)->bytes()};
  };
  const auto exact = encode({});
  for (const auto& [type, limit] : {std::pair{at::kChar, kInt8}, {at::kFloat8_e4m3fn, kFp8}}) {
    const auto packed = encode(withPacked(type));
    const double error = relativeError(packed.first, exact.first);
    MESSAGE("relative error " << error);
    CHECK(error <= limit * static_cast<double>(config->layers));  // limit is that of one layer
    CHECK(packed.second < exact.second / 2);
  }
}
