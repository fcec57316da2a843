// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "engine/core/result.h"
#include "engine/pipeline/loras.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/config.h"
#include "engine/wan/transformer.h"

namespace kinora::pipeline {

/// What a change of LoRAs did.
struct LoraChange {
  std::vector<std::string> reloaded;  ///< tensors of experts in memory that were read anew, by table name
  std::vector<std::string> notes;     ///< what the files hold that was left out, in words
};

/// The transformers of a model: one, or two experts (wan.md 7.7), of which the first takes the noisy timesteps and the
/// second the rest. An expert is loaded when it is first asked for; what becomes of the other follows Idle. One
/// thread at a time.
class Experts {
 public:
  /// What becomes of an expert while the other one works.
  enum class Idle { Keep, Free };

  struct Part {
    wan::TransformerConfig config;
    tensor::WeightSource weights;
  };
  /// parts: one or two. boundary: the lowest timestep of the first of two. options: its overlay is not used.
  /// Errors: ModelMismatch (two of different shapes).
  static core::Result<std::unique_ptr<Experts>> make(std::vector<Part> parts, double boundary,
                                                     const wan::TransformerOptions& options, Idle idle);

  std::size_t count() const { return m_parts.size(); }
  /// Of every expert: they have the same shape.
  const wan::TransformerConfig& config() const { return m_parts.front().config; }
  /// Which expert takes a timestep (0…1000).
  std::size_t at(double timestep) const { return count() > 1 && timestep < m_boundary ? 1 : 0; }
  bool isLoaded(std::size_t expert) const { return m_loaded[expert] != nullptr; }
  /// The expert if it is in memory, else null.
  const wan::Transformer* loaded(std::size_t expert) const { return m_loaded[expert].get(); }
  /// "the transformer", "the expert for high noise": for messages.
  std::string name(std::size_t expert) const;

  /// Whether every expert's files hold the tensors of its config, so that a faulty second half is seen before the first
  /// has done its steps. Errors: ModelMismatch.
  core::Result<void> checkTables() const;
  /// The LoRAs of the next run, in place of those before. Experts in memory read anew what changes and nothing else;
  /// the others are loaded with them. Files that are as they were (size and time too) change nothing. Errors: those of
  /// openLoras; then all stays as it was. Throws tensor::Stopped; then the experts in memory are freed.
  core::Result<LoraChange> setLoras(const std::vector<core::LoraUse>& loras, const tensor::StopCheck& stop);

  /// How memory is used from now on: what becomes of an idle expert, and whether blocks are streamed. Frees experts
  /// that are in memory the other way.
  void layOut(Idle idle, bool streamBlocks);
  /// Frees all that are in memory; contexts made by them are void.
  void free();

  /// The expert, loaded now if it is not. Valid until another one is asked for. Errors: those of Transformer::load.
  /// Throws tensor::Stopped.
  core::Result<const wan::Transformer*> get(std::size_t expert, const tensor::StopCheck& stop);

 private:
  Experts(std::vector<Part> parts, double boundary, wan::TransformerOptions options, Idle idle);

  std::vector<Part> m_parts;
  double m_boundary;
  wan::TransformerOptions m_options;
  Idle m_idle;
  std::vector<LoraState> m_loras;  ///< what m_overlays were made of
  std::vector<std::string> m_loraNotes;
  std::vector<tensor::Overlay> m_overlays;                  ///< as m_parts
  std::vector<std::unique_ptr<wan::Transformer>> m_loaded;  ///< as m_parts; null: not in memory
};

}  // namespace kinora::pipeline
