// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/render/exporter.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/media/clip_writer.h"
#include "engine/project/project_file.h"
#include "engine/render/compositor.h"

namespace kinora::render {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Range {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

Result<Range> rangeOf(const core::ExportSpec& spec, const project::Project& project) {
  const std::int64_t length = project.timeline.length();
  if (length <= 0) return Error{ErrorCode::InvalidInput, "the timeline is empty; there is nothing to export", "export"};
  const Range range{spec.fromFrame, spec.toFrame < 0 ? length : std::min(spec.toFrame, length)};
  if (range.from < 0 || range.from >= range.to) {
    return Error{ErrorCode::InvalidInput,
                 "the range holds no frame; expected part of 0 to " + std::to_string(length) + ", got " +
                     std::to_string(spec.fromFrame) + " to " + std::to_string(spec.toFrame),
                 "export"};
  }
  return range;
}

/// Tells the caller at most ten times a second, and at the last frame.
class Reporter {
 public:
  Reporter(const std::function<void(const core::Progress&)>& progress, std::int64_t frames)
      : m_progress(progress), m_frames(frames), m_begin(Clock::now()) {}

  double elapsed() const { return secondsSince(m_begin); }

  void report(std::int64_t done) {
    const double now = elapsed();
    if (!m_progress || (done < m_frames && done > 0 && now - m_last < 0.1)) return;
    m_last = now;
    core::Progress p;
    p.stage = core::Stage::Write;
    p.step = static_cast<int>(done);
    p.steps = static_cast<int>(m_frames);
    p.fraction = static_cast<double>(done) / static_cast<double>(m_frames);
    p.elapsedSeconds = now;
    if (done > 0) p.etaSeconds = now / static_cast<double>(done) * static_cast<double>(m_frames - done);
    m_progress(p);
  }

 private:
  const std::function<void(const core::Progress&)>& m_progress;
  std::int64_t m_frames;
  Clock::time_point m_begin;
  double m_last = 0;
};

}  // namespace

core::Size exportSize(core::Size project, int shortSide) {
  const int side = std::min(project.width, project.height);
  const double factor = shortSide > 0 && side > shortSide ? static_cast<double>(shortSide) / side : 1.0;
  const auto even = [&](int v) { return std::max(2, 2 * static_cast<int>(std::lround(v * factor / 2))); };
  return {even(project.width), even(project.height)};
}

Result<core::JobOutcome> exportTimeline(const core::ExportSpec& spec, const ExportPreset& preset,
                                        const std::string& output,
                                        const std::function<void(const core::Progress&)>& progress,
                                        std::stop_token stop) {
  Result<project::Project> project = project::fromJson(spec.projectJson, spec.projectDir);
  if (!project) return project.error();
  const Result<Range> range = rangeOf(spec, *project);
  if (!range) return range.error();
  media::ClipWriterOptions options;
  options.size = exportSize(project->size, preset.shortSide);
  options.fps = project->fps;
  options.crf = preset.crf;
  options.preset = preset.speed;
  options.title = project->name;
  auto writer = media::ClipWriter::create(output, options);
  if (!writer) return writer.error();
  const Error cancelled{ErrorCode::Cancelled, "the export was cancelled", output};
  Compositor compositor(std::move(project).value());
  Reporter reporter(progress, range->to - range->from);
  reporter.report(0);
  double composing = 0;
  for (std::int64_t frame = range->from; frame < range->to; ++frame) {
    if (stop.stop_requested()) return cancelled;
    const Clock::time_point begin = Clock::now();
    const Result<core::Frame> composed = compositor.frameAt(frame, options.size);
    composing += secondsSince(begin);
    if (!composed) return composed.error();
    if (auto pushed = writer.value()->push(*composed); !pushed) return pushed.error();
    reporter.report(frame + 1 - range->from);
  }
  Result<core::ClipInfo> clip = writer.value()->finish(stop);
  if (!clip) return clip.error();
  core::JobOutcome outcome;
  outcome.clip = std::move(clip).value();
  const double total = reporter.elapsed();
  outcome.timings = {{"compose", composing}, {"write", total - composing}, {"total", total}};
  return outcome;
}

}  // namespace kinora::render
