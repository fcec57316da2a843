// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/result.h"
#include "engine/project/project.h"

namespace kinora::session {

/// Turns a project into frames, on the worker's thread only. The studio's is render::Compositor; tests bring their own.
class FrameRenderer {
 public:
  virtual ~FrameRenderer() = default;
  virtual void setProject(project::Project project) = 0;
  virtual core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size) = 0;
};
using RendererFactory = std::function<std::unique_ptr<FrameRenderer>()>;
/// Makes renderers over render::Compositor.
RendererFactory compositorRenderers();

/// The thread that decodes ahead. It works through a list of wanted frames, which the UI thread replaces at will: the
/// latest wish wins. All calls from one thread (the UI's); deliver is called on the worker's.
class PlaybackWorker {
 public:
  static constexpr int kChannels = 2;  ///< program and source keep a renderer each

  struct Wish {
    int channel = 0;
    std::uint64_t revision = 0;  ///< comes back with each frame
    core::Size size;
    std::vector<std::int64_t> frames;  ///< in the order they are needed
  };
  struct Delivery {
    int channel = 0;
    std::uint64_t revision = 0;
    core::Size size;
    std::int64_t frame = 0;
    core::Result<core::Frame> picture = core::Frame();
    std::int64_t nanoseconds = 0;  ///< time it took
  };
  using Deliver = std::function<void(Delivery)>;

  PlaybackWorker(RendererFactory factory, Deliver deliver);
  /// Waits for the frame under way.
  ~PlaybackWorker();

  void setProject(int channel, project::Project project);
  void want(Wish wish);
  /// One frame in the project's full size, before all others.
  void grab(int channel, std::int64_t frame, std::function<void(core::Result<core::Frame>)> done);

 private:
  struct Grab {
    int channel;
    std::int64_t frame;
    std::function<void(core::Result<core::Frame>)> done;
  };
  void loop(const std::stop_token& stop);
  core::Result<core::Frame> render(int channel, std::int64_t frame, core::Size size);

  RendererFactory m_factory;
  Deliver m_deliver;
  std::mutex m_mutex;
  std::condition_variable_any m_wake;
  std::array<std::optional<project::Project>, kChannels> m_projects;  ///< not yet handed to their renderer
  Wish m_wish;
  std::optional<Delivery> m_underWay;
  std::deque<Grab> m_grabs;
  std::array<std::unique_ptr<FrameRenderer>, kChannels> m_renderers;  ///< the worker thread's own
  std::jthread m_thread;
};

}  // namespace kinora::session
