// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/rank_team.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace kinora::tensor {
namespace {

/// Thrown to a member that waits for one that will not come.
struct Deserted {};

}  // namespace

/// Where the members lay out their tensors for each other. A round: everybody lays out, all meet, everybody takes, all
/// meet. GPU work is only queued in between: torch's copies between devices wait for the source's queue and are waited
/// for by it, so meeting on the CPU is enough.
struct Rank::Meeting {
  explicit Meeting(int members) : size(members), tensors(static_cast<std::size_t>(members)) {}

  const int size;
  std::vector<at::Tensor> tensors;  ///< values: one that leaves early must not take its own along
  bool word = false;

  void meet() {
    std::unique_lock lock(m_mutex);
    if (m_deserted) throw Deserted();
    const int round = m_round;
    if (++m_arrived == size) {
      m_arrived = 0;
      ++m_round;
      m_changed.notify_all();
      return;
    }
    m_changed.wait(lock, [&] { return m_round != round || m_deserted; });
    if (m_round == round) throw Deserted();
  }

  void desert() {
    const std::lock_guard lock(m_mutex);
    m_deserted = true;
    m_changed.notify_all();
  }

  /// piece(tensor of a member) of each, joined along joinDim on the taker's device.
  template <class Piece>
  at::Tensor take(int taker, const at::Tensor& own, std::int64_t joinDim, const Piece& piece) {
    tensors[static_cast<std::size_t>(taker)] = own;
    meet();
    std::vector<at::Tensor> pieces;
    for (const at::Tensor& tensor : tensors) pieces.push_back(piece(tensor).to(own.device()));
    const at::Tensor joined = at::cat(pieces, joinDim);
    meet();
    return joined;
  }

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  int m_arrived = 0;
  int m_round = 0;
  bool m_deserted = false;
};

int Rank::size() const {
  return m_meeting.size;
}

at::Tensor Rank::exchange(const at::Tensor& x, std::int64_t splitDim, std::int64_t joinDim) const {
  const std::int64_t length = x.size(splitDim) / size();
  return m_meeting.take(m_index, x, joinDim,
                        [&](const at::Tensor& from) { return from.narrow(splitDim, m_index * length, length); });
}

at::Tensor Rank::gather(const at::Tensor& x, std::int64_t dim) const {
  return m_meeting.take(m_index, x, dim, [](const at::Tensor& from) { return from; });
}

bool Rank::agree(bool value) const {
  if (m_index == 0) m_meeting.word = value;
  m_meeting.meet();
  const bool word = m_meeting.word;
  m_meeting.meet();
  return word;
}

void RankTeam::run(const std::function<void(const Rank&)>& body) const {
  Rank::Meeting meeting(m_size);
  std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(m_size));
  const int before = at::get_num_threads();
  const at::ThreadLocalState state;  // inference mode above all
  const auto member = [&](int index) {
    const at::ThreadLocalStateGuard guard(state);
    at::set_num_threads(std::max(1, before / m_size));
    try {
      body(Rank(meeting, index));
    } catch (const Deserted&) {  // the member that left says why
    } catch (...) {
      thrown[static_cast<std::size_t>(index)] = std::current_exception();
      meeting.desert();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int index = 1; index < m_size; ++index) others.emplace_back(member, index);
    member(0);
  }
  at::set_num_threads(before);
  for (const std::exception_ptr& exception : thrown) {
    if (exception) std::rethrow_exception(exception);
  }
}

}  // namespace kinora::tensor
