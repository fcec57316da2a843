// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/frame_index.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/rational.h>
}

namespace kinora::media {
namespace {

constexpr std::int64_t kMaxRateTerm = 100'000;  // keeps products of rates and frame numbers far from overflow

core::Rational reduced(double rate) {
  const AVRational r = av_d2q(rate, kMaxRateTerm);
  return {r.num, r.den};
}

bool isSane(const core::Rational& rate) {
  return rate.isPositive() && rate <= core::Rational(1000) && rate.num() <= 1'000'000 && rate.den() <= kMaxRateTerm;
}

/// Every picture within 0.3 frames of where a constant rate puts it: wide enough for time bases of a millisecond, too
/// narrow for a missing or doubled picture.
bool fits(const FrameIndex& index, const core::Rational& rate) {
  const double perFrame = 1.0 / (rate.toDouble() * index.timeBase.toDouble());
  const double slack = std::max(1.0, 0.3 * perFrame);
  if (slack > 0.5 * perFrame) return false;
  for (std::size_t i = 0; i < index.times.size(); ++i) {
    const double expected = static_cast<double>(index.times[0]) + static_cast<double>(i) * perFrame;
    if (std::abs(static_cast<double>(index.times[i]) - expected) > slack) return false;
  }
  return true;
}

}  // namespace

std::int64_t FrameIndex::timeOf(std::int64_t number) const {
  if (constantRate) return times[static_cast<std::size_t>(number)];
  const double time =
      static_cast<double>(times[0]) + static_cast<double>(number) / (fps.toDouble() * timeBase.toDouble());
  // A picture that begins within the rounding of this instant is on screen.
  const auto after = std::upper_bound(times.begin(), times.end(), static_cast<std::int64_t>(std::floor(time + 0.5)));
  return after == times.begin() ? times.front() : *(after - 1);
}

std::int64_t FrameIndex::keyBefore(std::int64_t time) const {
  const auto after = std::upper_bound(keyTimes.begin(), keyTimes.end(), time);
  if (after != keyTimes.begin()) return *(after - 1);
  return times.front();
}

void finishIndex(FrameIndex& index, const std::vector<core::Rational>& rates, std::int64_t lastDuration) {
  std::sort(index.times.begin(), index.times.end());
  index.times.erase(std::unique(index.times.begin(), index.times.end()), index.times.end());
  std::sort(index.keyTimes.begin(), index.keyTimes.end());
  const auto count = static_cast<std::int64_t>(index.times.size());
  index.frames = count;
  index.constantRate = true;
  std::vector<core::Rational> candidates;
  for (const core::Rational& rate : rates) {
    if (isSane(rate)) candidates.push_back(rate);
  }
  if (count == 1) {
    index.fps = candidates.empty() ? core::Rational(25) : candidates.front();
    return;
  }
  const double span = static_cast<double>(index.times.back() - index.times.front()) * index.timeBase.toDouble();
  const double average = static_cast<double>(count - 1) / span;
  for (const core::Rational common :
       {core::Rational(24), core::Rational(24000, 1001), core::Rational(25), core::Rational(30),
        core::Rational(30000, 1001), core::Rational(50), core::Rational(60), core::Rational(60000, 1001),
        core::Rational(12), core::Rational(15), core::Rational(16)}) {
    if (std::abs(common.toDouble() / average - 1) < 0.02) candidates.push_back(common);
  }
  candidates.push_back(reduced(std::min(average, 1000.0)));
  for (const core::Rational& rate : candidates) {
    if (!isSane(rate) || !fits(index, rate)) continue;
    index.fps = rate;
    return;
  }
  index.constantRate = false;
  const double last = static_cast<double>(std::max<std::int64_t>(lastDuration, 0)) * index.timeBase.toDouble();
  const double length = span + (last > 0 ? last : 1 / average);
  index.fps = reduced(std::clamp(static_cast<double>(count) / length, 0.001, 1000.0));
  index.frames = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::llround(length * index.fps.toDouble())));
}

}  // namespace kinora::media
