// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/diffusion/schedule.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/engine/diffusion/fixture.h"

using kinora::diffusion::fixedSchedule;
using kinora::diffusion::makeSchedule;
using kinora::diffusion::Schedule;
using kinora::diffusion::ScheduleKind;

namespace {

ScheduleKind kindOf(const std::string& sampler) {
  if (sampler == "unipc") return ScheduleKind::UniPc;
  return sampler == "euler" ? ScheduleKind::Euler : ScheduleKind::Dpm;
}

using List = std::vector<double>;

}  // namespace

TEST_CASE("sigmas and timesteps are those of diffusers, bit for bit") {
  const auto document = kinora::test::diffusersRuns();
  REQUIRE(document["runs"].size() == 33);
  for (const auto& run : document["runs"]) {
    CAPTURE(run["sampler"].get<std::string>());
    CAPTURE(run["steps"].get<int>());
    CAPTURE(run["shift"].get<double>());
    const Schedule schedule = makeSchedule(kindOf(run["sampler"]), run["steps"], run["shift"]);
    REQUIRE(schedule.sigmas.size() == run["sigmas"].size());
    for (std::size_t i = 0; i < schedule.sigmas.size(); ++i) {
      CHECK(schedule.sigmas[i] == run["sigmas"][i].get<float>());
    }
    CHECK(schedule.timesteps == run["timesteps"].get<List>());
  }
}

TEST_CASE("timesteps of the published settings") {
  // The original code's lists, which are ScheduleKind::Dpm.
  CHECK(makeSchedule(ScheduleKind::Dpm, 40, 12).timesteps ==
        List{999, 997, 995, 993, 990, 988, 985, 982, 979, 976, 972, 969, 965, 961, 956, 952, 947, 941, 936, 929,
             922, 915, 907, 898, 888, 877, 865, 852, 837, 819, 799, 776, 749, 717, 678, 631, 571, 492, 386, 235});
  CHECK(makeSchedule(ScheduleKind::Dpm, 40, 5).timesteps ==
        List{999, 994, 989, 983, 978, 972, 965, 959, 952, 944, 937, 929, 920, 911, 902, 892, 882, 870, 859, 846,
             833, 818, 803, 786, 768, 749, 728, 706, 681, 654, 624, 591, 555, 514, 468, 416, 356, 288, 208, 113});
  CHECK(makeSchedule(ScheduleKind::Dpm, 50, 5).timesteps ==
        List{999, 995, 991, 987, 982, 978, 973, 968, 963, 957, 952, 946, 940, 934, 927, 920, 913,
             906, 898, 890, 882, 873, 863, 854, 843, 833, 821, 809, 796, 783, 768, 753, 737, 720,
             701, 681, 660, 636, 611, 584, 555, 522, 487, 448, 405, 356, 302, 241, 172, 92});
  CHECK(makeSchedule(ScheduleKind::Dpm, 50, 8).timesteps ==
        List{999, 997, 994, 991, 989, 986, 983, 979, 976, 973, 969, 965, 961, 957, 953, 948, 944,
             939, 934, 928, 922, 916, 910, 903, 896, 888, 880, 871, 862, 852, 841, 830, 817, 804,
             789, 773, 756, 737, 716, 692, 666, 636, 603, 565, 521, 470, 409, 337, 249, 140});
  CHECK(makeSchedule(ScheduleKind::Dpm, 40, 3).timesteps ==
        List{999, 991, 982, 973, 963, 954, 944, 933, 922, 911, 899, 887, 874, 861, 847, 832, 817, 801, 785, 767,
             749, 730, 710, 688, 666, 642, 617, 590, 562, 531, 499, 465, 428, 388, 345, 299, 249, 195, 136, 71});
  CHECK(makeSchedule(ScheduleKind::Dpm, 50, 16).timesteps ==
        List{999, 998, 997, 995, 994, 993, 991, 989, 988, 986, 984, 982, 980, 978, 976, 973, 971,
             968, 965, 963, 959, 956, 953, 949, 945, 941, 936, 931, 926, 920, 914, 907, 899, 891,
             882, 872, 861, 848, 834, 818, 799, 778, 752, 722, 685, 639, 581, 504, 399, 245});
  CHECK(makeSchedule(ScheduleKind::Dpm, 20, 5).timesteps ==
        List{999, 989, 978, 965, 952, 937, 920, 902, 882, 859, 833, 803, 768, 728, 681, 624, 555, 468, 356, 208});
  CHECK(makeSchedule(ScheduleKind::OriginalDpm, 20, 5).timesteps ==
        List{1000, 989, 978, 965, 952, 937, 921, 902, 882, 859, 833, 803, 769, 729, 681, 625, 555, 468, 357, 208});
  CHECK(makeSchedule(ScheduleKind::UniPc, 20, 5).timesteps ==
        List{999, 989, 978, 965, 952, 937, 921, 902, 882, 859, 833, 803, 769, 729, 682, 625, 556, 470, 359, 211});
  CHECK(makeSchedule(ScheduleKind::Dpm, 6, 5).timesteps == List{999, 961, 908, 833, 713, 499});
}

