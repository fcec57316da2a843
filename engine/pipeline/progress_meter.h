// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "engine/core/progress.h"

namespace kinora::pipeline {

/// Turns finished pieces of work into Progress. Each stage has a weight, its expected share of the run; the time left
/// is what the pieces so far took, scaled to the weight that is still to do.
class ProgressMeter {
 public:
  struct Share {
    core::Stage stage;
    double weight;
    int pieces = 0;  ///< of the stage that it stands for; the next share of the stage has the rest. 0: all of them
  };
  ProgressMeter(std::vector<Share> shares, std::function<void(const core::Progress&)> report);

  /// done of total pieces of stage are finished. Stages come in the order of the shares, of which a stage may have
  /// several in a row.
  void advance(core::Stage stage, int done, int total);
  /// As advance, for pieces that an earlier run had finished: they say nothing of how long the others take.
  void skip(core::Stage stage, int done, int total);

 private:
  double reached(core::Stage stage, int done, int total) const;

  std::vector<Share> m_shares;
  std::function<void(const core::Progress&)> m_report;
  std::chrono::steady_clock::time_point m_began = std::chrono::steady_clock::now();
  double m_weight = 0;
  double m_fraction = 0;
  double m_skipped = 0;  ///< of m_fraction
};

}  // namespace kinora::pipeline
