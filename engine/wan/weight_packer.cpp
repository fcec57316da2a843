// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/weight_packer.h"

#include "engine/tensor/quantise.h"

namespace kinora::wan {

WeightPacker::WeightPacker(const tensor::WeightSource& source, const std::vector<tensor::TensorSpec>& table,
                           const tensor::LoadOptions& options, Packing packing, const Names* only)
    : m_source(source), m_options(options), m_exact(options), m_packing(std::move(packing)), m_only(only) {
  m_exact.dtype = at::kFloat;
  for (const tensor::TensorSpec& spec : table) m_specs.emplace(spec.name, &spec);
}

at::Tensor WeightPacker::read(const std::string& name) {
  at::Tensor values = read(name, m_options);
  m_bytes += values.nbytes();
  return values;
}

at::Tensor WeightPacker::read(const std::string& name, const tensor::LoadOptions& options) {
  options.stop();
  m_names.push_back(name);
  return tensor::loadTensor(m_source, *m_specs.at(name), options);
}

void WeightPacker::tensor(at::Tensor& into, const std::string& name) {
  if (wanted(name)) into = read(name);
}

bool WeightPacker::packs(const std::string& weight) const {
  return m_packing.type && m_packing.matrix(weight);
}

void WeightPacker::packRows(Linear& into, const std::vector<std::string>& names) {
  std::int64_t rows = 0;
  for (const std::string& name : names) rows += m_specs.at(name + ".weight")->shape.front();
  std::int64_t row = 0;
  for (const std::string& name : names) {
    const tensor::TensorSpec& spec = *m_specs.at(name + ".weight");
    const std::int64_t count = spec.shape.front();
    if (wanted(spec.name)) {
      const at::Tensor part = read(spec.name, m_exact);
      if (!into.weight.defined()) {
        into.weight = at::empty({rows, part.size(1)}, part.options().dtype(*m_packing.type));
        into.scale = at::empty({rows, 1}, part.options());
      }
      at::Tensor values = into.weight.narrow(0, row, count), scale = into.scale.narrow(0, row, count);
      tensor::quantise(part, values, scale);
      m_bytes += values.nbytes() + scale.nbytes();
    }
    row += count;
  }
}

void WeightPacker::linear(Linear& into, const std::string& name) {
  if (packs(name + ".weight")) {
    packRows(into, {name});
  } else {
    tensor(into.weight, name + ".weight");
  }
  if (has(name + ".bias")) tensor(into.bias, name + ".bias");
}

void WeightPacker::norm(NormWeights& into, const std::string& name) {
  tensor(into.weight, name + ".weight");
  tensor(into.bias, name + ".bias");
}

void WeightPacker::patch(Linear& into, const std::string& name) {
  linear(into, name);
  into.weight = into.weight.flatten(1);
}

void WeightPacker::fused(Linear& into, const std::vector<std::string>& names) {
  if (packs(names.front() + ".weight")) {
    packRows(into, names);
  } else {
    stack(into.weight, names, ".weight");
  }
  if (has(names.front() + ".bias")) stack(into.bias, names, ".bias");
}

void WeightPacker::stack(at::Tensor& into, const std::vector<std::string>& names, const char* suffix) {
  std::int64_t rows = 0;
  for (const std::string& name : names) rows += m_specs.at(name + suffix)->shape.front();
  std::int64_t row = 0;
  for (const std::string& name : names) {
    const tensor::TensorSpec& spec = *m_specs.at(name + suffix);
    if (wanted(spec.name)) {
      const at::Tensor part = read(spec.name);
      std::vector<std::int64_t> shape = spec.shape;
      shape.front() = rows;
      if (!into.defined()) into = at::empty(shape, part.options());
      into.narrow(0, row, spec.shape.front()).copy_(part);
    }
    row += spec.shape.front();
  }
}

at::Tensor WeightPacker::readModulation(const std::string& name) {
  at::Tensor table = read(name).clone();
  for (std::int64_t row = 1; row < table.size(1); row += 3) table.select(1, row).add_(1);
  return table;
}

void WeightPacker::modulation(at::Tensor& into, const std::string& stack, std::size_t layers) {
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = stack + std::to_string(i) + ".scale_shift_table";
    if (!wanted(name)) continue;
    const at::Tensor table = readModulation(name);  // [1, 6, d]
    if (!into.defined()) {
      into = at::empty({1, static_cast<std::int64_t>(layers), table.size(1), table.size(2)}, table.options());
    }
    into.select(1, static_cast<std::int64_t>(i)).copy_(table);
  }
}

void WeightPacker::headModulation(at::Tensor& into, const std::string& name) {
  if (wanted(name)) into = readModulation(name);
}

}  // namespace kinora::wan
