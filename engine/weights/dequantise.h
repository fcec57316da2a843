// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kinora::weights {

/// IEEE half to single, exactly.
float halfToFloat(std::uint16_t bits);

/// Unpacks whole blocks of one of GGUF's quantised types (layouts: ggml-common.h of https://github.com/ggml-org/ggml)
/// into elements of f32. count is a multiple of the type's blockElements; blocks holds that many. False for a type that
/// is no quantised one.
bool dequantise(std::string_view dtype, const std::byte* blocks, std::size_t count, float* out);

}  // namespace kinora::weights
