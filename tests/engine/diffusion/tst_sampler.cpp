// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/diffusion/sampler.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/core/sampling.h"
#include "engine/tensor/rng.h"
#include "tests/engine/diffusion/fixture.h"

using namespace kinora::diffusion;
using kinora::core::ErrorCode;

namespace {

/// The network of make_schedules.py.
at::Tensor fixtureVelocity(const at::Tensor& x, double t, int) {
  return x.mul(0.5).add_(0.2 * std::cos(t / 100)).add_(x.mul(3).sin_(), 0.1);
}

/// The network of the published self-test values.
at::Tensor scalarVelocity(const at::Tensor& x, double t, int) {
  return x.mul(0.5).add_(0.2 * std::cos(t / 100));
}

/// steps, or as many as the sampler's list has.
std::unique_ptr<Sampler> make(std::string_view name, int steps, double shift) {
  const kinora::core::SamplerInfo* info = kinora::core::findSampler(name);
  REQUIRE(info);
  auto made = makeSampler(name, SampleSettings{info->fixedSteps ? info->steps : steps, shift, 7});
  REQUIRE(made.ok());
  return std::move(made).value();
}

std::vector<double> scalarTrajectory(std::string_view name, ScheduleKind kind) {
  auto sampler = makeSampler(name, makeSchedule(kind, 5, 5));
  REQUIRE(sampler.ok());
  std::vector<double> trajectory;
  sample(**sampler, scalarVelocity, at::ones({1}), {},
         [&](const at::Tensor& x, int) { trajectory.push_back(x.item<double>()); });
  return trajectory;
}

void checkNear(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) < 5e-7);
  }
}

}  // namespace

TEST_CASE("trajectories are those of diffusers after every step") {
  const auto document = kinora::test::diffusersRuns();
  const at::Tensor start = at::tensor(document["start"].get<std::vector<float>>());
  for (const auto& run : document["runs"]) {
    CAPTURE(run["sampler"].get<std::string>());
    CAPTURE(run["steps"].get<int>());
    CAPTURE(run["shift"].get<double>());
    const auto sampler = make(run["sampler"].get<std::string>(), run["steps"], run["shift"]);
    int compared = 0;
    sample(*sampler, fixtureVelocity, start, {}, [&](const at::Tensor& x, int done) {
      const auto row = run["trajectory"].at(static_cast<std::size_t>(done - 1)).get<std::vector<float>>();
      const at::Tensor expected = at::tensor(row);
      CAPTURE(done);
      // diffusers does its scalars in fp32, we in fp64.
      CHECK((x - expected).norm().item<double>() / expected.norm().item<double>() < 2e-5);
      ++compared;
    });
    CHECK(compared == run["steps"].get<int>());
  }
}

TEST_CASE("published self-test trajectories of the original schedules") {
  checkNear(scalarTrajectory("unipc", ScheduleKind::Dpm), {0.98422418, 0.96473188, 0.92671862, 0.79094157, 0.48884286});
  checkNear(scalarTrajectory("euler", ScheduleKind::Dpm), {0.98422418, 0.96369510, 0.92778743, 0.82126083, 0.51074479});
  checkNear(scalarTrajectory("dpm++", ScheduleKind::OriginalDpm),
            {0.98418163, 0.96366365, 0.92663250, 0.79737930, 0.49332434});
}

TEST_CASE("UniPC from sigma 1 exactly stays finite") {
  auto sampler = makeSampler("unipc", fixedSchedule({1.0, 0.9, 0.7, 0.4}));
  REQUIRE(sampler.ok());
  const at::Tensor x = sample(**sampler, scalarVelocity, at::ones({1}), {});
  CHECK(std::isfinite(x.item<double>()));
}

TEST_CASE("the samplers are those that requests can name") {
  std::vector<std::string> words;
  for (const auto& info : kinora::core::samplers()) words.emplace_back(info.word);
  CHECK(samplerNames() == words);
}

TEST_CASE("consistency samplers put fresh noise of the seed on their guess of the sample") {
  const at::Tensor start = at::tensor(std::vector<float>{1.0F, -0.75F, 0.3F, 2.25F});
  for (const char* name : {"dmd", "lcm"}) {
    CAPTURE(name);
    const auto sampler = make(name, 4, 8);
    const auto& sigmas = sampler->schedule().sigmas;
    at::Tensor x = start;
    for (int i = 0; i < sampler->steps(); ++i) {
      const at::Tensor velocity = fixtureVelocity(x, sampler->timestep(), i);
      const at::Tensor clean = x - velocity * sigmas[static_cast<std::size_t>(i)];
      const double next = sigmas[static_cast<std::size_t>(i) + 1];
      const at::Tensor noise = kinora::tensor::normal(7, static_cast<std::uint64_t>(i) + 1, {4});
      x = sampler->step(velocity, x);
      CHECK(at::allclose(x, clean * (1 - next) + noise * next, 1e-6, 1e-6));
    }
  }
}

TEST_CASE("another seed gives other noise, the same seed the same") {
  const auto run = [](std::uint64_t seed) {
    auto sampler = makeSampler("dmd", SampleSettings{3, 8, seed});
    REQUIRE(sampler.ok());
    return sample(**sampler, fixtureVelocity, at::ones({8}), {});
  };
  CHECK(at::equal(run(1), run(1)));
  CHECK_FALSE(at::allclose(run(1), run(2)));
}

