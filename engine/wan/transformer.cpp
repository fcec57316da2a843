// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/transformer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>

#include "engine/wan/embeddings.h"
#include "engine/wan/tensor_tables.h"
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

}  // namespace

struct TextContext::Data {
  std::vector<CrossKv> blocks;
  std::vector<std::int64_t> rows;  ///< of each entry; the rest of its keys is masked out
};

std::int64_t TextContext::batch() const {
  return m_data ? static_cast<std::int64_t>(m_data->rows.size()) : 0;
}

TextContext TextContext::only(std::int64_t entry) const {
  if (entry < 0 || entry >= batch()) refuse("text context has no entry " + std::to_string(entry));
  const std::int64_t rows = m_data->rows[static_cast<std::size_t>(entry)];
  auto data = std::make_shared<Data>();
  data->rows = {rows};
  for (const CrossKv& block : m_data->blocks) {
    CrossKv own{
        block.keys.narrow(0, entry, 1).narrow(2, 0, rows), block.values.narrow(0, entry, 1).narrow(2, 0, rows), {}};
    if (block.bias.defined()) own.bias = block.bias.narrow(0, entry, 1).narrow(3, 0, rows);
    data->blocks.push_back(std::move(own));
  }
  TextContext out;
  out.m_data = std::move(data);
  return out;
}

struct Transformer::Impl {
  TransformerConfig config;
  TransformerOptions options;
  TransformerWeights weights;
  at::Device device = at::kCPU;

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

  bool folds() const { return options.foldPadding && device.is_cpu() && options.dtype == at::kFloat; }

  Result<void> checkSize(std::int64_t frames, std::int64_t rows, std::int64_t columns) const;
  CrossKv textKv(const BlockWeights& block, const std::vector<at::Tensor>& context,
                 const std::vector<std::int64_t>& rows, const at::Tensor& bias, const tensor::StopCheck& stop) const;
  at::Tensor textBias(const std::vector<std::int64_t>& tokens, const std::vector<std::int64_t>& rows) const;
  at::Tensor projectedHead(const at::Tensor& x, const at::Tensor& time, std::int64_t cleanTokens,
                           const tensor::StopCheck& stop) const;
};

Transformer::Transformer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Transformer::~Transformer() = default;

Result<std::unique_ptr<Transformer>> Transformer::load(const TransformerConfig& config,
                                                       const tensor::WeightSource& weights,
                                                       const TransformerOptions& options) {
  const TransformerConfig actual = withoutAbsentImageParts(config, weights);
  if (actual.imageDim || actual.addedKvDim) {
    return Error{ErrorCode::Unsupported, "models with CLIP image tokens are not supported", weights.path()};
  }
  auto loaded = TransformerWeights::load(actual, weights, options);
  if (!loaded) return loaded.error();
  auto impl = std::make_unique<Impl>();
  impl->config = actual;
  impl->options = options;
  impl->weights = std::move(*loaded);
  impl->device = tensor::atDevice(options.device);
  return std::unique_ptr<Transformer>(new Transformer(std::move(impl)));
}

const TransformerConfig& Transformer::config() const {
  return m_impl->config;
}

std::uint64_t Transformer::bytes() const {
  return m_impl->weights.bytes;
}

/// Additive scores [B,1,1,M]: 0 for a token, log(count) for the row that stands for count padding rows, -inf behind.
at::Tensor Transformer::Impl::textBias(const std::vector<std::int64_t>& tokens,
                                       const std::vector<std::int64_t>& rows) const {
  const std::int64_t widest = *std::max_element(rows.begin(), rows.end());
  at::Tensor bias = at::full({static_cast<std::int64_t>(rows.size()), 1, 1, widest},
                             -std::numeric_limits<float>::infinity(), at::kFloat);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    at::Tensor line = bias[static_cast<std::int64_t>(i)].flatten();
    line.narrow(0, 0, tokens[i]).fill_(0);
    if (rows[i] > tokens[i]) line.narrow(0, tokens[i], 1).fill_(std::log(static_cast<double>(kTextTokens - tokens[i])));
  }
  return bias.to(device, options.dtype);
}

/// context: per prompt the embedded tokens and, where there is padding, one padding row: [n or n + 1, d].
CrossKv Transformer::Impl::textKv(const BlockWeights& block, const std::vector<at::Tensor>& context,
                                  const std::vector<std::int64_t>& rows, const at::Tensor& bias,
                                  const tensor::StopCheck& stop) const {
  const std::int64_t batch = static_cast<std::int64_t>(context.size());
  const std::int64_t widest = *std::max_element(rows.begin(), rows.end());
  const std::int64_t dim = config.dim();
  at::Tensor keys = at::zeros({batch, widest, dim}, context.front().options());
  at::Tensor values = at::zeros({batch, widest, dim}, context.front().options());
  for (std::int64_t i = 0; i < batch; ++i) {
    const at::Tensor kv = block.crossKv(context[static_cast<std::size_t>(i)], stop);  // [m, 2d]
    const std::int64_t made = kv.size(0);
    const std::int64_t wanted = rows[static_cast<std::size_t>(i)];
    const auto put = [&](at::Tensor& target, std::int64_t offset) {
      const at::Tensor part = kv.narrow(1, offset, dim);
      at::Tensor line = target[i];
      line.narrow(0, 0, made).copy_(part);
      if (wanted > made)
        line.narrow(0, made, wanted - made).copy_(part.narrow(0, made - 1, 1).expand({wanted - made, dim}));
    };
    put(keys, 0);
    put(values, dim);
  }
  BlockShape form;
  form.heads = config.heads;
  form.eps = config.eps;
  form.dtype = options.dtype;
  return {normalizedHeads(keys, block.crossKeyNorm, form),
          values.unflatten(-1, at::IntArrayRef{config.heads, -1}).transpose(1, 2).contiguous(), bias};
}

