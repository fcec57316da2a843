// SPDX-License-Identifier: GPL-3.0-or-later
// The measures of training/mini/judges.py, whose tests show them right on rendered truth.
#include "tests/cli/clip_judges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <optional>

#include "engine/media/clip_reader.h"

namespace kinora::test {
namespace {

using core::Frame;

constexpr double kNoticeable = 18;     ///< grey levels between a moving part and what is behind it
constexpr double kLeastArea = 0.002;   ///< of the frame; smaller moving parts are noise
constexpr double kLeastTravel = 0.08;  ///< frame heights
constexpr double kLeastCamera = 0.2;   ///< of a full move

cv::Mat matOf(const Frame& frame) {
  return cv::Mat(frame.height(), frame.width(), CV_8UC3, const_cast<std::uint8_t*>(frame.data()), frame.stride());
}

/// Median of count frames from first, channel by channel.
cv::Mat plate(const Clip& clip, std::size_t first, std::size_t count) {
  cv::Mat out(clip[0].height(), clip[0].width(), CV_8UC3);
  std::vector<std::uint8_t> values(count);
  for (std::size_t i = 0; i < clip[0].byteCount(); ++i) {
    for (std::size_t k = 0; k < count; ++k) values[k] = clip[first + k].data()[i];
    std::nth_element(values.begin(), values.begin() + count / 2, values.end());
    out.data[i] = values[count / 2];
  }
  return out;
}

/// Largest channel difference of two plates, a little blurred, float.
cv::Mat difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat all, channels[3], most;
  cv::absdiff(a, b, all);
  cv::split(all, channels);
  most = cv::max(cv::max(channels[0], channels[1]), channels[2]);
  most.convertTo(most, CV_32F);
  cv::GaussianBlur(most, most, {}, 1.2);
  return most;
}

/// Centre of what stands out in a mask, in frame heights; nothing where hardly anything does.
std::optional<cv::Point2d> centreOf(cv::Mat mask) {
  mask = cv::max(mask - kNoticeable, 0.0);
  if (cv::countNonZero(mask) < kLeastArea * static_cast<double>(mask.total())) return {};
  const cv::Moments m = cv::moments(mask);
  return cv::Point2d(m.m10, m.m01) / m.m00 / mask.rows;
}

/// Shift x, y (pixels) and expansion (1/pixel) of a flow field, weighted by the picture's texture.
cv::Vec3d viewMotion(const cv::Mat& gray, const cv::Mat& flow) {
  cv::Mat gx, gy, texture;
  cv::Sobel(gray, gx, CV_32F, 1, 0);
  cv::Sobel(gray, gy, CV_32F, 0, 1);
  cv::magnitude(gx, gy, texture);
  cv::Vec3d sum;
  double weights = 0, radii = 0;
  for (int y = 0; y < flow.rows; ++y) {
    for (int x = 0; x < flow.cols; ++x) {
      const cv::Vec2f f = flow.at<cv::Vec2f>(y, x);
      const double w = texture.at<float>(y, x) + 1, dx = x - (flow.cols - 1) / 2.0, dy = y - (flow.rows - 1) / 2.0;
      sum += w * cv::Vec3d(f[0], f[1], f[0] * dx + f[1] * dy);
      weights += w;
      radii += w * (dx * dx + dy * dy);
    }
  }
  return {sum[0] / weights, sum[1] / weights, sum[2] / radii};
}

}  // namespace

Clip readClip(const std::string& path, core::Size size) {
  Clip clip;
  const auto reader = media::ClipReader::open(path);
  if (!reader) return clip;
  for (std::int64_t i = 0; i < (*reader)->info().frames; ++i) {
    auto frame = (*reader)->frame(i, size);
    if (!frame) return {};
    clip.push_back(*frame);
  }
  return clip;
}

std::string directionOf(const Clip& clip) {
  const std::size_t count = std::max<std::size_t>(1, clip.size() / 8);
  const cv::Mat begin = plate(clip, 0, count), middle = plate(clip, (clip.size() - count) / 2, count),
                end = plate(clip, clip.size() - count, count);
  const cv::Mat whole = difference(begin, end);
  const auto from = centreOf(cv::min(difference(begin, middle), whole));
  const auto to = centreOf(cv::min(difference(middle, end), whole));
  if (!from || !to) return "still";
  const cv::Point2d way = *to - *from;
  if (std::max(std::abs(way.x), std::abs(way.y)) < kLeastTravel) return "still";
  if (std::abs(way.x) > std::abs(way.y)) return way.x > 0 ? "right" : "left";
  return way.y > 0 ? "down" : "up";
}

std::string cameraOf(const Clip& clip) {
  const std::size_t step = std::max<std::size_t>(1, clip.size() / 20);
  const auto search = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
  cv::Vec3d total;
  cv::Mat before, now, flow;
  for (std::size_t i = 0; i < clip.size(); i += step) {
    cv::cvtColor(matOf(clip[i]), now, cv::COLOR_RGB2GRAY);
    if (!before.empty()) {
      search->calc(before, now, flow);
      total += viewMotion(before, flow);
    }
    before = now.clone();
  }
  // The view moves against the content. The scales are a full pan and tilt in frame heights, and a full zoom.
  const double height = clip[0].height();
  const std::array moves{-total[0] / height / 0.5, -total[1] / height / 0.28, total[2] / 0.36};
  const std::array<std::array<const char*, 2>, 3> names{
      {{"pan_left", "pan_right"}, {"tilt_up", "tilt_down"}, {"zoom_out", "zoom_in"}}};
  std::size_t largest = 0;
  for (std::size_t i = 1; i < moves.size(); ++i) {
    if (std::abs(moves[i]) > std::abs(moves[largest])) largest = i;
  }
  return std::abs(moves[largest]) < kLeastCamera ? "static" : names[largest][moves[largest] > 0];
}

double steadinessOf(const Clip& clip) {
  double sum = 0;
  for (std::size_t i = 1; i < clip.size(); ++i) sum += cv::norm(matOf(clip[i - 1]), matOf(clip[i]), cv::NORM_L1);
  return 1 - sum / static_cast<double>((clip.size() - 1) * clip[0].byteCount()) / 255;
}

double psnrOf(const Frame& a, const Frame& b) {
  const double error = cv::norm(matOf(a), matOf(b), cv::NORM_L2SQR) / static_cast<double>(a.byteCount());
  return 10 * std::log10(255 * 255 / std::max(error, 1e-3));
}

}  // namespace kinora::test
