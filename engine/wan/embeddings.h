// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

/// Channel pairs of a head that rotate with the frame, the row and the column of a token (wan.md 2.1): the last two get
/// headDim/6 each, the first the rest.
std::array<std::int64_t, 3> ropePairs(std::int64_t headDim);

/// e^(i·angle) for each token of a grid of frames × rows × columns (column fastest): complex64 [N, headDim/2], CPU.
/// Angle of pair i of an axis of D channels: position·10000^(-2i/D), in f64 as upstream's tables.
at::Tensor ropeTable(std::int64_t frames, std::int64_t rows, std::int64_t columns, std::int64_t headDim);

/// Sinusoidal vectors of timesteps (f32 [R], on the 0…1000 scale): f32 [R, width], cosines first. In f32, as diffusers
/// does; the original code works in f64, which differs by up to 1e-4 in an entry.
at::Tensor timeVector(const at::Tensor& timesteps, std::int64_t width);

}  // namespace kinora::wan
