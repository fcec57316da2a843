// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "engine/core/frame.h"
#include "engine/core/result.h"
#include "engine/project/project.h"

namespace kinora::render {

/// Timeline -> frame at time t: the one place where a timeline becomes pixels, for preview and export alike. The
/// top-most visible video track with a clip at that time wins; gaps and offline media are black. Each clip is fitted
/// into the frame (padded with black). Holds open readers between calls. One thread at a time.
class Compositor {
 public:
  explicit Compositor(project::Project project);
  ~Compositor();

  /// A changed project; readers of unchanged assets stay open.
  void setProject(project::Project project);
  const project::Project& project() const;
  /// frame: timeline frame >= 0; size empty: the project's. Beyond the end: black.
  core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace kinora::render
