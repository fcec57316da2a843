// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/weights/weight_source.h"

namespace kinora::weights {

/// Whether two files hold one network, perhaps in different precision: the short tensors that every form keeps in at
/// least 16 bits (biases, norms, modulation) agree to rounding. Two networks of one shape, trained apart, do not. Reads
/// a few of them; false where there are none under common names, or nothing but zeros.
bool sameNetwork(const WeightSource& a, const WeightSource& b);

}  // namespace kinora::weights
