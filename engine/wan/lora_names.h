// SPDX-License-Identifier: GPL-3.0-or-later
// How the tensors of a LoRA file are called (wan.md section 9). Every naming that is in use comes down to a prefix, a
// module of the transformer's tensor table and a suffix.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/tensor/weight_store.h"
#include "engine/wan/config.h"

namespace kinora::wan {

/// What a tensor of a LoRA file is to the module it changes.
enum class LoraRole {
  Down,      ///< A: [rank, in]
  Up,        ///< B: [out, rank]
  UpBias,    ///< bias of B
  Alpha,     ///< the product is scaled by alpha / rank
  Diff,      ///< added to the weight
  BiasDiff,  ///< added to the bias
  Dora,      ///< magnitudes of a weight-decomposed LoRA
};

/// A name of a LoRA file, taken apart.
struct LoraKey {
  std::string module;  ///< with '_' for each '.', e.g. "blocks_0_self_attn_q"
  LoraRole role;
  bool lowExpert = false;  ///< the name says that it is for the expert of the low noise levels
};

/// Nothing where the suffix is none that we know.
std::optional<LoraKey> parseLoraKey(std::string_view name);

/// Finds what a LoRA's module is in the transformer's tensor table, under its diffusers and its original name.
class LoraModules {
 public:
  struct Module {
    std::optional<tensor::TensorSpec> weight;  ///< or the module itself, where it is a tensor (modulation)
    std::optional<tensor::TensorSpec> bias;
  };

  explicit LoraModules(const TransformerConfig& config);

  /// module as in LoraKey; nullptr where the network has none of that name.
  const Module* find(std::string_view module) const;
  /// True for modules that a related model has and this one can do without: the CLIP branch.
  bool isSuperfluous(std::string_view module) const;

 private:
  std::map<std::string, Module, std::less<>> m_modules;
  std::set<std::string, std::less<>> m_superfluous;
};

}  // namespace kinora::wan
