// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/block_source.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <future>
#include <mutex>
#include <optional>

#include "engine/wan/transformer_weights.h"

namespace kinora::wan {
namespace {

/// On a GPU: work recorded in it so far is done once it has happened.
using EventPtr = std::shared_ptr<c10::Event>;

EventPtr recordedOn(const c10::Stream& stream) {
  auto event = std::make_shared<c10::Event>(stream.device_type());
  event->record(stream);
  return event;
}

}  // namespace

struct BlockSource::Stream {
  /// A block, and on a GPU the end of its copy and the host memory it comes from.
  struct Loaded {
    BlockWeights block;
    EventPtr copied;
    std::vector<at::Tensor> pinned;
  };

  Stream(std::size_t blocks, Load loadBlock, c10::Device on) : count(blocks), load(std::move(loadBlock)), device(on) {
    if (!device.is_cpu()) copies = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  }
  ~Stream() {
    if (ahead.valid()) ahead.wait();
  }

  Loaded fetch(std::size_t index, const EventPtr& slotFree) const;
  c10::Stream working() const { return c10::impl::VirtualGuardImpl(device.type()).getStream(device); }

  const std::size_t count;
  const Load load;
  const c10::Device device;
  std::optional<c10::Stream> copies;

  std::mutex lock;  // of all below
  std::size_t aheadIndex = 0;
  std::future<Loaded> ahead;
  std::weak_ptr<const BlockWeights> given;  ///< the block given last, for ranks that go through the blocks together
  std::size_t givenIndex = 0;
  EventPtr lastUsed;  ///< the work on the block given back last
};

/// Loads a block. slotFree: before its memory is taken on the GPU, the work on the block before the last is done, so
/// that there are never more than two.
BlockSource::Stream::Loaded BlockSource::Stream::fetch(std::size_t index, const EventPtr& slotFree) const {
  const c10::InferenceMode inference;
  Loaded out{load(index), nullptr, {}};
  if (device.is_cpu()) return out;
  if (slotFree) slotFree->synchronize();
  const c10::StreamGuard onCopies(*copies);
  forEachTensor(out.block, [&](at::Tensor& tensor) {
    out.pinned.push_back(tensor.pin_memory());
    tensor = out.pinned.back().to(device, tensor.scalar_type(), /*non_blocking=*/true);
  });
  out.copied = recordedOn(*copies);
  return out;
}

BlockSource::BlockSource(std::vector<BlockWeights> blocks) : m_blocks(std::move(blocks)) {}
BlockSource::BlockSource(std::size_t count, Load load, const c10::Device& device)
    : m_stream(std::make_unique<Stream>(count, std::move(load), device)) {}
BlockSource::BlockSource(BlockSource&&) noexcept = default;
BlockSource& BlockSource::operator=(BlockSource&&) noexcept = default;
BlockSource::~BlockSource() = default;

std::size_t BlockSource::size() const {
  return m_stream ? m_stream->count : m_blocks.size();
}

bool BlockSource::streamed() const {
  return m_stream != nullptr;
}

BlockWeights& BlockSource::resident(std::size_t index) {
  return m_blocks.at(index);
}

std::shared_ptr<const BlockWeights> BlockSource::at(std::size_t index) const {
  if (!m_stream) return {std::shared_ptr<void>(), &m_blocks.at(index)};
  Stream& stream = *m_stream;
  const std::lock_guard lock(stream.lock);
  if (auto given = stream.given.lock(); given && stream.givenIndex == index) return given;
  std::future<Stream::Loaded> ahead = std::move(stream.ahead);
  const bool hit = ahead.valid() && stream.aheadIndex == index;
  if (ahead.valid() && !hit) ahead.wait();  // what it brings is thrown away
  auto loaded = std::make_shared<Stream::Loaded>(hit ? ahead.get() : stream.fetch(index, stream.lastUsed));
  if (loaded->copied) {
    const c10::Stream working = stream.working();
    loaded->copied->block(working);
    // The allocator must not give this memory to the next copy while the work still reads it.
    forEachTensor(loaded->block, [&](at::Tensor& tensor) { tensor.record_stream(working); });
  }
  if (stream.count > 1) {
    stream.aheadIndex = (index + 1) % stream.count;
    stream.ahead = std::async(std::launch::async, [&stream, next = stream.aheadIndex, free = stream.lastUsed] {
      return stream.fetch(next, free);
    });
  }
  std::shared_ptr<const BlockWeights> block(loaded, &loaded->block);
  if (!stream.device.is_cpu()) {
    // Notes the end of the work when the caller lets go of the block.
    block = {&loaded->block, [loaded, &stream](const BlockWeights*) mutable {
               const EventPtr used = recordedOn(stream.working());
               loaded.reset();
               const std::lock_guard again(stream.lock);
               stream.lastUsed = used;
             }};
  }
  stream.given = block;
  stream.givenIndex = index;
  return block;
}

}  // namespace kinora::wan
