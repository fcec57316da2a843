// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/stop_check.h"
#include "engine/wan/config.h"

namespace kinora::wan {

/// One summand of the change to a tensor: factor · up · down, or factor · up where down is undefined.
struct LoraTerm {
  at::Tensor up;      ///< [out, rank], or as many values as the tensor has
  at::Tensor down;    ///< [rank, in]
  double factor = 1;  ///< alpha / rank
};
/// By table name. The tensors view the file's mapping, in its dtype.
using LoraDeltas = std::map<std::string, std::vector<LoraTerm>, std::less<>>;

/// The networks of a model of two experts, in the order of the denoising.
enum class Expert { High, Low };

/// A LoRA file of any of the namings of wan.md section 9, understood against one architecture. A value; any thread may
/// read it.
struct LoraFile {
  std::string path;
  /// By Expert. A file whose names do not speak of a second transformer says the same to both.
  std::array<LoraDeltas, 2> deltas;
  /// Things that were left out, in words.
  std::vector<std::string> notes;

  const LoraDeltas& of(Expert expert) const { return deltas[static_cast<std::size_t>(expert)]; }

  /// Opens, checks names, shapes and values. Errors: those of WeightFile::open; ModelMismatch where tensors do not
  /// fit the architecture (how many, and the first of them), Corrupt where values are not finite. Throws Stopped.
  static core::Result<LoraFile> open(const std::string& path, const TransformerConfig& config,
                                     const tensor::StopCheck& stop = {});
};

}  // namespace kinora::wan
