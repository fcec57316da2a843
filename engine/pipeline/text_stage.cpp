// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/text_stage.h"

#include "engine/wan/prompt_cleaner.h"

namespace kinora::pipeline {

core::Result<std::vector<at::Tensor>> encodeText(RunContext& run) {
  const Timer timer(run.report.timings["text"]);
  run.progress.advance(core::Stage::Text, 0, 1);
  const auto encode = [&](const std::string& prompt, std::vector<std::int64_t>& ids) {
    ids = run.model.tokenizer->encode(wan::cleanPrompt(prompt));
    return run.model.textEncoder->encode(ids, run.stop);
  };
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> negativeIds;
  std::vector<at::Tensor> rows{encode(run.request().prompt, ids)};
  if (run.guidance() > 1 || run.request().nag) rows.push_back(encode(run.request().negativePrompt, negativeIds));
  if (run.dump.enabled()) {
    const std::vector<std::int64_t> padded = wan::Tokenizer::padded(ids);
    const at::Tensor idTensor = at::tensor(padded, at::kLong).unsqueeze(0);
    const at::Tensor negative = rows.size() > 1 ? wan::TextEncoder::padded(rows[1]) : at::Tensor();
    if (auto written = run.dump.prompt(idTensor, wan::TextEncoder::padded(rows[0]), negative); !written)
      return written.error();
  }
  run.progress.advance(core::Stage::Text, 1, 1);
  return rows;
}

}  // namespace kinora::pipeline
