// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/diffusion/schedule.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::diffusion {

/// Walks x from noise to sample, one step at a time. Not thread-safe: one run owns it.
class Sampler {
 public:
  virtual ~Sampler() = default;

  const Schedule& schedule() const { return m_schedule; }
  int steps() const { return m_schedule.steps(); }
  /// Index of the step that step() will do next; steps() when finished.
  int position() const { return m_position; }
  /// Timestep to feed to the network at position().
  double timestep() const { return m_schedule.timesteps.at(static_cast<std::size_t>(m_position)); }

  /// x at the next noise level. velocity: the network's output noise - x0 at (x, timestep()), any float dtype;
  /// x: f32, same shape and device. Returns f32. Throws std::logic_error when finished.
  at::Tensor step(const at::Tensor& velocity, const at::Tensor& x);

  /// What must be kept beside x and position() to go on after a restart; empty for samplers without memory.
  virtual std::map<std::string, at::Tensor> state() const;
  /// Goes on before step `position` with what state() gave there. Errors: Corrupt (tensors missing or surplus).
  core::Result<void> restore(int position, const std::map<std::string, at::Tensor>& state);

 protected:
  explicit Sampler(Schedule schedule);
  virtual at::Tensor advance(const at::Tensor& velocity, const at::Tensor& x) = 0;
  /// Names that state() has before step `position`, sorted or not.
  virtual std::vector<std::string> stateNames(int position) const;
  /// m_position is set and state holds exactly stateNames(m_position).
  virtual void restoreState(const std::map<std::string, at::Tensor>& state);

  Schedule m_schedule;
  int m_position = 0;
};

struct SampleSettings {
  int steps = 0;
  double shift = 1;
  std::uint64_t seed = 0;  ///< of the noise that "dmd" and "lcm" add in each step
};

/// Names of all samplers, each a method and a schedule: those of core::samplers().
std::vector<std::string> samplerNames();

/// Errors: InvalidInput (unknown name, steps outside 1…1000 or other than the sampler's fixed number, shift not
/// positive and finite).
core::Result<std::unique_ptr<Sampler>> makeSampler(std::string_view name, const SampleSettings& settings);
/// The named method on a schedule of the caller's.
core::Result<std::unique_ptr<Sampler>> makeSampler(std::string_view name, Schedule schedule, std::uint64_t seed = 0);

/// The network as samplers see it: velocity at x, f32 or the network's own dtype. step counts from 0.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, double timestep, int step)>;
/// Called after each step with the new x and the number of steps done.
using StepObserver = std::function<void(const at::Tensor& x, int done)>;

/// Runs sampler from its position to the end. x: f32 noise. Calls stop before each step and throws Stopped.
at::Tensor sample(Sampler& sampler, const Denoiser& denoise, at::Tensor x, const tensor::StopCheck& stop,
                  const StepObserver& observer = {});

}  // namespace kinora::diffusion
