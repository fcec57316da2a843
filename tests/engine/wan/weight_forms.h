// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny transformer, and the forms weights come in: other names, narrow types with scales, GGUF's blocks, torch.save.
#pragma once

#include <ATen/ATen.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"
#include "tests/engine/weights/quantisers.h"

namespace kinora::test {

using Tensors = std::map<std::string, at::Tensor>;
using Names = std::map<std::string, std::string>;  ///< table name -> name in a file

/// Rows of 256 and more, so that all block types fit; heads of 128, so that no file must say how many there are.
inline wan::TransformerConfig tinyConfig() {
  wan::TransformerConfig config;
  config.heads = 2;
  config.headDim = 128;
  config.inChannels = config.outChannels = 16;
  config.layers = 2;
  config.ffnDim = 512;
  config.freqDim = 32;
  config.textDim = 64;
  config.ropePositions = 1024;
  return config;
}

inline bool isBlockLinear(const std::string& name) {
  return name.starts_with("blocks.") && name.ends_with(".weight") && name.find("norm") == name.npos;
}

/// Seeded weights by table name, sized so that every branch of a block counts and none drowns the others.
inline Tensors tinyWeights() {
  at::manual_seed(7);
  Tensors tensors;
  for (const tensor::TensorSpec& spec : wan::transformerTable(tinyConfig())) {
    at::Tensor value = at::randn(spec.shape);
    const bool table = spec.name.ends_with("scale_shift_table");
    const bool norm = spec.name.find("norm") != spec.name.npos && spec.name.ends_with("weight");
    if (table) {
      value = value * 0.2;
    } else if (norm) {
      value = value * 0.1 + 1;
    } else if (spec.shape.size() == 1) {
      value = value * 0.2;
    } else {
      // Gates as small as in trained models: what a block adds is a part of what it passes on.
      const double gain = spec.name.find("time_proj") == spec.name.npos ? 1 : 0.3;
      value = value * (gain * std::pow(static_cast<double>(value[0].numel()), -0.5));
    }
    tensors[spec.name] = value;
  }
  return tensors;
}

/// Which of a line's aliases a file uses.
enum Naming : std::size_t { kOriginal = 0, kLlama = 1 };

inline Names namesOf(const std::vector<tensor::TensorSpec>& table, Naming naming, const std::string& prefix = {}) {
  Names names;
  for (const tensor::TensorSpec& spec : table) names[spec.name] = prefix + spec.aliases.at(naming);
  return names;
}

inline Tensors renamed(const Tensors& tensors, const Names& names) {
  Tensors out;
  for (const auto& [name, tensor] : tensors) out[names.at(name)] = tensor;
  return out;
}

inline Tensors mapped(const Tensors& tensors,
                      const std::function<at::Tensor(const std::string&, const at::Tensor&)>& map) {
  Tensors out;
  for (const auto& [name, tensor] : tensors) out[name] = map(name, tensor);
  return out;
}

/// A narrow type with a scale.
struct Scaled {
  at::ScalarType type;
  double most;  ///< largest value of the type
  bool perRow;
  const char* scale;  ///< suffix of its name
};

/// The chosen tensors in a narrow type; the rest stays as it is.
inline Tensors scaled(const Tensors& tensors, const Names& names, const Scaled& form,
                      const std::function<bool(const std::string&)>& chosen) {
  Tensors out;
  for (const auto& [name, value] : tensors) {
    const std::string& theirs = names.at(name);
    if (!chosen(name)) {
      out[theirs] = value;
      continue;
    }
    const at::Tensor amax = form.perRow ? value.abs().amax(1, true) : value.abs().max();
    const at::Tensor scale = (amax / form.most).to(at::kFloat);
    const at::Tensor steps = value / scale;
    out[theirs] = (form.type == at::kChar ? steps.round() : steps).to(form.type);
    out[theirs.substr(0, theirs.size() - 6) + form.scale] = scale;
  }
  return out;
}

/// f32 tensors as GGUF has them: one axis and tables of modulation stay f32, the others in the type that kind says.
inline void addTensors(GgufBuilder& gguf, const Tensors& tensors, const Names& names,
                       const std::function<std::string(const std::string&)>& kind) {
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor value = tensor.contiguous();
    const std::vector<std::int64_t> dims(value.sizes().rbegin(), value.sizes().rend());
    const auto* data = value.const_data_ptr<float>();
    const auto count = static_cast<std::size_t>(value.numel());
    const bool f32 = value.dim() == 1 || name.ends_with("scale_shift_table");
    const Quantiser& form = *std::find_if(std::begin(kQuantisers), std::end(kQuantisers),
                                          [&, wanted = kind(name)](const Quantiser& q) { return q.name == wanted; });
    gguf.tensor(names.at(name), dims, f32 ? 0 : form.type,
                f32 ? std::string(reinterpret_cast<const char*>(data), value.nbytes()) : quantise(form, data, count));
  }
}

/// A .pth with a flat dict, as torch.save writes it.
inline std::string torchFile(const Tensors& tensors) {
  std::string items;
  std::vector<std::pair<std::string, std::string>> data;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor value = tensor.contiguous();
    const char* type = value.scalar_type() == at::kHalf       ? "HalfStorage"
                       : value.scalar_type() == at::kBFloat16 ? "BFloat16Storage"
                                                              : "FloatStorage";
    const std::string key = std::to_string(data.size());
    const std::vector<std::int32_t> shape(value.sizes().begin(), value.sizes().end());
    const std::vector<std::int32_t> strides(value.strides().begin(), value.strides().end());
    items += pickle::text(name) +
             pickle::tensor(pickle::storage(key, static_cast<std::int32_t>(value.numel()), type), 0, shape, strides);
    data.emplace_back(key, std::string(static_cast<const char*>(value.const_data_ptr()), value.nbytes()));
  }
  return torchArchive(pickle::kStart + pickle::dict(items) + ".", data);
}

}  // namespace kinora::test
