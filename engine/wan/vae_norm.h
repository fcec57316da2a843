// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace kinora::wan {

/// For each of count rows of `channels` floats: out = x / max(|x|, 1e-12) · scale, then SiLU where silu. Rows start
/// inStep and outStep floats apart; in and out may be the same. Uses the widest vectors of this CPU. Pure; any thread.
void normalizeRows(const float* in, std::ptrdiff_t inStep, float* out, std::ptrdiff_t outStep, const float* scale,
                   std::ptrdiff_t channels, std::ptrdiff_t count, bool silu);

}  // namespace kinora::wan
