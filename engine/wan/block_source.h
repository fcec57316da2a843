// SPDX-License-Identifier: GPL-3.0-or-later
// The transformer's blocks, in memory or on their way. Internal to Transformer.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

struct BlockWeights;

/// The blocks in the order of use: all of them in memory, or streamed: a block is loaded when it is asked for, and the
/// one behind it at once on a second thread, so that two are in memory. On a GPU blocks come through pinned host memory
/// on a stream of their own, and the work waits for the copy by an event, not on the CPU. The values are the same
/// either way. Any thread may call at(); streams serve one order of use at a time well.
class BlockSource {
 public:
  /// Makes one block in CPU memory, packed and in the compute dtype. Called on any thread, one at a time; throws.
  using Load = std::function<BlockWeights(std::size_t index)>;

  /// All in memory, on whatever device they are.
  explicit BlockSource(std::vector<BlockWeights> blocks = {});
  /// Streamed to device.
  BlockSource(std::size_t count, Load load, const c10::Device& device);
  BlockSource(BlockSource&&) noexcept;
  BlockSource& operator=(BlockSource&&) noexcept;
  ~BlockSource();

  std::size_t size() const;
  bool streamed() const;
  /// The block, for as long as the pointer lives: let it go before the next is asked for, and before this goes. Throws
  /// what Load throws.
  std::shared_ptr<const BlockWeights> at(std::size_t index) const;
  /// One that stays in memory, to be written.
  BlockWeights& resident(std::size_t index);

 private:
  struct Stream;
  std::vector<BlockWeights> m_blocks;
  std::unique_ptr<Stream> m_stream;
};

}  // namespace kinora::wan