TEST_CASE("the shift decides how many steps lie above an expert boundary") {
  const auto above = [](int steps, double shift, ScheduleKind kind, double boundary) {
    const List t = makeSchedule(kind, steps, shift).timesteps;
    return std::count_if(t.begin(), t.end(), [&](double value) { return value >= boundary; });
  };
  CHECK(above(40, 12, ScheduleKind::Dpm, 875) == 26);
  CHECK(above(40, 5, ScheduleKind::Dpm, 900) == 15);
  CHECK(above(40, 3, ScheduleKind::UniPc, 875) == 13);
  CHECK(above(40, 3, ScheduleKind::UniPc, 900) == 11);
}

TEST_CASE("Euler's timesteps are fractional and its minimum is shifted twice") {
  const Schedule twenty = makeSchedule(ScheduleKind::Euler, 20, 5);
  const List start{1000, 989.07, 977.14, 964.06, 949.67};
  for (std::size_t i = 0; i < start.size(); ++i) {
    CHECK(twenty.timesteps[i] == doctest::Approx(start[i]).epsilon(1e-5));
  }
  CHECK(twenty.timesteps[17] == doctest::Approx(381.27).epsilon(1e-5));
  CHECK(twenty.timesteps[19] == doctest::Approx(24.41).epsilon(2e-4));
  const List six{1000, 952.66, 883.21, 771.43, 561.65, 24.41};
  const Schedule schedule = makeSchedule(ScheduleKind::Euler, 6, 5);
  for (std::size_t i = 0; i < six.size(); ++i) CHECK(schedule.timesteps[i] == doctest::Approx(six[i]).epsilon(2e-4));
}

TEST_CASE("sigmas of the self-test of the original schedules") {
  const List unipc{0.9997998, 0.9521540, 0.8820932, 0.7689347, 0.5552468, 0};
  const List dpm{1, 0.9523810, 0.8823529, 0.7692308, 0.5555556, 0};
  const Schedule a = makeSchedule(ScheduleKind::Dpm, 5, 5);
  const Schedule b = makeSchedule(ScheduleKind::OriginalDpm, 5, 5);
  for (std::size_t i = 0; i < unipc.size(); ++i) {
    CHECK(a.sigmas[i] == doctest::Approx(unipc[i]).epsilon(1e-7));
    CHECK(b.sigmas[i] == doctest::Approx(dpm[i]).epsilon(1e-7));
  }
  CHECK(a.timesteps == List{999, 952, 882, 768, 555});
  CHECK(b.timesteps == List{1000, 952, 882, 769, 555});
}

TEST_CASE("one step, any shift and a thousand steps give falling levels") {
  for (const ScheduleKind kind : {ScheduleKind::UniPc, ScheduleKind::Euler, ScheduleKind::Dpm,
                                  ScheduleKind::OriginalDpm, ScheduleKind::FewStep}) {
    for (const int steps : {1, 2, 7, 1000}) {
      for (const double shift : {0.5, 1.0, 3.7, 16.0}) {
        CAPTURE(steps);
        CAPTURE(shift);
        const Schedule schedule = makeSchedule(kind, steps, shift);
        REQUIRE(schedule.steps() == steps);
        CHECK(schedule.sigmas.front() <= 1.0F);
        CHECK(schedule.sigmas.back() == 0.0F);
        CHECK(std::is_sorted(schedule.sigmas.rbegin(), schedule.sigmas.rend()));
        CHECK(std::adjacent_find(schedule.sigmas.begin(), schedule.sigmas.end()) == schedule.sigmas.end());
      }
    }
  }
}

TEST_CASE("the lists of distilled models") {
  const auto check = [](const Schedule& schedule, const List& sigmas, const List& timesteps) {
    REQUIRE(schedule.sigmas.size() == sigmas.size());
    for (std::size_t i = 0; i < sigmas.size(); ++i) CHECK(std::abs(schedule.sigmas[i] - sigmas[i]) < 6e-6);
    REQUIRE(schedule.timesteps.size() == timesteps.size());
    for (std::size_t i = 0; i < timesteps.size(); ++i) CHECK(std::abs(schedule.timesteps[i] - timesteps[i]) < 5e-3);
  };
  check(makeSchedule(ScheduleKind::FewStep, 4, 5), {1, 0.9375, 0.83333, 0.625, 0}, {1000, 937.5, 833.33, 625});
  // First and last frame: shift 16.
  check(makeSchedule(ScheduleKind::FewStep, 4, 16), {1, 48.0 / 49, 16.0 / 17, 16.0 / 19, 0},
        {1000, 979.592, 941.176, 842.105});
  check(makeSchedule(ScheduleKind::Dmd, 3, 8), {1, 0.75676, 0.52174, 0}, {1000, 757, 522});
  check(makeSchedule(ScheduleKind::Dmd, 3, 5), {1, 0.75710, 0.52156, 0}, {1000, 757, 522});
}

TEST_CASE("the distilled lists leave the first two of four steps to the high-noise expert") {
  for (const double boundary : {875.0, 900.0}) {
    const List t = makeSchedule(ScheduleKind::FewStep, 4, 5).timesteps;
    CHECK(std::count_if(t.begin(), t.end(), [&](double value) { return value >= boundary; }) == 2);
  }
}

TEST_CASE("a fixed list keeps its levels and fractional timesteps") {
  const Schedule schedule = fixedSchedule({1.0, 0.9375, 0.83333, 0.625});
  CHECK(schedule.sigmas == std::vector<float>{1.0F, 0.9375F, 0.83333F, 0.625F, 0.0F});
  CHECK(schedule.timesteps[1] == doctest::Approx(937.5));
  CHECK(schedule.timesteps[2] == doctest::Approx(833.33));
}
