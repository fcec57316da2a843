// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/text_context.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace kinora::wan {
namespace {

constexpr double kImageNormEps = 1e-5;  // not the config's: upstream leaves these two norms at torch's default

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("transformer: " + what);
}

template <class Prompts>
std::int64_t widest(const Prompts& prompts) {
  std::int64_t rows = 0;
  for (const auto& prompt : prompts) rows = std::max(rows, prompt.rows);
  return rows;
}

CrossKv only(const CrossKv& block, std::int64_t entry, std::int64_t rows) {
  CrossKv own = block;  // picture tokens are the same for all prompts
  own.keys = block.keys.narrow(0, entry, 1).narrow(2, 0, rows);
  own.values = block.values.narrow(0, entry, 1).narrow(2, 0, rows);
  if (block.bias.defined()) own.bias = block.bias.narrow(0, entry, 1).narrow(3, 0, rows);
  return own;
}

}  // namespace

std::int64_t TextContext::batch() const {
  return m_data.empty() ? 0 : static_cast<std::int64_t>(m_data.front()->rows.size());
}

TextContext TextContext::only(std::int64_t entry) const {
  if (entry < 0 || entry >= batch()) refuse("text context has no entry " + std::to_string(entry));
  const std::int64_t rows = m_data.front()->rows[static_cast<std::size_t>(entry)];
  TextContext out;
  for (const auto& copy : m_data) {
    auto data = std::make_shared<Data>();
    data->rows = {rows};
    for (const CrossKv& block : copy->blocks) data->blocks.push_back(wan::only(block, entry, rows));
    for (const CrossKv& block : copy->controlBlocks) data->controlBlocks.push_back(wan::only(block, entry, rows));
    out.m_data.push_back(std::move(data));
  }
  return out;
}

std::shared_ptr<const TextContext::Data> ContextMaker::make(const std::vector<at::Tensor>& textRows,
                                                            const at::Tensor& imageStates) const {
  if (textRows.empty()) refuse("no prompts");
  std::vector<Prompt> prompts;
  auto data = std::make_shared<TextContext::Data>();
  for (const at::Tensor& entry : textRows) {
    prompts.push_back(embed(entry));
    data->rows.push_back(prompts.back().rows);
  }
  const at::Tensor image = embedImage(imageStates);
  const at::Tensor bias = folds() ? paddingBias(prompts) : at::Tensor();
  const auto prepare = [&](const BlockSource& blocks, std::vector<CrossKv>& into) {
    for (std::size_t i = 0; i < blocks.size(); ++i) into.push_back(keysAndValues(*blocks.at(i), prompts, bias, image));
  };
  prepare(m_weights.blocks, data->blocks);
  prepare(m_weights.control.blocks, data->controlBlocks);
  return data;
}

bool ContextMaker::folds() const {
  return m_options.foldPadding && m_weights.patch.weight.is_cpu() && m_options.dtype == at::kFloat;
}

ContextMaker::Prompt ContextMaker::embed(const at::Tensor& textRows) const {
  if (textRows.dim() != 2 || textRows.size(0) < 1 || textRows.size(0) > kTextTokens ||
      textRows.size(1) != m_config.textDim) {
    refuse("text states; expected [1…512," + std::to_string(m_config.textDim) + "], got " + c10::str(textRows.sizes()));
  }
  at::Tensor input = textRows.to(m_weights.patch.weight.device(), m_options.dtype);
  // One row of padding stands for all of them.
  if (textRows.size(0) < kTextTokens) input = at::cat({input, at::zeros({1, input.size(1)}, input.options())});
  Prompt prompt;
  prompt.tokens = textRows.size(0);
  prompt.rows = folds() ? input.size(0) : kTextTokens;
  prompt.states = m_weights.textOut(at::gelu(m_weights.textIn(input, m_stop), "tanh"), m_stop);
  return prompt;
}

