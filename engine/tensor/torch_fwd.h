// SPDX-License-Identifier: GPL-3.0-or-later
// Declares the torch types that public headers name, without the 5 seconds that <ATen/ATen.h> costs a file.
#pragma once

#include <cstdint>

namespace at {
class Tensor;
}

namespace c10 {
enum class ScalarType : std::int8_t;
struct Device;
}  // namespace c10
