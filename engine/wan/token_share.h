// SPDX-License-Identifier: GPL-3.0-or-later
// Sequence parallelism (Jacobs et al., "DeepSpeed Ulysses", 2023, section 3): each rank has a part of the tokens for
// everything that is done token by token, and a part of the heads, with all tokens, for self-attention. Internal to
// Transformer.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "engine/tensor/rank_team.h"
#include "engine/tensor/stop_check.h"

namespace kinora::wan {

/// The tokens of a sequence that one rank works on: all of them, or as many as every other rank, the last ones filled
/// up with zeros.
struct TokenShare {
  const tensor::Rank* rank = nullptr;  ///< null: there is one rank, and nothing below moves anything
  std::int64_t total = 0;              ///< tokens of the sequence

  std::int64_t count() const { return rank ? (total + rank->size() - 1) / rank->size() : total; }
  /// How many of the first `tokens` of the sequence are this rank's.
  std::int64_t ofFirst(std::int64_t tokens) const {
    return rank ? std::clamp<std::int64_t>(tokens - rank->index() * count(), 0, count()) : tokens;
  }

  /// The part along dim of what every rank has whole.
  at::Tensor own(const at::Tensor& all, std::int64_t dim) const;
  /// The whole of what each rank has a part of.
  at::Tensor whole(const at::Tensor& part, std::int64_t dim) const;
  /// Attention of this rank's queries to all keys: q, k, v [B,H,count,D], H a multiple of the ranks; returns the same
  /// shape.
  at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const tensor::StopCheck& stop) const;
};

}  // namespace kinora::wan
