// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"

namespace kinora::tensor {

/// Torch's type of a plain dtype name; false for a name we do not know and for blocks.
bool scalarTypeOf(std::string_view dtype, c10::ScalarType& type);
/// Inverse of scalarTypeOf; "" for a type that weight files have no name for.
std::string_view dtypeName(c10::ScalarType type);

/// A CPU tensor of a plain type that views the mapping and keeps it alive: reading is fine, writing in place crashes.
/// Data that is not aligned to its element size is copied. info must come from file. Throws c10::Error for blocks.
at::Tensor storedTensor(const std::shared_ptr<const WeightFile>& file, const TensorInfo& info);

/// Rows [first, first + count) along axis 0; count < 0: to the end.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = -1;
};

/// Why an entry cannot be read as real numbers ("dtype I64, expected a floating-point type"); "" if it can.
std::string unreadableBecause(const WeightSource::Entry& entry);

/// The values of an entry on the CPU in a floating type, dequantised where the file is quantised: fp8, fp8 and int8
/// with a scale for all or for each row, GGUF's blocks. Where the file holds that type already this is a view of the
/// mapping, so never write into it; otherwise only the result is allocated. The entry must be readable. Throws Stopped.
at::Tensor readWeight(const WeightSource::Entry& entry, c10::ScalarType type, const RowRange& rows = {},
                      const StopCheck& stop = {});

/// Some rows of a matrix, f32 [rows, width], for tables too large to unpack in whole.
at::Tensor readRows(const WeightSource::Entry& entry, const std::vector<std::int64_t>& rows);

}  // namespace kinora::tensor
