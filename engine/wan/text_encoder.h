// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_source.h"
#include "engine/wan/compute_options.h"
#include "engine/wan/config.h"

namespace kinora::wan {

/// The UMT5 encoder (wan.md 5.1): pre-norm, no 1/sqrt(d), a relative position table in every layer, gated tanh GELU.
/// Weights are const after load: any thread may call any method.
class TextEncoder {
 public:
  /// The token embedding stays on the CPU as a view of the file: only a prompt's rows are read.
  /// streamed: each layer is read from the weight files when a prompt comes to it, and none stays in memory.
  /// Errors: ModelMismatch. Throws Stopped.
  static core::Result<std::unique_ptr<TextEncoder>> load(const TextEncoderConfig& config,
                                                         const tensor::WeightSource& weights,
                                                         const ComputeOptions& options = {}, bool streamed = false);
  ~TextEncoder();
  TextEncoder(const TextEncoder&) = delete;
  TextEncoder& operator=(const TextEncoder&) = delete;

  const TextEncoderConfig& config() const;
  /// Bytes of weights held, without the token embedding.
  std::uint64_t bytes() const;

  /// States of the real tokens, f32 [n, dim]: what the padded and masked run of upstream gives for these rows.
  /// ids as Tokenizer::encode gives them, 1…kTextTokens. Throws Stopped, std::invalid_argument (no ids, or an id the
  /// embedding does not have: tokenizer and encoder are of different models).
  at::Tensor encode(const std::vector<std::int64_t>& ids, const tensor::StopCheck& stop = {}) const;
  /// rows [n, dim] with zero rows behind: [1, kTextTokens, dim], as the dump shows them.
  static at::Tensor padded(const at::Tensor& rows);

 private:
  struct Impl;
  explicit TextEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

/// Bucket of a key at `distance` = key position - query position, of buckets in all (both directions).
std::int64_t relativeBucket(std::int64_t distance, std::int64_t buckets, std::int64_t maxDistance);

}  // namespace kinora::wan
