// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/playback_worker.h"

#include <chrono>
#include <exception>
#include <utility>

#include "engine/render/compositor.h"

namespace kinora::session {
namespace {

class CompositorRenderer : public FrameRenderer {
 public:
  void setProject(project::Project project) override {
    if (m_compositor) {
      m_compositor->setProject(std::move(project));
    } else {
      m_compositor = std::make_unique<render::Compositor>(std::move(project));
    }
  }
  core::Result<core::Frame> frameAt(std::int64_t frame, core::Size size) override {
    if (!m_compositor) return core::Error{core::ErrorCode::Internal, "no project to render", "playback"};
    return m_compositor->frameAt(frame, size);
  }

 private:
  std::unique_ptr<render::Compositor> m_compositor;
};

}  // namespace

RendererFactory compositorRenderers() {
  return [] { return std::make_unique<CompositorRenderer>(); };
}

PlaybackWorker::PlaybackWorker(RendererFactory factory, Deliver deliver)
    : m_factory(std::move(factory)), m_deliver(std::move(deliver)) {
  m_thread = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

PlaybackWorker::~PlaybackWorker() {
  m_thread.request_stop();
  m_thread.join();
}

void PlaybackWorker::setProject(int channel, project::Project project) {
  const std::lock_guard lock(m_mutex);
  m_projects[static_cast<std::size_t>(channel)] = std::move(project);
}

void PlaybackWorker::want(Wish wish) {
  {
    const std::lock_guard lock(m_mutex);
    m_wish = std::move(wish);
    // The frame under way is on its way: not twice.
    if (m_underWay && m_underWay->revision == m_wish.revision && m_underWay->size == m_wish.size &&
        m_underWay->channel == m_wish.channel) {
      std::erase(m_wish.frames, m_underWay->frame);
    }
  }
  m_wake.notify_one();
}

void PlaybackWorker::grab(int channel, std::int64_t frame, std::function<void(core::Result<core::Frame>)> done) {
  {
    const std::lock_guard lock(m_mutex);
    m_grabs.push_back({channel, frame, std::move(done)});
  }
  m_wake.notify_one();
}

void PlaybackWorker::loop(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(m_mutex);
    if (!m_wake.wait(lock, stop, [this] { return !m_grabs.empty() || !m_wish.frames.empty(); }) ||
        stop.stop_requested()) {
      return;
    }
    if (!m_grabs.empty()) {
      Grab grab = std::move(m_grabs.front());
      m_grabs.pop_front();
      lock.unlock();
      grab.done(render(grab.channel, grab.frame, {}));
      continue;
    }
    Delivery delivery;
    delivery.channel = m_wish.channel;
    delivery.revision = m_wish.revision;
    delivery.size = m_wish.size;
    delivery.frame = m_wish.frames.front();
    m_wish.frames.erase(m_wish.frames.begin());
    m_underWay = delivery;
    lock.unlock();

    const auto begin = std::chrono::steady_clock::now();
    delivery.picture = render(delivery.channel, delivery.frame, delivery.size);
    delivery.nanoseconds = (std::chrono::steady_clock::now() - begin).count();
    {
      const std::lock_guard again(m_mutex);
      m_underWay.reset();
    }
    m_deliver(std::move(delivery));
  }
}

core::Result<core::Frame> PlaybackWorker::render(int channel, std::int64_t frame, core::Size size) {
  const auto index = static_cast<std::size_t>(channel);
  try {
    std::optional<project::Project> project;
    {
      const std::lock_guard lock(m_mutex);
      project = std::exchange(m_projects[index], std::nullopt);
    }
    auto& renderer = m_renderers[index];
    if (!renderer) renderer = m_factory();
    if (project) renderer->setProject(std::move(*project));
    return renderer->frameAt(frame, size);
  } catch (const std::bad_alloc&) {
    return core::Error{core::ErrorCode::OutOfMemory, "not enough memory for this frame", "playback"};
  } catch (const std::exception& e) {
    return core::Error{core::ErrorCode::Internal, e.what(), "playback"};
  }
}

}  // namespace kinora::session