/// CLIP states [n, imageDim] to tokens [n, d] (wan.md 2, step 5); undefined for models without them.
at::Tensor ContextMaker::embedImage(const at::Tensor& states) const {
  const ImageEmbedderWeights& embedder = m_weights.image;
  if (!m_config.imageDim) {
    if (states.defined()) refuse("picture states, which this model does not take");
    return {};
  }
  if (!states.defined() || states.dim() != 2 || states.size(1) != *m_config.imageDim ||
      (m_config.imagePositions && states.size(0) != *m_config.imagePositions)) {
    const std::string rows = m_config.imagePositions ? std::to_string(*m_config.imagePositions) : "n";
    refuse("picture states; expected [" + rows + "," + std::to_string(*m_config.imageDim) + "], got " +
           (states.defined() ? c10::str(states.sizes()) : "none"));
  }
  at::Tensor x = states.to(m_weights.patch.weight.device(), at::kFloat);
  if (embedder.positions.defined()) x = x + embedder.positions[0].to(at::kFloat);
  const auto norm = [](const at::Tensor& in, const NormWeights& weights) {
    return at::layer_norm(in, {in.size(-1)}, weights.weight, weights.bias, kImageNormEps);
  };
  x = embedder.in(norm(x, embedder.normIn).to(m_options.dtype), m_stop);
  x = embedder.out(at::gelu(x), m_stop);
  return norm(x.to(at::kFloat), embedder.normOut).to(m_options.dtype);
}

/// Additive scores [B,1,1,M]: 0 for a token, log(count) for the row that stands for count padding rows, -inf behind.
at::Tensor ContextMaker::paddingBias(const std::vector<Prompt>& prompts) const {
  at::Tensor bias = at::full({static_cast<std::int64_t>(prompts.size()), 1, 1, widest(prompts)},
                             -std::numeric_limits<float>::infinity(), at::kFloat);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::int64_t tokens = prompts[i].tokens;
    at::Tensor line = bias[static_cast<std::int64_t>(i)].flatten();
    line.narrow(0, 0, tokens).fill_(0);
    if (prompts[i].rows > tokens) line.narrow(0, tokens, 1).fill_(std::log(static_cast<double>(kTextTokens - tokens)));
  }
  return bias.to(m_weights.patch.weight.device(), m_options.dtype);
}

at::Tensor ContextMaker::splitHeads(const at::Tensor& values) const {
  return values.unflatten(-1, at::IntArrayRef{m_config.heads, -1}).transpose(1, 2).contiguous();
}

CrossKv ContextMaker::keysAndValues(const BlockWeights& block, const std::vector<Prompt>& prompts,
                                    const at::Tensor& bias, const at::Tensor& image) const {
  const auto batch = static_cast<std::int64_t>(prompts.size());
  const std::int64_t dim = m_config.dim();
  at::Tensor kv = at::zeros({batch, widest(prompts), 2 * dim}, prompts.front().states.options());
  for (std::int64_t i = 0; i < batch; ++i) {
    const Prompt& prompt = prompts[static_cast<std::size_t>(i)];
    const at::Tensor made = block.crossKv(prompt.states, m_stop);  // [m, 2d]
    const std::int64_t count = made.size(0);
    at::Tensor line = kv[i];
    line.narrow(0, 0, count).copy_(made);
    if (const std::int64_t rest = prompt.rows - count; rest > 0)
      line.narrow(0, count, rest).copy_(made.narrow(0, count - 1, 1).expand({rest, 2 * dim}));
  }
  BlockShape form;
  form.heads = m_config.heads;
  form.eps = m_config.eps;
  form.dtype = m_options.dtype;
  CrossKv out;
  out.keys = normalizedHeads(kv.narrow(2, 0, dim), block.crossKeyNorm, form);
  out.values = splitHeads(kv.narrow(2, dim, dim));
  out.bias = bias;
  if (image.defined()) {
    const at::Tensor made = block.imageKv(image.unsqueeze(0), m_stop);  // [1, n, 2d]
    out.imageKeys = normalizedHeads(made.narrow(2, 0, dim), block.imageKeyNorm, form);
    out.imageValues = splitHeads(made.narrow(2, dim, dim));
  }
  return out;
}

}  // namespace kinora::wan
