// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "engine/core/model_info.h"

// Sizes and aspects for core::plan.
namespace kinora::core {

/// Pictures longer than 2.5:1 are cropped to it; smaller than this a side they look poor.
inline constexpr double kLongestAspect = 2.5;
inline constexpr int kSmallestPictureSide = 300;

/// Width over height of "16:9", "9:16" and "1:1"; 0 for "", nothing for anything else.
std::optional<double> namedAspect(const std::string& aspect);
/// Nearest multiple, at least one. value > 0.
int roundToMultiple(int value, int multiple);
/// The size the model works at for a width over height (0: its native size): the native area with that aspect, as the
/// reference of its architecture chooses it; 16:9 is the native size itself and 9:16 that on its side.
Size nativeSizeFor(const ModelInfo& model, double aspect);
/// Output of an edition: the short side as promised, the long side even. 0 is 16:9.
Size editionSize(int shortSide, double aspect);

}  // namespace kinora::core
