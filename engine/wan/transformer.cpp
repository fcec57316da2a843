// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>

#include "engine/wan/cached_pass.h"
#include "engine/wan/control_branch.h"
#include "engine/wan/embeddings.h"
#include "engine/wan/tensor_tables.h"
#include "engine/wan/text_context.h"
#include "engine/wan/transformer_block.h"
#include "engine/wan/transformer_weights.h"

namespace kinora::wan {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

static_assert(static_cast<c10::ScalarType>(6) == at::kFloat, "ComputeOptions::dtype defaults to f32 by number");

/// Latent frames, rows and columns counted in patches.
struct Grid {
  std::int64_t frames = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool operator==(const Grid&) const = default;
};

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("transformer: " + what);
}

/// [B,C,T,h,w] -> [B,N,C·volume], features in the order (channel, frame, row, column).
at::Tensor patchify(const at::Tensor& x, const std::array<std::int64_t, 3>& patch, const Grid& grid) {
  const std::int64_t batch = x.size(0);
  const std::int64_t channels = x.size(1);
  return x.reshape({batch, channels, grid.frames, patch[0], grid.rows, patch[1], grid.columns, patch[2]})
      .permute({0, 2, 4, 6, 1, 3, 5, 7})
      .reshape({batch, grid.frames * grid.rows * grid.columns, channels * patch[0] * patch[1] * patch[2]});
}

/// [B,N,volume·C], features in the order (frame, row, column, channel) -> [B,C,T,h,w].
at::Tensor unpatchify(const at::Tensor& tokens, const std::array<std::int64_t, 3>& patch, const Grid& grid,
                      std::int64_t channels) {
  const std::int64_t batch = tokens.size(0);
  return tokens.reshape({batch, grid.frames, grid.rows, grid.columns, patch[0], patch[1], patch[2], channels})
      .permute({0, 7, 1, 4, 2, 5, 3, 6})
      .reshape({batch, channels, grid.frames * patch[0], grid.rows * patch[1], grid.columns * patch[2]});
}

bool skips(const PassOptions& pass, std::size_t block) {
  const auto& list = pass.skippedBlocks;
  return std::find(list.begin(), list.end(), static_cast<int>(block)) != list.end();
}

}  // namespace

/// The network on one device.
struct Transformer::Replica {
  Replica(std::size_t place, const TransformerConfig& shape, TransformerOptions how, TransformerWeights values)
      : index(place),
        config(shape),
        options(std::move(how)),
        weights(std::move(values)),
        device(tensor::atDevice(options.device)) {}

  std::size_t index;  ///< among the replicas
  TransformerConfig config;
  TransformerOptions options;  ///< device: its own
  TransformerWeights weights;
  at::Device device;

  // The rotations of the last resolution; a new one replaces them, those in use live on.
  mutable std::mutex ropeLock;
  mutable Grid ropeGrid;
  mutable at::Tensor rope;

  at::Tensor ropeFor(const Grid& grid) const {
    const std::lock_guard lock(ropeLock);
    if (!rope.defined() || !(ropeGrid == grid)) {
      rope = ropeTable(grid.frames, grid.rows, grid.columns, config.headDim).to(device);
      ropeGrid = grid;
    }
    return rope;
  }

  Grid gridOf(const at::Tensor& x) const {
    return {x.size(2) / config.patch[0], x.size(3) / config.patch[1], x.size(4) / config.patch[2]};
  }

  /// What the timestep makes of itself.
  struct Times {
    at::Tensor head;    ///< [R, d]
    at::Tensor blocks;  ///< [R, 1, 6, d]
  };

  at::Tensor embedded(const at::Tensor& x, const Linear& patch, const Grid& grid, const TokenShare& share,
                      const tensor::StopCheck& stop) const;
  Times timesOf(double timestep, bool firstFrameClean, const tensor::StopCheck& stop) const;
  at::Tensor projectedHead(const at::Tensor& x, const at::Tensor& time, std::int64_t cleanTokens,
                           const tensor::StopCheck& stop) const;
  /// Transformer::forward, of the tokens of one rank or of all. Every rank returns the whole.
  at::Tensor pass(const at::Tensor& x, double timestep, const TextContext& context, const tensor::StopCheck& stop,
                  const PassOptions& pass, const tensor::Rank* rank) const;
};

struct Transformer::Impl {
  TransformerConfig config;
  tensor::WeightSource source;  ///< mappings, for setOverlay
  TransformerOptions options;
  std::vector<std::unique_ptr<Replica>> replicas;  ///< one for each different device
  std::vector<std::size_t> ranks;                  ///< the replica of each rank

  void checkInputs(const at::Tensor& x, const TextContext& context, const PassOptions& pass) const;
};

Transformer::Transformer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Transformer::~Transformer() = default;

