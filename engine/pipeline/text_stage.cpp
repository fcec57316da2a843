// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/text_stage.h"

#include <algorithm>

#include "engine/pipeline/text_cache.h"
#include "engine/wan/prompt_cleaner.h"

namespace kinora::pipeline {
namespace {

core::Result<const wan::TextEncoder*> textEncoder(RunContext& run) {
  const Timer timer(run.report.timings["load"]);
  return needTextEncoder(run.model, run.stop, run.memory.streamText);
}

/// Everything that encoded prompts depend on beside their tokens.
TextCache cacheOf(const RunContext& run) {
  if (run.inputs.cacheDirectory.empty()) return {{}, {}};
  const core::ModelParts& parts = run.model.parts;
  return {run.inputs.cacheDirectory + "/text",
          filesAsTheyAre({parts.textEncoder, parts.tokenizer}) + run.model.placement.key() + "\n"};
}

/// Fills the rows that the cache did not have.
core::Result<void> encodeUnknown(RunContext& run, const TextCache& cache,
                                 const std::vector<std::vector<std::int64_t>>& ids, std::vector<at::Tensor>& rows) {
  if (std::all_of(rows.begin(), rows.end(), [](const at::Tensor& states) { return states.defined(); })) return {};
  auto encoder = textEncoder(run);
  if (!encoder) return encoder.error();
  const Timer timer(run.report.timings["text"]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].defined()) continue;
    rows[i] = (*encoder)->encode(ids[i], run.stop);
    if (!allFinite(rows[i])) {
      return core::Error{core::ErrorCode::Corrupt,
                         "the text encoder made values that are no numbers; its weights may be damaged (check the "
                         "model), or f32 is needed (--dtype f32)",
                         run.inputs.model.id};
    }
    cache.keep(ids[i], rows[i]);
  }
  return {};
}

core::Result<void> dumpPrompt(const RunContext& run, const std::vector<std::int64_t>& ids,
                              const std::vector<at::Tensor>& rows) {
  if (!run.dump.enabled()) return {};
  const at::Tensor padded = at::tensor(wan::Tokenizer::padded(ids), at::kLong).unsqueeze(0);
  const at::Tensor negative = rows.size() > 1 ? wan::TextEncoder::padded(rows[1]) : at::Tensor();
  return run.dump.prompt(padded, wan::TextEncoder::padded(rows[0]), negative);
}

}  // namespace

core::Result<std::vector<at::Tensor>> encodeText(RunContext& run) {
  run.progress.advance(core::Stage::Text, 0, 1);
  std::vector<std::string> prompts{run.request().prompt};
  if (run.guidance() > 1 || run.request().nag) prompts.push_back(run.request().negativePrompt);
  const TextCache cache = cacheOf(run);
  std::vector<std::vector<std::int64_t>> ids;
  std::vector<at::Tensor> rows;
  for (const std::string& prompt : prompts) {
    ids.push_back(run.model.tokenizer->encode(wan::cleanPrompt(prompt)));
    rows.push_back(cache.find(ids.back()));
  }
  if (auto encoded = encodeUnknown(run, cache, ids, rows); !encoded) return encoded.error();
  for (at::Tensor& states : rows) states = states.to(run.device());
  if (auto written = dumpPrompt(run, ids.front(), rows); !written) return written.error();
  run.progress.advance(core::Stage::Text, 1, 1);
  return rows;
}

}  // namespace kinora::pipeline
