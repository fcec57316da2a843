// SPDX-License-Identifier: GPL-3.0-or-later
// Internal to TransformerWeights and TextEncoder.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/tensor/weight_store.h"
#include "engine/wan/linear.h"

namespace kinora::wan {

/// Which matrices are kept in int8 or fp8.
struct Packing {
  std::optional<at::ScalarType> type;                 ///< none: no matrix is
  std::function<bool(std::string_view name)> matrix;  ///< by table name; asked for weights of linears only
};

/// Reads stored tensors and puts them where the packed weights keep them: at the load all, later those that a change
/// of LoRAs concerns. What is packed of several is written part by part, so nothing is held twice. Throws Stopped.
class WeightPacker {
 public:
  using Names = std::set<std::string, std::less<>>;

  /// All must outlive it. only: what to read; null: all.
  WeightPacker(const tensor::WeightSource& source, const std::vector<tensor::TensorSpec>& table,
               const tensor::LoadOptions& options, Packing packing = {}, const Names* only = nullptr);

  bool has(const std::string& name) const { return m_specs.contains(name); }
  void tensor(at::Tensor& into, const std::string& name);
  /// The bias, here and below, where the table has one.
  void linear(Linear& into, const std::string& name);
  void norm(NormWeights& into, const std::string& name);
  /// A convolution whose stride is its kernel, as a linear of flattened patches.
  void patch(Linear& into, const std::string& name);
  /// Several linears of one input, outputs side by side.
  void fused(Linear& into, const std::vector<std::string>& names);
  /// The block tables `stack0.scale_shift_table` … as [1, layers, 6, d]. Rows 1 and 4 are scales, used as 1 + scale:
  /// the 1 is added here once.
  void modulation(at::Tensor& into, const std::string& stack, std::size_t layers);
  /// [1, 2, d], likewise.
  void headModulation(at::Tensor& into, const std::string& name);

  /// What has been read, by table name.
  const std::vector<std::string>& names() const { return m_names; }
  std::uint64_t bytes() const { return m_bytes; }

 private:
  bool wanted(const std::string& name) const { return !m_only || m_only->contains(name); }
  at::Tensor read(const std::string& name);
  at::Tensor read(const std::string& name, const tensor::LoadOptions& options);
  bool packs(const std::string& weight) const;
  void packRows(Linear& into, const std::vector<std::string>& names);
  at::Tensor readModulation(const std::string& name);
  void stack(at::Tensor& into, const std::vector<std::string>& names, const char* suffix);

  const tensor::WeightSource& m_source;
  const tensor::LoadOptions& m_options;
  tensor::LoadOptions m_exact;  // m_options for what is quantised: rounded once
  Packing m_packing;
  const Names* m_only;
  std::map<std::string, const tensor::TensorSpec*> m_specs;
  std::vector<std::string> m_names;
  std::uint64_t m_bytes = 0;
};

}  // namespace kinora::wan
