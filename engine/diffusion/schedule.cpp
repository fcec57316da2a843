// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/schedule.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace kinora::diffusion {
namespace {

constexpr double kTrainSteps = 1000;
constexpr double kMinSigma = 1 / kTrainSteps;
constexpr std::array kDmdTimesteps{1000.0, 757.0, 522.0};

/// count points from first to last, both included, by numpy's formula: first + i·step, the last exactly.
std::vector<double> linspace(double first, double last, int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  const double step = count > 1 ? (last - first) / (count - 1) : 0;
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = first + i * step;
  if (count > 1) values.back() = last;
  return values;
}

/// Timesteps are truncated from the fp64 levels, as numpy's conversion to int64 does.
Schedule truncated(const std::vector<double>& levels) {
  Schedule schedule;
  for (double level : levels) {
    schedule.sigmas.push_back(static_cast<float>(level));
    schedule.timesteps.push_back(std::trunc(level * kTrainSteps));
  }
  schedule.sigmas.push_back(0);
  return schedule;
}

Schedule uniPc(int steps, double shift) {
  std::vector<double> levels = linspace(1, kMinSigma, steps + 1);
  levels.pop_back();
  for (double& level : levels) level = shiftSigma(level, shift);
  // lambda of sigma 1 is infinite; upstream steps back from it by this much.
  constexpr double kStepBack = 1e-6;
  if (std::abs(levels.front() - 1) < kStepBack) levels.front() -= kStepBack;
  return truncated(levels);
}

Schedule dpm(int steps, double shift) {
  std::vector<double> levels = linspace(1, kMinSigma, steps + 1);
  levels.erase(levels.begin());
  std::vector<double> falling;
  for (auto alpha = levels.rbegin(); alpha != levels.rend(); ++alpha) falling.push_back(shiftSigma(1 - *alpha, shift));
  return truncated(falling);
}

std::vector<double> wholeRange(int steps, double shift) {
  std::vector<double> levels = linspace(1, 0, steps + 1);
  levels.pop_back();
  for (double& level : levels) level = shiftSigma(level, shift);
  return levels;
}

/// The network is asked at the timesteps it was distilled at; the level of each is the nearest that training knew.
Schedule dmd(double shift) {
  std::vector<double> table = linspace(kMinSigma, 1, static_cast<int>(kTrainSteps));
  for (double& level : table) level = shiftSigma(level, shift);
  Schedule schedule;
  for (double timestep : kDmdTimesteps) {
    const auto distance = [&](double level) { return std::abs(level * kTrainSteps - timestep); };
    const auto nearest =
        std::min_element(table.begin(), table.end(), [&](double a, double b) { return distance(a) < distance(b); });
    schedule.sigmas.push_back(static_cast<float>(*nearest));
    schedule.timesteps.push_back(timestep);
  }
  schedule.sigmas.push_back(0);
  return schedule;
}

/// Upstream mixes fp32 and fp64: the minimum is an fp32 number (its table of 1000 shifted levels is fp32), the list
/// between is made in fp64 and rounded to fp32 before timesteps are derived from it.
Schedule euler(int steps, double shift) {
  const auto factor = static_cast<float>(shift);
  const auto excess = static_cast<float>(shift - 1);
  const auto unshifted = static_cast<float>(kMinSigma);
  const float smallest = factor * unshifted / (1 + excess * unshifted);
  Schedule schedule;
  for (double timestep : linspace(kTrainSteps, static_cast<double>(smallest) * kTrainSteps, steps)) {
    const auto sigma = static_cast<float>(shiftSigma(timestep / kTrainSteps, shift));
    schedule.sigmas.push_back(sigma);
    schedule.timesteps.push_back(static_cast<double>(sigma * static_cast<float>(kTrainSteps)));
  }
  schedule.sigmas.push_back(0);
  return schedule;
}

}  // namespace

double shiftSigma(double sigma, double shift) {
  return shift * sigma / (1 + (shift - 1) * sigma);
}

int fixedSteps(ScheduleKind kind) {
  return kind == ScheduleKind::Dmd ? static_cast<int>(kDmdTimesteps.size()) : 0;
}

Schedule makeSchedule(ScheduleKind kind, int steps, double shift) {
  assert(steps >= 1 && shift > 0);
  assert(fixedSteps(kind) == 0 || steps == fixedSteps(kind));
  switch (kind) {
    case ScheduleKind::UniPc:
      return uniPc(steps, shift);
    case ScheduleKind::Euler:
      return euler(steps, shift);
    case ScheduleKind::Dpm:
      return dpm(steps, shift);
    case ScheduleKind::OriginalDpm:
      return truncated(wholeRange(steps, shift));
    case ScheduleKind::FewStep:
      return fixedSchedule(wholeRange(steps, shift));
    case ScheduleKind::Dmd:
      return dmd(shift);
  }
  return {};
}

Schedule fixedSchedule(const std::vector<double>& sigmas) {
  Schedule schedule;
  for (double sigma : sigmas) {
    schedule.sigmas.push_back(static_cast<float>(sigma));
    schedule.timesteps.push_back(sigma * kTrainSteps);
  }
  schedule.sigmas.push_back(0);
  return schedule;
}

}  // namespace kinora::diffusion
