// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/detail/reference_scaler.h"

#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "engine/image/resample.h"

namespace kinora::detail {
namespace {

// Width that motion is looked for at: search patches of 8 pixels must be smaller than what moves.
constexpr int kMotionWidth = 512;
// A difference of so many 8-bit steps halves the belief that a place is the same as in the first frame.
constexpr double kHalfBelief = 9;
// Variance (squared steps) under which a place counts as plain: there is no pattern that could fit or not.
constexpr float kPlain = 16;
constexpr int kPattern = 7;  // pixels over which places are compared
// Model pixels that blur away what an autoencoder loses of its own first frame: a quarter of a latent cell.
constexpr double kLost = 2;
// Pixels of motion since the first frame, at the size motion is looked for at, up to which a place counts as still.
constexpr double kStill = 1;
// Of a place's belief, so much is that of the frame before: single frames do not flicker.
constexpr double kMemory = 0.35;

cv::Mat blurred(const cv::Mat& image) {
  cv::Mat out;
  cv::blur(image, out, {kPattern, kPattern});
  return out;
}

/// image at where field points, by a bicubic or linear kernel; outside, the edge. image of any depth OpenCV remaps.
cv::Mat warped(const cv::Mat& image, const cv::Mat& field, int interpolation) {
  cv::Mat map(field.size(), CV_32FC2);
  for (int y = 0; y < field.rows; ++y) {
    const auto* from = field.ptr<cv::Vec2f>(y);
    auto* to = map.ptr<cv::Vec2f>(y);
    for (int x = 0; x < field.cols; ++x) {
      to[x] = {static_cast<float>(x) + from[x][0], static_cast<float>(y) + from[x][1]};
    }
  }
  cv::Mat out;
  cv::remap(image, out, map, cv::noArray(), interpolation, cv::BORDER_REPLICATE);
  return out;
}

/// How badly first, taken along field, explains now: 8-bit steps, averaged over the neighbourhood.
cv::Mat misfit(const cv::Mat& first, const cv::Mat& now, const cv::Mat& field) {
  cv::Mat difference;
  cv::absdiff(warped(first, field, cv::INTER_LINEAR), now, difference);
  difference.convertTo(difference, CV_32F);
  return blurred(difference);
}

/// Follows a clip frame by frame. Fields hold, for each pixel, how far away its origin lies: f32 (x, y) in pixels of
/// the frames. The way back to the first frame is the way to the frame before and on from there; dense inverse search
/// (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016) between the two ends then takes out what has
/// added up, wherever that explains the frame better.
class MotionToFirst {
 public:
  MotionToFirst();

  /// gray: the next frame, 8 bit, all of one size.
  void push(const cv::Mat& gray);
  /// From the frame pushed last to the first: CV_32FC2.
  const cv::Mat& field() const { return m_field; }
  /// From the frame pushed last to the one before it; empty at the first.
  const cv::Mat& step() const { return m_step; }

