// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "engine/wan/config.h"

namespace kinora::wan {

/// diffusion::CacheSettings::polynomial for TeaCache, by the shape of the model: those that its authors fitted for the
/// time projection of Wan 2.1 (TeaCache4Wan2.1; a Wan 2.2 expert has the same shape); empty where there is none.
std::vector<double> teaCacheFit(const TransformerConfig& config);

}  // namespace kinora::wan