TextContext Transformer::prepareText(const std::vector<at::Tensor>& rows, const tensor::StopCheck& stop) const {
  const Impl& impl = *m_impl;
  if (rows.empty()) refuse("no prompts");
  std::vector<at::Tensor> context;
  std::vector<std::int64_t> tokens;
  auto data = std::make_shared<TextContext::Data>();
  for (const at::Tensor& entry : rows) {
    if (entry.dim() != 2 || entry.size(0) < 1 || entry.size(0) > kTextTokens || entry.size(1) != impl.config.textDim) {
      refuse("text states; expected [1…512," + std::to_string(impl.config.textDim) + "], got " +
             c10::str(entry.sizes()));
    }
    tokens.push_back(entry.size(0));
    const bool pads = entry.size(0) < kTextTokens;
    at::Tensor input = entry.to(impl.device, impl.options.dtype);
    if (pads) input = at::cat({input, at::zeros({1, input.size(1)}, input.options())});
    context.push_back(impl.weights.textOut(at::gelu(impl.weights.textIn(input, stop), "tanh"), stop));
    data->rows.push_back(impl.folds() ? input.size(0) : kTextTokens);
  }
  at::Tensor bias;
  if (impl.folds()) bias = impl.textBias(tokens, data->rows);
  for (const BlockWeights& block : impl.weights.blocks) {
    data->blocks.push_back(impl.textKv(block, context, data->rows, bias, stop));
  }
  TextContext out;
  out.m_data = std::move(data);
  return out;
}

Result<void> Transformer::checkSize(std::int64_t frames, std::int64_t rows, std::int64_t columns) const {
  const auto& patch = m_impl->config.patch;
  const std::int64_t sizes[3] = {frames, rows, columns};
  const char* names[3] = {"frames", "rows", "columns"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t most = m_impl->config.ropePositions * patch[i];
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
at::Tensor Transformer::Impl::projectedHead(const at::Tensor& x, const at::Tensor& time, std::int64_t cleanTokens,
                                            const tensor::StopCheck& stop) const {
  const Modulation modulation{weights.headModulation + time.unsqueeze(1), cleanTokens};  // [R,2,d]
  return weights.head(modulation.normed(x, 0, 1, config.eps, options.dtype), stop).to(at::kFloat);
}

at::Tensor Transformer::forward(const at::Tensor& x, double timestep, bool firstFrameClean, const TextContext& text,
                                const tensor::StopCheck& stop, const BlockObserver& observer) const {
  const Impl& impl = *m_impl;
  const TransformerConfig& config = impl.config;
  if (x.dim() != 5 || x.size(1) != config.inChannels) {
    refuse("latent; expected [B," + std::to_string(config.inChannels) + ",T,h,w], got " + c10::str(x.sizes()));
  }
  if (auto fits = checkSize(x.size(2), x.size(3), x.size(4)); !fits) refuse(fits.error().message);
  const std::int64_t copies = x.size(0) > 0 ? text.batch() / x.size(0) : 0;
  if (copies < 1 || copies * x.size(0) != text.batch()) {
    refuse("prompts; expected a multiple of " + std::to_string(x.size(0)) + ", got " + std::to_string(text.batch()));
  }
  const Grid grid = impl.gridOf(x);

  at::Tensor times = at::full({firstFrameClean ? 2 : 1}, timestep, at::TensorOptions(impl.device).dtype(at::kFloat));
  if (firstFrameClean) times.narrow(0, 1, 1).fill_(0);
  const TransformerWeights& weights = impl.weights;
  const at::Tensor time =
      weights.timeOut(at::silu(weights.timeIn(timeVector(times, config.freqDim), stop)), stop);          // [R,d]
  const at::Tensor projected = weights.timeProjection(at::silu(time), stop);                             // [R,6d]
  const at::Tensor modulation = weights.modulation + projected.unflatten(1, at::IntArrayRef{1, 6, -1});  // [R,L,6,d]
  const std::int64_t cleanTokens = firstFrameClean ? grid.rows * grid.columns : 0;

  const BlockShape shape{config.heads, config.eps, impl.options.dtype, impl.ropeFor(grid)};
  const at::Tensor patches = patchify(x.to(impl.device, impl.options.dtype), config.patch, grid);
  at::Tensor tokens = weights.patch(patches, stop).to(at::kFloat);  // [B,N,d]
  if (observer) observer(-1, tokens);
  for (std::size_t i = 0; i < weights.blocks.size(); ++i) {
    const BlockWeights& block = weights.blocks[i];
    const Modulation own{modulation.select(1, static_cast<std::int64_t>(i)), cleanTokens};
    addSelfAttention(tokens, block, shape, own, stop);
    // Until here all prompts of one latent are the same.
    if (i == 0 && copies > 1) tokens = tokens.repeat({copies, 1, 1});
    addCrossAttention(tokens, block, shape, text.m_data->blocks[i], stop);
    addFeedForward(tokens, block, shape, own, stop);
    if (observer) observer(static_cast<int>(i), tokens);
  }
  const at::Tensor out = impl.projectedHead(tokens, time, cleanTokens, stop);
  return unpatchify(out, config.patch, grid, config.outChannels);
}

}  // namespace kinora::wan
