// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/result.h"
#include "engine/weights/tensor_info.h"

namespace kinora::weights {

inline constexpr std::uint64_t kMaxSafetensorsHeader = 100u << 20;

/// Whether the file starts like a safetensors file: a header length that can be, then "{".
bool looksLikeSafetensors(std::span<const std::byte> file);

/// Parses a safetensors file's header: 8-byte little-endian length, JSON, data
/// (https://github.com/huggingface/safetensors, README "Format"), and checks everything that can be checked without
/// reading values: header length against the file and 100 MiB, strict JSON, no duplicate names, known dtypes, shapes,
/// offsets, byte counts, no overlap and no hole. Never builds a document tree: a hostile header costs no more memory
/// than its own size. Errors: Corrupt.
core::Result<WeightHeader> parseSafetensors(std::span<const std::byte> file);

}  // namespace kinora::weights
