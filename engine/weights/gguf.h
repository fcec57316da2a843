// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/tensor_info.h"

namespace kinora::weights {

bool looksLikeGguf(std::span<const std::byte> file);

/// Parses the header of a GGUF file, version 2 or 3, little-endian (https://github.com/ggml-org/ggml, docs/gguf.md):
/// key-value pairs, tensor infos, data from the next multiple of general.alignment. Any number of axes is taken;
/// ComfyUI's `comfy.gguf.orig_shape.NAME` gives a tensor that was flattened its shape back. metadata holds the scalar
/// values as text, arrays where the others lie. Names are unique, data lies inside the file and does not
/// overlap. Errors: Corrupt, Unsupported (version, byte order, a tensor type we cannot read).
core::Result<WeightHeader> parseGguf(std::span<const std::byte> file);

// The elements of an array, bytes its own; empty for one of another type. Texts point into the bytes.
std::vector<std::string_view> arrayTexts(const ArrayInfo& array, std::span<const std::byte> bytes);
std::vector<float> arrayFloats(const ArrayInfo& array, std::span<const std::byte> bytes);
std::vector<std::int32_t> arrayIntegers(const ArrayInfo& array, std::span<const std::byte> bytes);

}  // namespace kinora::weights
