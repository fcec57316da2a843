// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace kinora::diffusion {

/// A way to spread noise levels over the steps. x_sigma = (1-sigma)·x0 + sigma·noise; timesteps lie on 0…1000.
enum class ScheduleKind {
  UniPc,  ///< diffusers UniPCMultistepScheduler with flow sigmas: linspace(1, 0.001), shifted; truncated timesteps
  Euler,  ///< diffusers FlowMatchEulerDiscreteScheduler: the minimum is shifted twice; fractional timesteps
  Dpm,    ///< diffusers DPMSolverMultistepScheduler with flow sigmas, equal to the original code's UniPC list
  OriginalDpm,  ///< the original code's dpm++ list: linspace(1, 0), shifted; truncated timesteps
  FewStep,      ///< LightX2V's distilled models: linspace(1, 0), shifted; fractional timesteps
  Dmd,          ///< FastWan: timesteps 1000, 757, 522 as trained, levels from the shifted table of 1000; 3 steps only
};

/// Noise levels of a run. Computed in fp64, sigmas stored in fp32 as upstream does, because later maths starts from
/// there.
struct Schedule {
  std::vector<float> sigmas;      ///< steps + 1 values, falling, the last is 0
  std::vector<double> timesteps;  ///< steps values as fed to the network

  int steps() const { return static_cast<int>(timesteps.size()); }
};

/// shift·sigma / (1 + (shift-1)·sigma).
double shiftSigma(double sigma, double shift);

/// Steps of a kind that is one list; 0: any number.
int fixedSteps(ScheduleKind kind);

/// steps >= 1 and as fixedSteps says, shift > 0: checked by makeSampler, asserted here. Formulas: diffusers 0.42.1
/// set_timesteps of the named classes with 1000 training steps; few-step lists: wan.md 7.6.
Schedule makeSchedule(ScheduleKind kind, int steps, double shift);

/// A fixed list, e.g. of a distilled model: timestep = 1000·sigma, fractional; 0 is appended. Levels fall, in (0,1].
Schedule fixedSchedule(const std::vector<double>& sigmas);

}  // namespace kinora::diffusion
