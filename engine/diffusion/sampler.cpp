// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/diffusion/sampler.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "engine/diffusion/consistency.h"
#include "engine/diffusion/dpm.h"
#include "engine/diffusion/euler.h"
#include "engine/diffusion/unipc.h"

namespace kinora::diffusion {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

constexpr int kMaxSteps = 1000;

using Make = std::unique_ptr<Sampler> (*)(Schedule schedule, std::uint64_t seed);

/// For methods without noise of their own.
template <std::unique_ptr<Sampler> (*make)(Schedule)>
std::unique_ptr<Sampler> unseeded(Schedule schedule, std::uint64_t) {
  return make(std::move(schedule));
}

/// A sampler is one line here.
struct Method {
  std::string_view name;
  ScheduleKind schedule;
  Make make;
};
constexpr std::array kMethods{Method{"unipc", ScheduleKind::UniPc, unseeded<makeUniPc>},
                              Method{"euler", ScheduleKind::Euler, unseeded<makeEuler>},
                              Method{"dpm++", ScheduleKind::Dpm, unseeded<makeDpm>},
                              Method{"dmd", ScheduleKind::Dmd, makeConsistency},
                              Method{"lightx2v", ScheduleKind::FewStep, unseeded<makeEuler>},
                              Method{"lcm", ScheduleKind::FewStep, makeConsistency}};

Result<const Method*> findMethod(std::string_view name) {
  std::string known;
  for (const Method& method : kMethods) {
    if (method.name == name) return &method;
    known += (known.empty() ? "" : ", ") + std::string(method.name);
  }
  return Error{
      ErrorCode::InvalidInput, "sampler; expected one of " + known + ", got \"" + std::string(name) + "\"", {}};
}

}  // namespace

Sampler::Sampler(Schedule schedule) : m_schedule(std::move(schedule)) {}

at::Tensor Sampler::step(const at::Tensor& velocity, const at::Tensor& x) {
  if (m_position >= steps()) throw std::logic_error("sampler stepped past its end");
  TORCH_CHECK(velocity.sizes() == x.sizes(), "velocity; expected shape ", x.sizes(), ", got ", velocity.sizes());
  at::Tensor next = advance(velocity.to(at::kFloat), x.to(at::kFloat));
  ++m_position;
  return next;
}

std::map<std::string, at::Tensor> Sampler::state() const {
  return {};
}
std::vector<std::string> Sampler::stateNames(int) const {
  return {};
}
void Sampler::restoreState(const std::map<std::string, at::Tensor>&) {}

Result<void> Sampler::restore(int position, const std::map<std::string, at::Tensor>& state) {
  if (position < 0 || position > steps()) {
    return Error{ErrorCode::Corrupt,
                 "sampler position; expected 0 to " + std::to_string(steps()) + ", got " + std::to_string(position),
                 {}};
  }
  const std::vector<std::string> names = stateNames(position);
  bool complete = names.size() == state.size();
  for (const std::string& name : names) complete = complete && state.contains(name);
  if (!complete) {
    return Error{ErrorCode::Corrupt,
                 "sampler state; expected " + std::to_string(names.size()) + " tensors of this sampler, got " +
                     std::to_string(state.size()),
                 {}};
  }
  m_position = position;
  restoreState(state);
  return {};
}

std::vector<std::string> samplerNames() {
  std::vector<std::string> names;
  for (const Method& method : kMethods) names.emplace_back(method.name);
  return names;
}

Result<std::unique_ptr<Sampler>> makeSampler(std::string_view name, const SampleSettings& settings) {
  const auto method = findMethod(name);
  if (!method) return method.error();
  if (settings.steps < 1 || settings.steps > kMaxSteps) {
    return Error{ErrorCode::InvalidInput, "steps; expected 1 to 1000, got " + std::to_string(settings.steps), {}};
  }
  const int fixed = fixedSteps((*method)->schedule);
  if (fixed > 0 && settings.steps != fixed) {
    return Error{ErrorCode::InvalidInput,
                 "steps; expected " + std::to_string(fixed) + " for " + std::string(name) + ", got " +
                     std::to_string(settings.steps),
                 {}};
  }
  if (!std::isfinite(settings.shift) || settings.shift <= 0) {
    return Error{ErrorCode::InvalidInput, "shift; expected more than 0, got " + std::to_string(settings.shift), {}};
  }
  return (*method)->make(makeSchedule((*method)->schedule, settings.steps, settings.shift), settings.seed);
}

Result<std::unique_ptr<Sampler>> makeSampler(std::string_view name, Schedule schedule, std::uint64_t seed) {
  const auto method = findMethod(name);
  if (!method) return method.error();
  bool falling = schedule.steps() > 0 && schedule.sigmas.size() == schedule.timesteps.size() + 1;
  for (std::size_t i = 0; falling && i + 1 < schedule.sigmas.size(); ++i) {
    falling = schedule.sigmas[i] > schedule.sigmas[i + 1] && schedule.sigmas[i] <= 1 && schedule.sigmas[i + 1] >= 0;
  }
  if (!falling) {
    return Error{
        ErrorCode::InvalidInput, "schedule; expected one more sigma than timesteps, falling from at most 1", {}};
  }
  return (*method)->make(std::move(schedule), seed);
}

at::Tensor sample(Sampler& sampler, const Denoiser& denoise, at::Tensor x, const tensor::StopCheck& stop,
                  const StepObserver& observer) {
  while (sampler.position() < sampler.steps()) {
    stop();
    x = sampler.step(denoise(x, sampler.timestep(), sampler.position()), x);
    if (observer) observer(x, sampler.position());
  }
  return x;
}

}  // namespace kinora::diffusion
