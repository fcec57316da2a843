// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

/// One member of a team at work: what it may ask of the others. Every member makes the same calls in the same order,
/// with tensors of the same shape and dtype, each on its own device.
class Rank {
 public:
  int index() const { return m_index; }
  int size() const;

  /// All-to-all: cuts the members' tensors along splitDim into one piece a member, and joins those cut for this one
  /// along joinDim, in the order of the members. splitDim is a multiple of size().
  at::Tensor exchange(const at::Tensor& x, std::int64_t splitDim, std::int64_t joinDim) const;
  /// All-gather: the members' tensors, joined along dim.
  at::Tensor gather(const at::Tensor& x, std::int64_t dim) const;
  /// What the first member says; value counts there only.
  bool agree(bool value) const;

 private:
  friend class RankTeam;
  struct Meeting;
  Rank(Meeting& meeting, int index) : m_meeting(meeting), m_index(index) {}

  Meeting& m_meeting;
  int m_index;
};

/// Threads of one process that work on parts of one thing, each with a device of its own or several on one. Tensors go
/// from device to device directly (over NVLink or PCIe where these are GPUs): a member reads the others' parts where
/// they lie. In one process they share mapped weight files and need no rendezvous and no transport library.
class RankTeam {
 public:
  explicit RankTeam(int size) : m_size(size) {}

  /// Runs body once a member at once, the first on the calling thread, and waits for all. CPU threads are divided
  /// among them. What a member throws is thrown here, after the others, which are woken where they wait for it, have
  /// ended.
  void run(const std::function<void(const Rank&)>& body) const;

 private:
  int m_size;
};

}  // namespace kinora::tensor