 private:
  cv::Ptr<cv::DISOpticalFlow> m_search;
  cv::Mat m_first;
  cv::Mat m_previous;
  cv::Mat m_step;
  cv::Mat m_field;
};

MotionToFirst::MotionToFirst() : m_search(cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM)) {
  m_search->setFinestScale(0);
}

void MotionToFirst::push(const cv::Mat& gray) {
  if (m_first.empty()) {
    m_first = gray.clone();
    m_field = cv::Mat::zeros(gray.size(), CV_32FC2);
  } else {
    cv::Mat step = m_step.empty() ? cv::Mat() : m_step.clone();  // motion goes on as it was: a good place to start
    m_search->calc(gray, m_previous, step);
    m_step = step;
    const cv::Mat chained = m_step + warped(m_field, m_step, cv::INTER_LINEAR);
    cv::Mat direct = chained.clone();
    m_search->calc(gray, m_first, direct);
    m_field = chained;
    direct.copyTo(m_field, misfit(m_first, gray, direct) < misfit(m_first, gray, chained));
  }
  m_previous = gray.clone();
}

cv::Mat view(const core::Frame& frame) {
  return {frame.height(), frame.width(), CV_8UC3, const_cast<std::uint8_t*>(frame.data()), frame.stride()};
}

core::Frame toFrame(const cv::Mat& pixels) {
  const auto bytes = static_cast<std::size_t>(pixels.cols) * 3 * static_cast<std::size_t>(pixels.rows);
  std::shared_ptr<std::uint8_t[]> copy(new std::uint8_t[bytes]);
  std::memcpy(copy.get(), pixels.data, bytes);
  return {pixels.cols, pixels.rows, std::move(copy)};
}

cv::Mat grayFloat(const cv::Mat& rgb) {
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  gray.convertTo(gray, CV_32F);
  return gray;
}

/// How far `seen` has the pattern that `expected` has, 0…1: the slope of the local linear fit of one by the other
/// (He et al., "Guided Image Filtering", 2010, section 3). Fog halves a pattern, and so its detail.
cv::Mat patternKept(const cv::Mat& expected, const cv::Mat& seen) {
  const cv::Mat meanExpected = blurred(expected), meanSeen = blurred(seen);
  const cv::Mat variance = blurred(expected.mul(expected)) - meanExpected.mul(meanExpected);
  const cv::Mat covariance = blurred(expected.mul(seen)) - meanExpected.mul(meanSeen);
  cv::Mat slope = (covariance + kPlain) / (variance + kPlain);
  slope = cv::min(cv::max(slope, 0), 1);
  return slope;
}

cv::Mat softened(const cv::Mat& image, double spread) {
  cv::Mat out;
  cv::GaussianBlur(image, out, {0, 0}, spread, 0, cv::BORDER_REPLICATE);
  return out;
}

/// 1 where two pictures are equal, halved by each kHalfBelief of difference squared: CV_32F.
cv::Mat likeness(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  cv::Mat mean;
  cv::transform(difference, mean, cv::Matx13f(1.0F / 3, 1.0F / 3, 1.0F / 3));
  mean.convertTo(mean, CV_32F, 1 / kHalfBelief);
  cv::Mat out;
  const cv::Mat local = blurred(mean);
  cv::exp(local.mul(local) * -std::log(2.0), out);
  return out;
}

/// 1 where field points into the picture, 0 outside.
cv::Mat inside(const cv::Mat& field) {
  cv::Mat out(field.size(), CV_32F);
  for (int y = 0; y < field.rows; ++y) {
    const auto* from = field.ptr<cv::Vec2f>(y);
    auto* to = out.ptr<float>(y);
    for (int x = 0; x < field.cols; ++x) {
      const float u = static_cast<float>(x) + from[x][0], v = static_cast<float>(y) + from[x][1];
      const bool in = u >= -0.5F && v >= -0.5F && u <= static_cast<float>(field.cols) - 0.5F &&
                      v <= static_cast<float>(field.rows) - 0.5F;
      to[x] = in ? 1 : 0;
    }
  }
  return out;
}

}  // namespace

struct ReferenceScaler::Impl {
  core::Frame picture;  ///< at the output's size
  core::Size output;
  core::Size work;  ///< size that motion is looked for at
  MotionToFirst motion;
  cv::Mat first;     ///< at work size
  cv::Mat detail;    ///< CV_16SC3, output size: picture minus the first frame enlarged
  cv::Mat restored;  ///< CV_32F, work size: how far the first frame is the picture, but for lost texture
  cv::Mat seen;      ///< the same, with all its texture
  cv::Mat belief;    ///< CV_32F, work size: of the frame before

  void begin(const core::Frame& frame);
  /// How far each place of the frame shows the first frame, carried along: work size, 0…1.
  cv::Mat beliefIn(const cv::Mat& now);
  /// How much of the detail each place of the frame pushed last may have: lost texture comes back only where hardly
  /// anything moved, for the flow between frames that lack it does not follow it to the pixel.
  cv::Mat due() const;
};

ReferenceScaler::ReferenceScaler(const core::Frame& picture, core::Size output) : m_impl(new Impl) {
  m_impl->picture = image::coverCrop(picture, output);
  m_impl->output = output;
}

