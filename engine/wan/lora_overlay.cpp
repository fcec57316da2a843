// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/lora_overlay.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace kinora::wan {
namespace {

/// Values summed at once, so that the f64 copy stays small.
constexpr std::int64_t kValuesAtOnce = std::int64_t{1} << 22;

/// stored + Σ factor · up · down, row block by row block. [rows, …], any dtype -> f32 of that shape.
at::Tensor sum(const at::Tensor& stored, const std::vector<LoraTerm>& terms, const tensor::StopCheck& stop) {
  const std::int64_t rows = stored.size(0);
  const at::Tensor base = stored.reshape({rows, -1});
  const std::int64_t columns = base.size(1);
  std::vector<at::Tensor> downs;
  for (const LoraTerm& term : terms)
    downs.push_back(term.down.defined() ? term.down.to(base.device(), at::kDouble) : at::Tensor());

  at::Tensor out = at::empty({rows, columns}, base.options().dtype(at::kFloat));
  const std::int64_t step = std::max<std::int64_t>(1, kValuesAtOnce / columns);
  for (std::int64_t row = 0; row < rows; row += step) {
    stop();
    const std::int64_t height = std::min(step, rows - row);
    at::Tensor block = base.narrow(0, row, height).to(at::kDouble);
    if (block.is_alias_of(base)) block = block.clone();
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const at::Tensor up = terms[i].up.reshape({rows, -1}).narrow(0, row, height).to(base.device(), at::kDouble);
      if (downs[i].defined()) {
        block.addmm_(up, downs[i], 1, terms[i].factor);
      } else {
        block.add_(up, terms[i].factor);
      }
    }
    out.narrow(0, row, height).copy_(block);
  }
  return out.view(stored.sizes());
}

}  // namespace

tensor::Overlay loraOverlay(const std::vector<WeightedLora>& loras, Expert expert) {
  auto terms = std::make_shared<LoraDeltas>();
  for (const WeightedLora& lora : loras) {
    if (lora.weight == 0) continue;
    for (const auto& [name, own] : lora.file.of(expert)) {
      for (LoraTerm term : own) {
        term.factor *= lora.weight;
        (*terms)[name].push_back(std::move(term));
      }
    }
  }
  tensor::Overlay overlay;
  for (const auto& [name, own] : *terms) overlay.names.insert(name);
  overlay.apply = [terms](std::string_view name, const at::Tensor& stored, const tensor::StopCheck& stop) {
    return sum(stored, terms->find(name)->second, stop);
  };
  return overlay;
}

}  // namespace kinora::wan
