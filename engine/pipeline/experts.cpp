// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/experts.h"

#include "engine/tensor/weight_store.h"
#include "engine/wan/tensor_tables.h"

namespace kinora::pipeline {
namespace {

std::string shapeOf(const wan::TransformerConfig& config) {
  return std::to_string(config.layers) + " blocks of width " + std::to_string(config.dim()) + ", " +
         std::to_string(config.inChannels) + " channels in and " + std::to_string(config.outChannels) + " out";
}

}  // namespace

core::Result<std::unique_ptr<Experts>> Experts::make(std::vector<Part> parts, double boundary,
                                                     const wan::TransformerOptions& options, Idle idle) {
  for (const Part& part : parts) {
    if (part.config == parts.front().config) continue;
    return core::Error{core::ErrorCode::ModelMismatch,
                       "the two experts are not halves of one model; expected " + shapeOf(parts.front().config) +
                           ", got " + shapeOf(part.config),
                       part.weights.path()};
  }
  return std::unique_ptr<Experts>(new Experts(std::move(parts), boundary, options, idle));
}

Experts::Experts(std::vector<Part> parts, double boundary, wan::TransformerOptions options, Idle idle)
    : m_parts(std::move(parts)),
      m_boundary(boundary),
      m_options(std::move(options)),
      m_idle(idle),
      m_overlays(m_parts.size()),
      m_loaded(m_parts.size()) {}

std::string Experts::name(std::size_t expert) const {
  if (count() < 2) return "the transformer";
  return expert == 0 ? "the expert for high noise" : "the expert for low noise";
}

core::Result<void> Experts::checkTables() const {
  for (const Part& part : m_parts) {
    if (auto fits =
            tensor::requireTable(part.weights, wan::transformerTable(part.config), wan::ignoredTransformerTensor);
        !fits)
      return fits;
  }
  return {};
}

core::Result<LoraChange> Experts::setLoras(const std::vector<core::LoraUse>& loras, const tensor::StopCheck& stop) {
  std::vector<LoraState> state = loraStates(loras);
  if (state == m_loras) return LoraChange{{}, m_loraNotes};
  auto opened = openLoras(loras, config(), count(), stop);
  if (!opened) return opened.error();
  m_loras = std::move(state);
  m_loraNotes = std::move(opened->notes);
  m_overlays = std::move(opened->overlays);

  LoraChange change{{}, m_loraNotes};
  // Out of reach meanwhile: one that is stopped half-way must not be used.
  std::vector<std::unique_ptr<wan::Transformer>> loaded(count());
  loaded.swap(m_loaded);
  for (std::size_t i = 0; i < count(); ++i) {
    if (!loaded[i]) continue;
    for (std::string& name : loaded[i]->setOverlay(m_overlays[i], stop)) change.reloaded.push_back(std::move(name));
    m_loaded[i] = std::move(loaded[i]);
  }
  return change;
}

void Experts::layOut(Idle idle, bool streamBlocks) {
  if (m_options.streamBlocks != streamBlocks) free();
  m_options.streamBlocks = streamBlocks;
  m_idle = idle;
}

void Experts::free() {
  for (auto& loaded : m_loaded) loaded.reset();
}

core::Result<const wan::Transformer*> Experts::get(std::size_t expert, const tensor::StopCheck& stop) {
  if (m_loaded[expert]) return m_loaded[expert].get();
  if (m_idle == Idle::Free) free();
  wan::TransformerOptions options = m_options;
  options.stop = stop;
  options.overlay = m_overlays[expert];
  auto loaded = wan::Transformer::load(m_parts[expert].config, m_parts[expert].weights, options);
  if (!loaded) return loaded.error();
  m_loaded[expert] = std::move(loaded).value();
  return m_loaded[expert].get();
}

}  // namespace kinora::pipeline
