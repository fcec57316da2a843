// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

#include "engine/core/result.h"
#include "engine/weights/tensor_info.h"

namespace kinora::weights {

/// Reads the header of a `.pth` file as torch.save writes it since 1.6: a zip archive of stored entries
/// NAME/data.pkl and NAME/data/KEY. Tensors lie in the file as they are. Tensors may share a storage. Errors: Corrupt,
/// Unsupported (see readStateDict and readZipDirectory).
core::Result<WeightHeader> parseTorchArchive(std::span<const std::byte> file);

}  // namespace kinora::weights
