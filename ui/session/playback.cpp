// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/playback.h"

#include <QPointer>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"

namespace kinora::session {
namespace {

constexpr std::size_t kAheadBytes = 48u << 20;  ///< memory for frames made ahead
constexpr std::size_t kAheadLeast = 3;
constexpr std::size_t kAheadMost = 12;
constexpr double kFastest = 8;

std::int64_t steadyNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A project with nothing but this file, so that Source needs no player of its own.
project::Project wrap(const core::ClipInfo& info, const core::Rational& fps) {
  project::Project project = project::newProject();
  project.fps = fps;
  project.size = info.size;
  project::Asset asset;
  asset.id = "source";
  asset.info = info;
  asset.takeGroup = asset.id;
  project.assets = {asset};
  project::Clip clip;
  clip.id = "clip";
  clip.asset = asset.id;
  clip.length = std::max<std::int64_t>(1, project.lengthInFrames(asset));
  project.timeline.tracks.front().clips = {clip};
  return project;
}

}  // namespace

PlaybackController::PlaybackController(ProjectDocument& document, QObject* parent)
    : PlaybackController(document, compositorRenderers(), steadyNow, parent) {}

PlaybackController::PlaybackController(ProjectDocument& document, RendererFactory renderers, Clock clock,
                                       QObject* parent)
    : QObject(parent), m_document(document), m_clock(std::move(clock)) {
  m_worker = std::make_unique<PlaybackWorker>(std::move(renderers), [this](PlaybackWorker::Delivery delivery) {
    QMetaObject::invokeMethod(
        this, [this, delivery = std::move(delivery)] { receive(delivery); }, Qt::QueuedConnection);
  });
  m_timer.setSingleShot(true);
  m_timer.setTimerType(Qt::PreciseTimer);
  connect(&m_timer, &QTimer::timeout, this, &PlaybackController::tick);
  connect(&m_document, &ProjectDocument::changed, this, &PlaybackController::onDocumentChanged);
  connect(&m_document, &ProjectDocument::playheadChanged, this, &PlaybackController::onPlayheadChanged);
  onDocumentChanged({.timeline = true, .reset = true});
}

PlaybackController::~PlaybackController() {
  m_worker.reset();
}

qint64 PlaybackController::position() const {
  return m_mode == Mode::Program ? m_document.playhead() : m_sourcePosition;
}

qint64 PlaybackController::length() const {
  return m_mode == Mode::Program ? m_document.project().timeline.length() : m_sourceLength;
}

core::Rational PlaybackController::fps() const {
  return m_mode == Mode::Program ? m_document.project().fps : m_sourceFps;
}

core::Size PlaybackController::frameSize() const {
  return m_mode == Mode::Program ? m_document.project().size : m_source.size;
}

void PlaybackController::setMode(Mode mode) {
  if (mode == m_mode) return;
  pause();
  m_mode = mode;
  applyRange();
  Q_EMIT modeChanged();
  Q_EMIT lengthChanged();
  Q_EMIT stateChanged();
  Q_EMIT positionChanged(position());
  renew();
}

void PlaybackController::setSource(const core::ClipInfo& info, const QString& name) {
  m_source = info;
  m_sourceName = name;
  m_sourceFps = info.fps.isPositive() ? info.fps : m_document.project().fps;
  m_sourcePosition = 0;
  m_marks[1] = {};
  project::Project project = wrap(info, m_sourceFps);
  m_sourceLength = project.timeline.length();
  m_worker->setProject(1, std::move(project));
  if (m_mode != Mode::Source) return;
  pause();
  applyRange();
  Q_EMIT lengthChanged();
  Q_EMIT stateChanged();
  Q_EMIT positionChanged(0);
  renew();
}

void PlaybackController::setRenderSize(const QSize& pixels) {
  if (pixels == m_renderPixels) return;
  m_renderPixels = pixels;
  renew();
}

core::Size PlaybackController::renderSize() const {
  const core::Size full = frameSize();
  if (m_renderPixels.isEmpty() || full.isEmpty()) return full;
  const double scale = std::min({1.0, static_cast<double>(m_renderPixels.width()) / full.width,
                                 static_cast<double>(m_renderPixels.height()) / full.height});
  return {std::max(2, static_cast<int>(std::lround(full.width * scale))),
          std::max(2, static_cast<int>(std::lround(full.height * scale)))};
}

std::size_t PlaybackController::aheadCount() const {
  const core::Size size = renderSize();
  const std::size_t bytes = std::max<std::size_t>(1, static_cast<std::size_t>(size.width) * size.height * 3);
  return std::clamp(kAheadBytes / bytes, kAheadLeast, kAheadMost);
}

std::pair<qint64, qint64> PlaybackController::range() const {
  const qint64 last = std::max<qint64>(0, length() - 1);
  const qint64 first = std::clamp<qint64>(marks().in.value_or(0), 0, last);
  return {first, std::clamp(marks().out.value_or(last), first, last)};
}

void PlaybackController::applyRange() {
  const auto [first, last] = range();
  m_transport.setRate(fps());
  m_transport.setRange(first, last);
  m_transport.setLoop(m_loop);
}

void PlaybackController::start(double speed) {
  if (length() <= 0) return;
  applyRange();
  const auto [first, last] = range();
  qint64 from = position();
  // From the end, or from outside the marks, playing means playing all of it.
  if (speed > 0 && (from >= last || from < first)) from = first;
  if (speed < 0 && (from <= first || from > last)) from = last;
  m_transport.start(from, speed, m_clock());
  setPosition(from);
  Q_EMIT stateChanged();
  request();
  present();
  schedule();
}

void PlaybackController::play() {
  if (!isPlaying()) start(1);
}

void PlaybackController::pause() {
  if (!isPlaying()) return;
  m_transport.stop();
  m_timer.stop();
  Q_EMIT stateChanged();
  request();
}

void PlaybackController::togglePlay() {
  isPlaying() ? pause() : play();
}

void PlaybackController::shuttle(int direction) {
  if (direction == 0) {
    pause();
    return;
  }
  const double speed = m_transport.speed();
  const bool same = speed != 0 && (speed > 0) == (direction > 0);
  start(same ? std::clamp(speed * 2, -kFastest, kFastest) : (direction > 0 ? 1 : -1));
}

void PlaybackController::seek(qint64 frame) {
  frame = std::max<qint64>(0, frame);
  if (m_mode == Mode::Source) frame = std::min(frame, std::max<qint64>(0, m_sourceLength - 1));
  if (isPlaying()) m_transport.start(frame, m_transport.speed(), m_clock());
  setPosition(frame);
  request();
  present();
  schedule();
}

void PlaybackController::step(qint64 frames) {
  pause();
  seek(position() + frames);
}

void PlaybackController::goToStart() {
  seek(marks().in && position() > *marks().in ? *marks().in : 0);
}

void PlaybackController::goToEnd() {
  const qint64 last = std::max<qint64>(0, length() - 1);
  seek(marks().out && position() < *marks().out ? std::min(*marks().out, last) : last);
}

void PlaybackController::setLoop(bool loop) {
  if (loop == m_loop) return;
  m_loop = loop;
  applyRange();
  if (isPlaying()) m_transport.start(position(), m_transport.speed(), m_clock());
  Q_EMIT stateChanged();
  request();
}

void PlaybackController::markIn() {
  marks().in = position();
  if (marks().out && *marks().out < position()) marks().out.reset();
  applyRange();
  Q_EMIT stateChanged();
}

void PlaybackController::markOut() {
  marks().out = position();
  if (marks().in && *marks().in > position()) marks().in.reset();
  applyRange();
  Q_EMIT stateChanged();
}

void PlaybackController::clearMarks() {
  marks() = {};
  applyRange();
  Q_EMIT stateChanged();
}

void PlaybackController::setPosition(qint64 frame) {
  if (frame == position()) return;
  if (m_mode == Mode::Program) {
    m_moving = true;
    m_document.setPlayhead(frame);
    m_moving = false;
  } else {
    m_sourcePosition = frame;
  }
  Q_EMIT positionChanged(frame);
}

void PlaybackController::onDocumentChanged(const ChangeEvent& event) {
  if (!event.timeline && !event.assets && !event.settings && !event.reset) return;
  if (event.reset) {
    m_marks[0] = {};
    if (m_mode == Mode::Program) pause();
  }
  m_worker->setProject(0, m_document.project());
  if (m_mode != Mode::Program) return;
  applyRange();
  if (isPlaying() && length() <= 0) pause();
  if (isPlaying()) m_transport.start(position(), m_transport.speed(), m_clock());
  Q_EMIT lengthChanged();
  renew();
}

void PlaybackController::onPlayheadChanged(qint64 frame) {
  if (m_moving || m_mode != Mode::Program) return;
  if (isPlaying()) m_transport.start(frame, m_transport.speed(), m_clock());
  Q_EMIT positionChanged(frame);
  request();
  present();
}

void PlaybackController::tick() {
  if (!isPlaying()) return;
  const std::int64_t now = m_clock();
  setPosition(m_transport.frameAt(now));
  if (m_transport.endedAt(now)) {
    pause();
    present();
    return;
  }
  request();
  present();
  schedule();
}

void PlaybackController::schedule() {
  if (!isPlaying()) return;
  const std::int64_t now = m_clock();
  const std::int64_t wait = std::max<std::int64_t>(0, m_transport.nextChange(now) - now);
  m_timer.start(static_cast<int>((wait + 999'999) / 1'000'000));
}

void PlaybackController::renew() {
  ++m_revision;
  m_cache.clear();
  m_shown = -1;
  request();
}

void PlaybackController::request() {
  PlaybackWorker::Wish wish;
  wish.channel = channel();
  wish.revision = m_revision;
  wish.size = renderSize();
  const qint64 now = position();
  const std::size_t ahead = aheadCount();
  m_cache.trim(now, ahead + 2);
  if (!isPlaying()) {
    if (!m_cache.contains(now)) wish.frames.push_back(now);
  } else {
    // A machine that needs longer than a frame lasts begins where it can still be in time.
    const double interval = static_cast<double>(m_transport.interval());
    const int late = m_renderNs > interval ? static_cast<int>(m_renderNs / interval) : 0;
    if (!m_cache.contains(now) && late == 0) wish.frames.push_back(now);
    for (int count = std::max(1, late); wish.frames.size() < ahead && count < late + static_cast<int>(kAheadMost);
         ++count) {
      const qint64 next = m_transport.frameAfter(now, count);
      if (next < 0) break;
      if (!m_cache.contains(next)) wish.frames.push_back(next);
    }
  }
  m_worker->want(std::move(wish));
}

void PlaybackController::receive(const PlaybackWorker::Delivery& delivery) {
  if (delivery.revision != m_revision || delivery.channel != channel() || !(delivery.size == renderSize())) return;
  const auto cost = static_cast<double>(delivery.nanoseconds);
  m_renderNs = m_renderNs == 0 ? cost : m_renderNs * 0.8 + cost * 0.2;
  if (!delivery.picture && m_failedRevision != m_revision) {
    m_failedRevision = m_revision;
    Q_EMIT failed(delivery.picture.error());
  }
  m_cache.insert(delivery.frame, delivery.picture ? toImage(*delivery.picture) : QImage());
  present();
}

void PlaybackController::present() {
  const qint64 due = position();
  qint64 frame = due;
  if (m_cache.image(due).isNull()) {
    if (!isPlaying()) return;
    const auto behind = m_cache.latestBehind(due, m_transport.speed() < 0, static_cast<qint64>(kAheadMost));
    if (!behind) return;
    frame = *behind;
  }
  if (frame == m_shown) return;
  m_shown = frame;
  m_shownImage = m_cache.image(frame);
  Q_EMIT frameReady(m_shownImage, frame);
}

void PlaybackController::grabFrame(QObject* context, std::function<void(core::Result<core::Frame>)> callback) {
  QPointer<QObject> guard(context);
  m_worker->grab(channel(), position(), [this, guard, callback = std::move(callback)](core::Result<core::Frame> frame) {
    QMetaObject::invokeMethod(
        this,
        [guard, callback, frame = std::move(frame)] {
          if (guard) callback(frame);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace kinora::session
