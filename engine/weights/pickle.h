// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace kinora::weights {

/// A tensor as a pickled state dict names it.
struct PickledTensor {
  std::string name;
  std::string_view dtype;           ///< a plain name of findDtype
  std::string storage;              ///< key of the storage: the archive's file data/<key>
  std::uint64_t firstElement = 0;   ///< in the storage
  std::vector<std::int64_t> shape;  ///< contiguous
};

/// Reads the pickle (protocols 2 to 5, https://docs.python.org/3/library/pickletools.html) of a state dict that
/// torch.save wrote: a dict of tensors, or a dict with one such dict in it ("state_dict", "module", …). It is not run:
/// OrderedDict, torch._utils._rebuild_tensor_v2 and torch's storage types are known, any other name that the file wants
/// to call is refused with that name. Values beside tensors are passed over. Errors: Corrupt, Unsupported.
core::Result<std::vector<PickledTensor>> readStateDict(std::span<const std::byte> pickle);

}  // namespace kinora::weights
