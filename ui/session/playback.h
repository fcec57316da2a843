// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>
#include <QSize>
#include <QString>
#include <QTimer>
#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "engine/core/clip_info.h"
#include "ui/session/frame_cache.h"
#include "ui/session/playback_worker.h"
#include "ui/session/transport.h"

namespace kinora::session {

class ProjectDocument;
struct ChangeEvent;

/// Plays the document's timeline (Program) or one file (Source) through one compositor, so that what is seen is what
/// will be exported. Lives on the UI thread and never blocks it: frames are made ahead on a worker. Each tick of the
/// monotonic clock says which frame is due; a frame that comes too late is dropped, playback never drifts. In Program
/// the document's playhead is the position: moving it seeks, playing moves it.
class PlaybackController : public QObject {
  Q_OBJECT

 public:
  enum class Mode { Program, Source };
  using Clock = std::function<std::int64_t()>;  ///< monotonic nanoseconds

  explicit PlaybackController(ProjectDocument& document, QObject* parent = nullptr);
  /// With a renderer and a clock of the caller's, for tests.
  PlaybackController(ProjectDocument& document, RendererFactory renderers, Clock clock, QObject* parent = nullptr);
  ~PlaybackController() override;

  Mode mode() const { return m_mode; }
  void setMode(Mode mode);
  /// The file that Source shows, from its first frame; does not switch to Source.
  void setSource(const core::ClipInfo& info, const QString& name);
  bool hasSource() const { return m_sourceLength > 0; }
  const QString& sourceName() const { return m_sourceName; }
  const core::ClipInfo& source() const { return m_source; }

  bool isPlaying() const { return m_transport.isPlaying(); }
  double speed() const { return m_transport.speed(); }
  /// Frames of the mode's own rate.
  qint64 position() const;
  qint64 length() const;
  core::Rational fps() const;
  core::Size frameSize() const;

  bool loops() const { return m_loop; }
  std::optional<qint64> inPoint() const { return marks().in; }
  std::optional<qint64> outPoint() const { return marks().out; }  ///< last frame that plays

  /// Pixels to render at; empty: the project's own. The aspect is the project's.
  void setRenderSize(const QSize& pixels);
  /// The present frame in full size; callback runs on the UI thread, unless context has gone.
  void grabFrame(QObject* context, std::function<void(core::Result<core::Frame>)> callback);
  /// The image last shown; null before the first.
  const QImage& shownImage() const { return m_shownImage; }

 public Q_SLOTS:
  void play();
  void pause();
  void togglePlay();
  /// J (-1), K (0), L (+1): the same way again is faster, 1, 2, 4, 8 times.
  void shuttle(int direction);
  /// Any frame; stops nothing: playback goes on from there.
  void seek(qint64 frame);
  void step(qint64 frames);
  void goToStart();
  void goToEnd();
  void setLoop(bool loop);
  void markIn();
  void markOut();
  void clearMarks();
  /// Does what is due now. Called by a timer; by tests after they moved their clock.
  void tick();

 Q_SIGNALS:
  /// image: the frame due now, at the latest moment known; on the UI thread.
  void frameReady(const QImage& image, qint64 frame);
  void positionChanged(qint64 frame);
  void stateChanged();  ///< playing, speed, loop, marks
  void modeChanged();
  void lengthChanged();  ///< length, rate or frame size of what is shown
  void failed(const kinora::core::Error& error);

 private:
  struct Marks {
    std::optional<qint64> in;
    std::optional<qint64> out;
  };
  int channel() const { return m_mode == Mode::Program ? 0 : 1; }
  const Marks& marks() const { return m_marks[static_cast<std::size_t>(channel())]; }
  Marks& marks() { return m_marks[static_cast<std::size_t>(channel())]; }
  std::pair<qint64, qint64> range() const;
  void start(double speed);
  void applyRange();
  void setPosition(qint64 frame);
  void onDocumentChanged(const ChangeEvent& event);
  void onPlayheadChanged(qint64 frame);
  void receive(const PlaybackWorker::Delivery& delivery);
  void renew();
  void request();
  void present();
  void schedule();
  core::Size renderSize() const;
  std::size_t aheadCount() const;

  ProjectDocument& m_document;
  Clock m_clock;
  std::unique_ptr<PlaybackWorker> m_worker;
  QTimer m_timer;
  Transport m_transport;
  FrameCache m_cache;
  Mode m_mode = Mode::Program;
  bool m_loop = false;
  bool m_moving = false;  ///< the playhead changes because we moved it
  std::array<Marks, 2> m_marks;
  core::ClipInfo m_source;
  QString m_sourceName;
  core::Rational m_sourceFps{24};
  qint64 m_sourceLength = 0;
  qint64 m_sourcePosition = 0;
  QSize m_renderPixels;
  std::uint64_t m_revision = 0;
  std::uint64_t m_failedRevision = 0;
  double m_renderNs = 0;  ///< running mean of a frame's cost
  qint64 m_shown = -1;
  QImage m_shownImage;
};

}  // namespace kinora::session
