// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/weight_source.h"

namespace kinora::weights {

enum class Role { Unknown, Transformer, Vae, TextEncoder, ImageEncoder, Lora, TinyDecoder };

/// "transformer", "vae", "text_encoder", "image_encoder", "lora", "tiny_decoder", "unknown".
const char* roleName(Role role);

/// What a weight file is, by its header alone: never by its name, and no value is read.
struct Recognised {
  std::string path;  ///< as opened: a file or an index of shards
  FileFormat format = FileFormat::Safetensors;
  Role role = Role::Unknown;
  /// "wan2.1-t2v", "wan2.1-i2v", "wan2.1-flf2v", "wan2.1-vace", "wan2.2-ti2v", "wan2.2-i2v-a14b", "wan2.1-vae",
  /// "wan2.2-vae", "umt5", "clip-vit", "wan-lora", "taew2.1", "taew2.2"; "" if it is none of them.
  std::string architecture;
  /// Other architectures with the same names and shapes: the user must say which it is.
  std::vector<std::string> alternatives;
  std::string size;    ///< "1.3B", "5B", "14B", "XXL", "H/14"; "" for one that was not published
  std::string naming;  ///< "original", "diffusers", "transformers", "llama.cpp", "kohya"
  std::string prefix;  ///< that was taken off the names
  /// "", "fp8", "fp8 scaled", "fp8 per row", "int8 scaled", "int8 per row", a GGUF type, or what the file calls it.
  std::string quantisation;
  std::map<std::string, std::uint64_t> dtypes;  ///< tensors by dtype
  std::uint64_t tensors = 0;                    ///< without the scales of quantised files
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;  ///< of the files
  std::string note;         ///< what the shapes do not tell, in one sentence; often empty

  /// "Wan 2.1 T2V 14B transformer": one line for people, without figures.
  std::string title() const;
};

Recognised recognise(const WeightSource& source);
/// A weight file, an index of shards or a folder with one of them. Errors: as WeightSource::open.
core::Result<Recognised> recognise(const std::string& path);

}  // namespace kinora::weights