Result<std::unique_ptr<Transformer>> Transformer::load(const TransformerConfig& config,
                                                       const tensor::WeightSource& weights,
                                                       const TransformerOptions& options) {
  const TransformerConfig actual = withoutAbsentImageParts(config, weights);
  const auto devices = options.ranks.size() < 2 ? std::vector{options.device} : options.ranks;
  if (actual.heads % static_cast<std::int64_t>(devices.size()) != 0) {
    return Error{ErrorCode::InvalidInput,
                 "devices that share the work; expected a number that divides the model's " +
                     std::to_string(actual.heads) + " heads, got " + std::to_string(devices.size()),
                 "transformer"};
  }
  auto impl = std::make_unique<Impl>();
  impl->config = actual;
  impl->source = weights;
  impl->options = options;
  for (const tensor::ComputeDevice& device : devices) {
    std::size_t copy = 0;
    while (copy < impl->replicas.size() && impl->replicas[copy]->options.device != device) ++copy;
    impl->ranks.push_back(copy);
    if (copy < impl->replicas.size()) continue;
    TransformerOptions own = options;
    own.device = device;
    auto loaded = TransformerWeights::load(actual, weights, own, options.overlay, options.streamBlocks);
    if (!loaded) return loaded.error();
    impl->replicas.push_back(std::make_unique<Replica>(copy, actual, std::move(own), std::move(*loaded)));
  }
  return std::unique_ptr<Transformer>(new Transformer(std::move(impl)));
}

const TransformerConfig& Transformer::config() const {
  return m_impl->config;
}

std::uint64_t Transformer::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& replica : m_impl->replicas) bytes += replica->weights.bytes;
  return bytes;
}

std::vector<std::string> Transformer::setOverlay(tensor::Overlay overlay, const tensor::StopCheck& stop) {
  std::set<std::string, std::less<>> names = overlay.names;
  names.insert(m_impl->options.overlay.names.begin(), m_impl->options.overlay.names.end());
  m_impl->options.overlay = std::move(overlay);
  std::vector<std::string> reloaded;
  for (const auto& replica : m_impl->replicas) {
    ComputeOptions compute = replica->options;
    compute.stop = stop;
    reloaded = replica->weights.reload(m_impl->config, m_impl->source, compute, m_impl->options.overlay, names);
  }
  return reloaded;
}

TextContext Transformer::prepareContext(const std::vector<at::Tensor>& rows, const tensor::StopCheck& stop,
                                        const at::Tensor* imageStates) const {
  TextContext out;
  for (const auto& replica : m_impl->replicas) {
    const ContextMaker maker(m_impl->config, replica->weights, replica->options, stop);
    out.m_data.push_back(maker.make(rows, imageStates ? *imageStates : at::Tensor()));
  }
  return out;
}

Result<void> checkLatentSize(const TransformerConfig& config, std::int64_t frames, std::int64_t rows,
                             std::int64_t columns) {
  const auto& patch = config.patch;
  const std::int64_t sizes[3] = {frames, rows, columns};
  const char* names[3] = {"frames", "rows", "columns"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t most = config.ropePositions * patch[i];
    if (sizes[i] < 1 || sizes[i] % patch[i] != 0 || sizes[i] > most) {
      return Error{ErrorCode::InvalidInput,
                   std::string("latent ") + names[i] + "; expected a multiple of " + std::to_string(patch[i]) +
                       " up to " + std::to_string(most) + ", got " + std::to_string(sizes[i]),
                   "transformer"};
    }
  }
  return {};
}

/// Last norm and projection: [B,N,d] -> [B,N,volume·Cout] f32.
at::Tensor Transformer::Replica::projectedHead(const at::Tensor& x, const at::Tensor& time, std::int64_t cleanTokens,
                                               const tensor::StopCheck& stop) const {
  const Modulation modulation{weights.headModulation + time.unsqueeze(1), cleanTokens};  // [R,2,d]
  return weights.head(modulation.normed(x, 0, 1, config.eps, options.dtype), stop).to(at::kFloat);
}

/// Behind patchify, one linear: [B,C,T,h,w] -> the share's [B,N,d] f32.
at::Tensor Transformer::Replica::embedded(const at::Tensor& x, const Linear& patch, const Grid& grid,
                                          const TokenShare& share, const tensor::StopCheck& stop) const {
  const at::Tensor patches = share.own(patchify(x.to(device, options.dtype), config.patch, grid), 1);
  return patch(patches, stop).to(at::kFloat);
}

/// The time vector and each stack's modulation, one row, or a second one for tokens with timestep 0.
Transformer::Replica::Times Transformer::Replica::timesOf(double timestep, bool firstFrameClean,
                                                          const tensor::StopCheck& stop) const {
  at::Tensor times = at::full({firstFrameClean ? 2 : 1}, timestep, at::TensorOptions(device).dtype(at::kFloat));
  if (firstFrameClean) times.narrow(0, 1, 1).fill_(0);
  Times out;
  out.head = weights.timeOut(at::silu(weights.timeIn(timeVector(times, config.freqDim), stop)), stop);
  out.blocks = weights.timeProjection(at::silu(out.head), stop).unflatten(1, at::IntArrayRef{1, 6, -1});
  return out;
}