TEST_CASE("LightX2V's sampler is Euler over its own list") {
  const auto sampler = make("lightx2v", 4, 5);
  at::Tensor x = at::ones({1});
  double expected = 1;
  const double sigmas[] = {1.0, 0.9375, 0.8333333, 0.625, 0};
  const double timesteps[] = {1000, 937.5, 833.33333, 625};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(sampler->timestep() == doctest::Approx(timesteps[i]).epsilon(1e-7));
    expected += (sigmas[i + 1] - sigmas[i]) * (0.5 * expected + 0.2 * std::cos(timesteps[i] / 100));
    x = sampler->step(scalarVelocity(x, sampler->timestep(), 0), x);
    CHECK(x.item<double>() == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("a perfect velocity leads every sampler to the sample") {
  const at::Tensor target = at::tensor(std::vector<float>{0.5F, -1.25F});
  const at::Tensor noise = at::tensor(std::vector<float>{2.0F, 0.1F});
  for (const std::string& name : samplerNames()) {
    CAPTURE(name);
    const auto sampler = make(name, 6, 5);
    const auto& sigmas = sampler->schedule().sigmas;
    // dpm++ starts a little below pure noise. Fresh noise bends the way, so it is looked for anew in every step.
    const at::Tensor start = target + (noise - target) * sigmas.front();
    const auto straight = [&](const at::Tensor& x, double, int step) {
      return (x - target) / sigmas[static_cast<std::size_t>(step)];
    };
    const at::Tensor x = sample(*sampler, straight, start, {});
    CHECK(at::allclose(x, target, 1e-4, 1e-4));
  }
}

TEST_CASE("a run goes on after a restart as if it had never stopped") {
  for (const std::string& name : samplerNames()) {
    for (int stopAt = 0; stopAt <= make(name, 5, 5)->steps(); ++stopAt) {
      CAPTURE(name);
      CAPTURE(stopAt);
      const auto whole = make(name, 5, 5);
      at::Tensor x = at::full({3}, 1.5);
      const at::Tensor expected = sample(*make(name, 5, 5), fixtureVelocity, x, {});
      for (int i = 0; i < stopAt; ++i) x = whole->step(fixtureVelocity(x, whole->timestep(), i), x);
      const auto resumed = make(name, 5, 5);
      REQUIRE(resumed->restore(stopAt, whole->state()).ok());
      CHECK(resumed->position() == stopAt);
      CHECK(at::equal(sample(*resumed, fixtureVelocity, x, {}), expected));
    }
  }
}

TEST_CASE("a state that does not fit is refused") {
  const auto sampler = make("unipc", 5, 5);
  CHECK(sampler->restore(1, {}).error().code == ErrorCode::Corrupt);
  CHECK(sampler->restore(0, {{"previous", at::ones({1})}}).error().code == ErrorCode::Corrupt);
  CHECK(sampler->restore(-1, {}).error().code == ErrorCode::Corrupt);
  CHECK(sampler->restore(6, {}).error().code == ErrorCode::Corrupt);
  CHECK(make("euler", 5, 5)->restore(3, {}).ok());
}

TEST_CASE("bad settings are refused with a sentence") {
  CHECK(makeSampler("magic", SampleSettings{5, 5}).error().message ==
        "sampler; expected one of unipc, euler, dpm++, dmd, lightx2v, lcm, got \"magic\"");
  CHECK(makeSampler("unipc", SampleSettings{0, 5}).error().code == ErrorCode::InvalidInput);
  CHECK(makeSampler("dmd", SampleSettings{4, 8}).error().message == "steps; expected 3 for dmd, got 4");
  CHECK(makeSampler("unipc", SampleSettings{1001, 5}).error().code == ErrorCode::InvalidInput);
  for (const double shift :
       {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK(makeSampler("euler", SampleSettings{5, shift}).error().code == ErrorCode::InvalidInput);
  }
  CHECK(makeSampler("euler", fixedSchedule({0.5, 0.7})).error().code == ErrorCode::InvalidInput);
  CHECK(makeSampler("euler", fixedSchedule({1.5, 0.7})).error().code == ErrorCode::InvalidInput);
  CHECK(makeSampler("euler", Schedule{}).error().code == ErrorCode::InvalidInput);
}

TEST_CASE("misuse throws instead of computing nonsense") {
  const auto sampler = make("euler", 1, 5);
  CHECK_THROWS(sampler->step(at::ones({2}), at::ones({3})));
  sampler->step(at::ones({3}), at::ones({3}));
  CHECK_THROWS_AS(sampler->step(at::ones({3}), at::ones({3})), std::logic_error);
}

TEST_CASE("a half-precision velocity gives an f32 state and leaves x alone") {
  for (const std::string& name : samplerNames()) {
    const auto sampler = make(name, 4, 5);
    const at::Tensor x = at::ones({4});
    const at::Tensor next = sampler->step(at::full({4}, 0.5, at::kBFloat16), x);
    CHECK((next.scalar_type() == at::kFloat));
    CHECK(at::equal(x, at::ones({4})));
  }
}

TEST_CASE("a stop request ends the run before the next step") {
  std::stop_source source;
  const auto sampler = make("unipc", 5, 5);
  const auto run = [&] {
    sample(*sampler, scalarVelocity, at::ones({1}), kinora::tensor::StopCheck(source.get_token()),
           [&](const at::Tensor&, int done) {
             if (done == 2) source.request_stop();
           });
  };
  CHECK_THROWS_AS(run(), kinora::tensor::Stopped);
  CHECK(sampler->position() == 2);
}
