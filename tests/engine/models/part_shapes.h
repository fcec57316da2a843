// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors by which parts of published models are recognised, with their shapes.
#pragma once

#include <string>

#include "tests/engine/weights/sparse_file.h"

namespace kinora::test {

inline Shapes transformerShapes(std::int64_t dim, std::int64_t in, std::int64_t out, std::int64_t textDim = 4096) {
  Shapes shapes{{"patch_embedding.weight", {dim, in, 1, 2, 2}}, {"head.modulation", {1, 2, dim}},
                {"head.head.weight", {4 * out, dim}},           {"time_embedding.0.weight", {dim, 256}},
                {"text_embedding.0.weight", {dim, textDim}},    {"blocks.0.self_attn.q.bias", {dim}}};
  for (const char* block : {"blocks.0.", "blocks.1."}) shapes[std::string(block) + "ffn.0.weight"] = {8960, dim};
  return shapes;
}

inline Shapes imageTransformerShapes() {
  Shapes shapes = transformerShapes(5120, 36, 16);
  shapes["img_emb.proj.0.weight"] = {1280};
  shapes["blocks.0.cross_attn.k_img.weight"] = {5120, 5120};
  return shapes;
}

inline Shapes vae21Shapes(std::int64_t base = 96) {
  Shapes shapes{{"encoder.conv1.weight", {base, 3, 3, 3, 3}},
                {"decoder.conv1.weight", {4 * base, 16, 3, 3, 3}},
                {"decoder.middle.0.residual.0.gamma", {4 * base, 1, 1, 1}},
                {"decoder.head.0.gamma", {base, 1, 1, 1}}};
  const std::int64_t widths[] = {1, 2, 4, 4};
  for (int stage = 0, part = 0; stage < 4; ++stage) {
    const std::int64_t width = base * widths[stage];
    const auto name = [](int number) { return "encoder.downsamples." + std::to_string(number) + "."; };
    for (int i = 0; i < 2; ++i) shapes[name(part++) + "residual.6.weight"] = {width, width, 3, 3, 3};
    if (stage == 3) break;
    shapes[name(part) + "resample.1.weight"] = {width, width, 3, 3};
    if (stage > 0) shapes[name(part) + "time_conv.weight"] = {width, width, 3, 1, 1};
    ++part;
  }
  return shapes;
}

inline Shapes vae22Shapes() {
  Shapes shapes{{"encoder.conv1.weight", {160, 12, 3, 3, 3}},
                {"decoder.conv1.weight", {1024, 48, 3, 3, 3}},
                {"decoder.middle.0.residual.0.gamma", {1024, 1, 1, 1}},
                {"decoder.head.0.gamma", {256, 1, 1, 1}}};
  const std::int64_t widths[] = {160, 320, 640, 640};
  for (int stage = 0; stage < 4; ++stage) {
    const std::string name = "encoder.downsamples." + std::to_string(stage) + ".downsamples.";
    for (int i = 0; i < 2; ++i)
      shapes[name + std::to_string(i) + ".residual.6.weight"] = {widths[stage], widths[stage], 3, 3, 3};
    if (stage == 1 || stage == 2) shapes[name + "2.time_conv.weight"] = {widths[stage], widths[stage], 3, 1, 1};
  }
  return shapes;
}

/// With the original names. layers: 24 of UMT5-XXL.
inline Shapes textShapes(std::int64_t dim = 4096, int layers = 24) {
  Shapes shapes{{"token_embedding.weight", {256384, dim}}};
  for (int i = 0; i < layers; ++i) {
    const std::string block = "blocks." + std::to_string(i) + ".";
    shapes[block + "attn.q.weight"] = {dim, dim};
    shapes[block + "ffn.fc1.weight"] = {10240, dim};
    shapes[block + "pos_embedding.embedding.weight"] = {32, 64};
  }
  return shapes;
}

/// transformers' names and the vocabulary, as ComfyUI's files have them.
inline Shapes comfyTextShapes() {
  Shapes shapes{{"shared.weight", {256384, 4096}}, {"spiece_model", {1000}}};
  for (int i = 0; i < 24; ++i) {
    const std::string block = "encoder.block." + std::to_string(i) + ".layer.";
    shapes[block + "0.SelfAttention.q.weight"] = {4096, 4096};
    shapes[block + "0.SelfAttention.relative_attention_bias.weight"] = {32, 64};
    shapes[block + "1.DenseReluDense.wi_1.weight"] = {10240, 4096};
  }
  return shapes;
}

inline Shapes clipShapes() {
  Shapes shapes{{"vision_model.embeddings.patch_embedding.weight", {1280, 3, 14, 14}},
                {"vision_model.embeddings.position_embedding.weight", {257, 1280}}};
  for (int i = 0; i < 32; ++i)
    shapes["vision_model.encoder.layers." + std::to_string(i) + ".mlp.fc1.weight"] = {5120, 1280};
  return shapes;
}

/// What a TAEHV file is known by.
inline Shapes tinyDecoderShapes(std::int64_t channels) {
  return {{"decoder.1.weight", {256, channels, 3, 3}}, {"decoder.3.conv.0.weight", {256, 512, 3, 3}}};
}

/// The beginning of UMT5's spiece.model.
inline const std::string kVocabulary = std::string("\x0a\x0e\x0a\x05<pad>\x15\0\0\0\0\x18\x03", 16);

}  // namespace kinora::test
