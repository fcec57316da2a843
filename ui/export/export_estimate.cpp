// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/export/export_estimate.h"

#include <QFileInfo>
#include <QString>
#include <algorithm>
#include <cmath>

namespace kinora::exporting {
namespace {

constexpr int kTakeCrf = 17;          ///< what takes are written with
constexpr double kCrfHalving = 6;     ///< x264: +6 is about half the rate
constexpr double kPixelPower = 0.75;  ///< twice the pixels need less than twice the bits

/// Bytes that a second of the asset takes; 0 for pictures and files that are not there.
double bytesPerSecond(const project::Asset& asset) {
  const double seconds = asset.info.duration.toDouble();
  if (asset.offline || asset.info.kind != core::MediaKind::Video || seconds <= 0) return 0;
  return static_cast<double>(QFileInfo(QString::fromStdString(asset.info.path)).size()) / seconds;
}

double pixels(const core::Size& size) {
  return static_cast<double>(size.width) * size.height;
}

}  // namespace

double estimateBytes(const project::Project& project, std::int64_t from, std::int64_t to, const core::Size& size,
                     int crf) {
  if (!project.fps.isPositive() || size.isEmpty()) return 0;
  const double quality = std::exp2((kTakeCrf - crf) / kCrfHalving);
  double bytes = 0;
  for (const project::Track& track : project.timeline.tracks) {
    if (track.kind != project::TrackKind::Video || track.hidden) continue;
    for (const project::Clip& clip : track.clips) {
      const std::int64_t frames = std::min(clip.end(), to) - std::max(clip.start, from);
      const project::Asset* asset = project.asset(clip.asset);
      if (frames <= 0 || !asset || asset->info.size.isEmpty()) continue;
      const double seconds = static_cast<double>(frames) / project.fps.toDouble();
      const double area = std::pow(pixels(size) / pixels(asset->info.size), kPixelPower);
      bytes += bytesPerSecond(*asset) * seconds * area * quality;
    }
  }
  return bytes;
}

}  // namespace kinora::exporting