ReferenceScaler::~ReferenceScaler() = default;

void ReferenceScaler::Impl::begin(const core::Frame& frame) {
  const int width = std::max(frame.width(), std::min(output.width, kMotionWidth));
  work = {width,
          std::max(8, static_cast<int>(std::lround(static_cast<double>(width) * frame.height() / frame.width())))};
  first = view(image::resizeLanczos(frame, work)).clone();
  const core::Frame enlarged = image::resizeLanczos(frame, output);
  cv::subtract(view(picture), view(enlarged), detail, cv::noArray(), CV_16S);
  // A first frame that is not the picture has nothing to give. Fine texture says nothing about that: the model's
  // autoencoder has lost it, and it is just what is to come back.
  const double spread = kLost * width / frame.width();
  const cv::Mat small = view(image::resizeLanczos(picture, work)).clone();
  const cv::Mat ours = softened(small, spread), theirs = softened(first, spread);
  restored = likeness(ours, theirs).mul(patternKept(grayFloat(ours), grayFloat(theirs)));
  seen = cv::min(likeness(small, first), restored);
  belief = cv::Mat::ones(first.size(), CV_32F);
}

cv::Mat ReferenceScaler::Impl::beliefIn(const cv::Mat& now) {
  const cv::Mat expected = warped(first, motion.field(), cv::INTER_LINEAR);
  cv::Mat fresh = likeness(expected, now).mul(patternKept(grayFloat(expected), grayFloat(now)));
  fresh = fresh.mul(inside(motion.field()));
  const cv::Mat before = warped(belief, motion.step(), cv::INTER_LINEAR);
  belief = fresh * (1 - kMemory) + cv::min(before, fresh * 2) * kMemory;
  return belief;
}

cv::Mat ReferenceScaler::Impl::due() const {
  std::vector<cv::Mat> way;
  cv::split(motion.field(), way);
  cv::Mat still;
  cv::exp((way[0].mul(way[0]) + way[1].mul(way[1])) * (-0.5 / (kStill * kStill)), still);
  const cv::Mat known = warped(seen, motion.field(), cv::INTER_LINEAR);
  const cv::Mat all = warped(restored, motion.field(), cv::INTER_LINEAR);
  return known + (all - known).mul(still);
}

core::Result<core::Frame> ReferenceScaler::scale(const core::Frame& frame) {
  Impl& impl = *m_impl;
  const bool first = impl.detail.empty();
  if (first) impl.begin(frame);
  const cv::Mat now = view(image::resizeLanczos(frame, impl.work)).clone();
  cv::Mat gray;
  cv::cvtColor(now, gray, cv::COLOR_RGB2GRAY);
  impl.motion.push(gray);
  const core::Frame enlarged = image::resizeLanczos(frame, impl.output);
  cv::Mat out, belief, field;
  const cv::Size size(impl.output.width, impl.output.height);
  const cv::Mat shown = first ? impl.restored : cv::Mat(impl.beliefIn(now).mul(impl.due()));
  cv::resize(shown, belief, size, 0, 0, cv::INTER_LINEAR);
  cv::resize(impl.motion.field(), field, size, 0, 0, cv::INTER_LINEAR);
  cv::multiply(field,
               cv::Scalar(static_cast<double>(size.width) / impl.work.width,
                          static_cast<double>(size.height) / impl.work.height),
               field);
  const cv::Mat carried = warped(impl.detail, field, cv::INTER_CUBIC);
  out.create(size, CV_8UC3);
  const cv::Mat base = view(enlarged);
  for (int y = 0; y < size.height; ++y) {
    const auto* weight = belief.ptr<float>(y);
    const auto* extra = carried.ptr<cv::Vec3s>(y);
    const auto* plain = base.ptr<cv::Vec3b>(y);
    auto* to = out.ptr<cv::Vec3b>(y);
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        to[x][c] = cv::saturate_cast<std::uint8_t>(static_cast<float>(plain[x][c]) +
                                                   weight[x] * static_cast<float>(extra[x][c]));
      }
    }
  }
  return toFrame(out);
}

}  // namespace kinora::detail