void Transformer::Impl::checkInputs(const at::Tensor& x, const TextContext& context, const PassOptions& pass) const {
  if (x.dim() != 5 || x.size(1) != config.inChannels) {
    refuse("latent; expected [B," + std::to_string(config.inChannels) + ",T,h,w], got " + c10::str(x.sizes()));
  }
  if (auto fits = checkLatentSize(config, x.size(2), x.size(3), x.size(4)); !fits) refuse(fits.error().message);
  if (x.size(0) < 1 || context.batch() < 1 || context.batch() % x.size(0) != 0) {
    refuse("prompts; expected a multiple of " + std::to_string(x.size(0)) + ", got " + std::to_string(context.batch()));
  }
  if (pass.avoided && pass.avoided->batch() != context.batch()) {
    refuse("negative prompts to avoid; expected " + std::to_string(context.batch()) + ", got " +
           std::to_string(pass.avoided->batch()));
  }
  for (const int block : pass.skippedBlocks) {
    if (block < 0 || block >= config.layers) refuse("skipped block " + std::to_string(block) + " does not exist");
  }
  if (!config.hasControl()) {
    if (pass.control) refuse("control; expected none, because the model has no control branch");
    return;
  }
  std::vector<std::int64_t> wanted = x.sizes().vec();
  wanted[1] = config.vaceChannels;
  if (pass.control && pass.control->dim() == 5 && pass.control->size(0) == 1) wanted[0] = 1;
  if (!pass.control || pass.control->sizes() != wanted) {
    refuse("control; expected " + c10::str(at::IntArrayRef(wanted)) + ", got " +
           (pass.control ? c10::str(pass.control->sizes()) : "none"));
  }
}

at::Tensor Transformer::forward(const at::Tensor& x, double timestep, const TextContext& context,
                                const tensor::StopCheck& stop, const PassOptions& options) const {
  const Impl& impl = *m_impl;
  impl.checkInputs(x, context, options);
  const auto pass = [&](std::size_t copy, const tensor::Rank* rank) {
    return impl.replicas[copy]->pass(x, timestep, context, stop, options, rank);
  };
  if (impl.ranks.size() < 2 || options.observer) return pass(impl.ranks.front(), nullptr);
  at::Tensor out;
  tensor::RankTeam(static_cast<int>(impl.ranks.size())).run([&](const tensor::Rank& rank) {
    const at::Tensor own = pass(impl.ranks[static_cast<std::size_t>(rank.index())], &rank);
    if (rank.index() == 0) out = own;
  });
  return out;
}

at::Tensor Transformer::Replica::pass(const at::Tensor& x, double timestep, const TextContext& context,
                                      const tensor::StopCheck& stop, const PassOptions& pass,
                                      const tensor::Rank* rank) const {
  const auto dataOf = [this](const TextContext& prompts) -> const TextContext::Data& { return *prompts.m_data[index]; };
  const Grid grid = gridOf(x);
  const TokenShare share{rank, grid.frames * grid.rows * grid.columns};
  const Times times = timesOf(timestep, pass.firstFrameClean, stop);
  const std::int64_t cleanTokens = pass.firstFrameClean ? share.ofFirst(grid.rows * grid.columns) : 0;
  const BlockShape shape{config.heads, config.eps, options.dtype, share.own(ropeFor(grid), 0), share};

  std::int64_t copies = context.batch() / x.size(0);
  const auto multiply = [&](at::Tensor& tokens) {
    if (copies > 1) tokens = tokens.repeat({copies, 1, 1});
    copies = 1;
  };
  at::Tensor tokens = embedded(x, weights.patch, grid, share, stop);  // [B,N,d]
  if (pass.observer) pass.observer(-1, tokens);
  ControlBranch control(config, weights.control, dataOf(context).controlBlocks, pass.controlScale);
  if (pass.control) {
    multiply(tokens);
    control.start(embedded(*pass.control, weights.control.patch, grid, share, stop), tokens, shape, stop);
  }
  CachedPass cached(pass.cache, pass.step, times.blocks.narrow(0, 0, 1), share);
  if (pass.cache || !pass.skippedBlocks.empty()) multiply(tokens);
  for (std::size_t i = 0; i < weights.blocks.size(); ++i) {
    if (cached.done(i, tokens)) break;
    const Modulation own{weights.modulation.select(1, static_cast<std::int64_t>(i)) + times.blocks.select(1, 0),
                         cleanTokens};
    if (!skips(pass, i)) {
      const auto block = weights.blocks.at(i);
      addSelfAttention(tokens, *block, shape, own, stop);
      multiply(tokens);  // until here all prompts of one latent are the same
      const Avoided avoided{pass.avoided ? &dataOf(*pass.avoided).blocks[i] : nullptr, pass.nag};
      addCrossAttention(tokens, *block, shape, dataOf(context).blocks[i], avoided, stop);
      addFeedForward(tokens, *block, shape, own, stop);
    }
    control.addHint(tokens, static_cast<std::int64_t>(i), times.blocks, shape, stop);
    if (pass.observer) pass.observer(static_cast<int>(i), tokens);
  }
  cached.finish(tokens);
  const at::Tensor out = projectedHead(tokens, times.head, cleanTokens, stop);
  return unpatchify(share.whole(out, 1), config.patch, grid, config.outChannels);
}

}  // namespace kinora::wan
