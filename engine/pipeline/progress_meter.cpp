// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/progress_meter.h"

#include <algorithm>

namespace kinora::pipeline {

ProgressMeter::ProgressMeter(std::vector<Share> shares, std::function<void(const core::Progress&)> report)
    : m_shares(std::move(shares)), m_report(std::move(report)) {
  for (const Share& share : m_shares) m_weight += share.weight;
}

/// The whole up to there, 0…1.
double ProgressMeter::reached(core::Stage stage, int done, int total) const {
  double reached = 0;
  bool found = false;
  for (const Share& share : m_shares) {
    if (found && share.stage != stage) break;
    found = share.stage == stage;
    if (!found) {
      reached += share.weight;
      continue;
    }
    const int pieces = share.pieces ? share.pieces : std::max(total, 1);
    const int here = std::min(done, pieces);
    reached += share.weight * here / pieces;
    done -= here;
  }
  return std::clamp(reached / m_weight, 0.0, 1.0);
}

void ProgressMeter::skip(core::Stage stage, int done, int total) {
  m_skipped += std::max(0.0, reached(stage, done, total) - m_fraction);
  advance(stage, done, total);
}

void ProgressMeter::advance(core::Stage stage, int done, int total) {
  m_fraction = std::max(m_fraction, reached(stage, done, total));
  if (!m_report) return;
  core::Progress progress{stage, done, total, m_fraction, -1, 0};
  progress.elapsedSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count();
  // Before a twentieth is done the estimate would jump about.
  const double own = m_fraction - m_skipped;
  if (own > 0.05) progress.etaSeconds = progress.elapsedSeconds / own * (1 - m_fraction);
  m_report(progress);
}

}  // namespace kinora::pipeline
