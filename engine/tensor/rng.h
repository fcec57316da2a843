// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): four random words from a
/// counter and a key, without state.
PhiloxCounter philox4x32(PhiloxCounter counter, PhiloxKey key);

/// Standard normal f32 CPU tensor of shape. Element i comes from counter (i/4, stream) under key seed alone, by
/// Box-Muller in fp64, so a seed gives the same noise on every device and for every thread count.
/// Different streams of one seed are independent.
at::Tensor normal(std::uint64_t seed, std::uint64_t stream, const std::vector<std::int64_t>& shape);

}  // namespace kinora::tensor
