// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/recognise.h"

#include <algorithm>

#include "engine/weights/wan_shapes.h"

namespace kinora::weights {
namespace {

struct Title {
  std::string_view architecture;
  std::string_view text;
};
constexpr Title kTitles[] = {{"wan2.1-t2v", "Wan 2.1 T2V"},
                             {"wan2.1-i2v", "Wan 2.1 I2V"},
                             {"wan2.1-flf2v", "Wan 2.1 FLF2V"},
                             {"wan2.1-vace", "Wan 2.1 VACE"},
                             {"wan2.2-ti2v", "Wan 2.2 TI2V"},
                             {"wan2.2-t2v-a14b", "Wan 2.2 T2V A14B"},
                             {"wan2.2-i2v-a14b", "Wan 2.2 I2V A14B"},
                             {"wan2.1-vae", "Wan 2.1"},
                             {"wan2.2-vae", "Wan 2.2"},
                             {"umt5", "UMT5"},
                             {"clip-vit", "CLIP ViT"},
                             {"wan-lora", "Wan"},
                             {"taew2.1", "TAEHV Wan 2.1"},
                             {"taew2.2", "TAEHV Wan 2.2"}};

struct RoleWords {
  Role role;
  const char* name;
  const char* words;
};
constexpr RoleWords kRoles[] = {{Role::Transformer, "transformer", "transformer"},
                                {Role::Vae, "vae", "VAE"},
                                {Role::TextEncoder, "text_encoder", "text encoder"},
                                {Role::ImageEncoder, "image_encoder", "image encoder"},
                                {Role::Lora, "lora", "LoRA"},
                                {Role::TinyDecoder, "tiny_decoder", "tiny decoder"},
                                {Role::Unknown, "unknown", "weights of an unknown kind"}};

const RoleWords& wordsOf(Role role) {
  return *std::find_if(std::begin(kRoles), std::end(kRoles),
                       [&](const RoleWords& words) { return words.role == role; });
}

/// Sizes of the published transformers.
const char* sizeOf(std::int64_t dim) {
  if (dim == 1536) return "1.3B";
  if (dim == 3072) return "5B";
  return dim == 5120 ? "14B" : "";
}

constexpr std::int64_t kChannels21 = 16;
constexpr std::int64_t kChannels22 = 48;

/// wan.md 1.1, "Detect the model from the weights".
void classifyTransformer(const WanTransformerShape& shape, Recognised& out) {
  out.role = Role::Transformer;
  out.naming = shape.naming;
  out.size = sizeOf(shape.dim);
  const bool masked = shape.inChannels == 2 * shape.outChannels + 4;
  if (shape.vaceBlocks > 0) {
    out.architecture = "wan2.1-vace";
  } else if (shape.imageDim) {
    out.architecture = shape.imagePositions ? "wan2.1-flf2v" : "wan2.1-i2v";
  } else if (masked) {
    out.architecture = "wan2.2-i2v-a14b";
    out.note = "one of the two experts; which one cannot be told from the weights";
  } else if (shape.inChannels == shape.outChannels && shape.outChannels == kChannels22) {
    out.architecture = "wan2.2-ti2v";
  } else if (shape.inChannels == shape.outChannels) {
    out.architecture = "wan2.1-t2v";
    if (shape.dim == 5120) out.alternatives = {"wan2.2-t2v-a14b"};
    if (shape.outChannels != kChannels21) out.alternatives = {"wan2.2-ti2v"};
  }
  if (!out.alternatives.empty() && shape.dim == 5120) {
    out.note = "or an expert of Wan 2.2 T2V A14B, which has the same shapes: you must know which it is";
  }
}

void classifyVae(const WanVaeShape& shape, Recognised& out) {
  out.role = Role::Vae;
  out.naming = shape.naming;
  out.architecture = shape.residual ? "wan2.2-vae" : "wan2.1-vae";
}

void classifyText(const TextEncoderShape& shape, Recognised& out) {
  out.role = Role::TextEncoder;
  out.naming = shape.naming;
  if (!shape.biasInEveryLayer) {
    out.note = "a T5 with one table of positions; Wan needs UMT5, which has one in every layer";
    return;
  }
  out.architecture = "umt5";
  if (shape.dim == 4096 && shape.layers == 24) out.size = "XXL";
}

void classifyImage(const ImageEncoderShape& shape, Recognised& out) {
  out.role = Role::ImageEncoder;
  out.naming = shape.naming;
  out.architecture = "clip-vit";
  if (shape.dim == 1280 && shape.layers == 32 && shape.patch == 14) out.size = "H/14";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// wan.md 9. The first pair tells the rank, and whose width it fits.
bool classifyLora(const WeightSource& source, Recognised& out) {
  for (const auto& [name, entry] : source.entries()) {
    const bool down = contains(name, "lora_down") || contains(name, "lora_A") || contains(name, "_lora.down") ||
                      contains(name, ".lora.down");
    if (!down || entry.info->shape.size() < 2) continue;
    out.role = Role::Lora;
    out.naming = name.starts_with("lora_unet") ? "kohya" : contains(name, ".attn1.") ? "diffusers" : "original";
    const bool wan = contains(name, "blocks") || contains(name, "embedding") || contains(name, "condition_embedder");
    if (!wan) continue;
    out.architecture = "wan-lora";
    out.note = "rank " + std::to_string(entry.info->shape[0]);
    if (contains(name, "self_attn") || contains(name, "attn1")) {
      out.size = sizeOf(entry.info->shape[1]);
      return true;
    }
  }
  return out.role == Role::Lora;
}

void classify(const WeightSource& source, Recognised& out) {
  if (classifyLora(source, out)) return;
  if (const auto shape = wanTransformerShape(source)) return classifyTransformer(*shape, out);
  if (const auto shape = wanVaeShape(source)) return classifyVae(*shape, out);
  if (const auto shape = textEncoderShape(source)) return classifyText(*shape, out);
  if (const auto shape = imageEncoderShape(source)) return classifyImage(*shape, out);
  if (const auto shape = tinyDecoderShape(source)) {
    out.role = Role::TinyDecoder;
    out.naming = "original";
    if (shape->latentChannels == kChannels21) out.architecture = "taew2.1";
    if (shape->latentChannels == kChannels22) out.architecture = "taew2.2";
    return;
  }
  out.note = source.entries().empty() ? "no tensors" : "first name: " + source.entries().begin()->first;
}

std::string quantisationOf(const WeightSource::Entry& entry) {
  const bool known =
      entry.quantFormat.empty() || entry.quantFormat.starts_with("float8") || entry.quantFormat.starts_with("int8");
  if (!known) return entry.quantFormat;
  const std::string& dtype = entry.info->dtype;
  if (!findDtype(dtype)->isPlain()) return dtype;
  const bool fp8 = dtype.starts_with("F8");
  if (!fp8 && !entry.scale.info) return {};
  const std::string base = fp8 ? "fp8" : dtype == "I8" ? "int8" : dtype;
  if (!entry.scale.info) return base;
  return base + (elementCount(entry.scale.info->shape) == 1u ? " scaled" : " per row");
}

void count(const WeightSource& source, Recognised& out) {
  std::map<std::string, std::uint64_t> quantised;  // parameters by kind
  for (const auto& [name, entry] : source.entries()) {
    const std::uint64_t elements = elementCount(entry.info->shape).value_or(0);
    ++out.tensors;
    out.parameters += elements;
    ++out.dtypes[entry.info->dtype];
    const std::string kind = quantisationOf(entry);
    if (!kind.empty()) quantised[kind] += elements;
  }
  for (const auto& file : source.files()) out.bytes += file->size();
  const auto most = std::max_element(quantised.begin(), quantised.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != quantised.end()) out.quantisation = most->first;
}

}  // namespace

const char* roleName(Role role) {
  return wordsOf(role).name;
}

std::string Recognised::title() const {
  std::string text;
  for (const Title& entry : kTitles) {
    if (entry.architecture == architecture) text = entry.text;
  }
  if (!size.empty() && !text.ends_with("A14B")) text += (text.empty() ? "" : " ") + size;
  return text + (text.empty() ? "" : " ") + wordsOf(role).words;
}

Recognised recognise(const WeightSource& source) {
  Recognised out;
  out.path = source.path();
  out.prefix = source.prefix();
  out.format = source.files().empty() ? FileFormat::Safetensors : source.files().front()->format();
  count(source, out);
  classify(source, out);
  return out;
}

core::Result<Recognised> recognise(const std::string& path) {
  const auto source = WeightSource::open(path);
  if (!source) return source.error();
  return recognise(*source);
}

}  // namespace kinora::weights
