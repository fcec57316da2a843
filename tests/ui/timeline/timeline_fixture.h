// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QImage>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <memory>

#include "engine/core/media_service.h"
#include "tests/ui/session/builders.h"
#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/theme.h"

namespace kinora::test {

/// Every file is a five-second film of a landscape whose sun moves; "bad" in the name cannot be read.
class LandscapeMedia : public core::MediaService {
 public:
  core::Result<core::ClipInfo> probe(const std::string& path) override {
    if (path.find("bad") != std::string::npos) return core::Error{core::ErrorCode::Unreadable, "not a film", path};
    core::ClipInfo info;
    info.path = path;
    info.size = {1280, 720};
    info.frames = 120;
    info.fps = core::Rational(24);
    info.duration = core::Rational(5);
    if (path.ends_with(".wav")) info.kind = core::MediaKind::Audio;
    return info;
  }
  core::Result<core::Frame> picture(const std::string& path, int maxSide) override { return frameAt(path, 0, maxSide); }
  core::Result<core::Frame> frameAt(const std::string& path, std::int64_t index, int maxSide) override {
    if (path.find("bad") != std::string::npos) return core::Error{core::ErrorCode::Unreadable, "not a film", path};
    return session::toFrame(landscape(path, index, QSize(1280, 720).scaled(maxSide, maxSide, Qt::KeepAspectRatio)));
  }
  core::Result<void> writePng(const std::string& path, const core::Frame& frame) override {
    session::toImage(frame).save(QString::fromStdString(path), "PNG");
    return {};
  }
  static QImage landscape(const std::string& path, std::int64_t index, QSize size) {
    const int hue = static_cast<int>(qHash(QString::fromStdString(path)) % 360);
    QImage image(size, QImage::Format_RGB888);
    QPainter painter(&image);
    QLinearGradient sky(0, 0, 0, size.height());
    sky.setColorAt(0, QColor::fromHsv(hue, 120, 230));
    sky.setColorAt(0.6, QColor::fromHsv((hue + 30) % 360, 70, 250));
    painter.fillRect(image.rect(), sky);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(255, 241, 201));
    painter.drawEllipse(QPointF(size.width() * (0.15 + 0.7 * static_cast<double>(index) / 120), size.height() * 0.4),
                        size.height() * 0.12, size.height() * 0.12);
    painter.fillRect(QRectF(0, size.height() * 0.62, size.width(), size.height()),
                     QColor::fromHsv((hue + 180) % 360, 110, 140));
    return image;
  }
};

/// Theme, client over LandscapeMedia and a document with a film of the given number of clips.
struct TimelineFixture {
  explicit TimelineFixture(int clips = 3) {
    widgets::initResources();
    theme = std::make_unique<widgets::Theme>(widgets::Theme::Mode::Dark);
    session::EngineClient::Services services;
    services.media = &media;
    services.clipFolder = folder.path();
    client = std::make_unique<session::EngineClient>(std::move(services));
    document.open(filmOf(clips), QString());
  }
  const project::Clip& clip(std::size_t index, std::size_t track = 0) const {
    return document.project().timeline.tracks.at(track).clips.at(index);
  }
  std::size_t clipCount(std::size_t track = 0) const {
    return document.project().timeline.tracks.at(track).clips.size();
  }

  QTemporaryDir folder;
  LandscapeMedia media;
  std::unique_ptr<widgets::Theme> theme;
  std::unique_ptr<session::EngineClient> client;
  session::ProjectDocument document;
};

/// Mouse events with modifiers held while moving, which QTest::mouseMove cannot send.
inline void send(QWidget* widget, QEvent::Type type, QPoint at, Qt::KeyboardModifiers modifiers = {}) {
  const bool move = type == QEvent::MouseMove;
  const bool up = type == QEvent::MouseButtonRelease;
  QMouseEvent event(type, at, widget->mapToGlobal(at), move ? Qt::NoButton : Qt::LeftButton,
                    up ? Qt::NoButton : Qt::LeftButton, modifiers);
  QCoreApplication::sendEvent(widget, &event);
}

inline void drag(QWidget* widget, QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = {}) {
  send(widget, QEvent::MouseButtonPress, from, modifiers);
  send(widget, QEvent::MouseMove, from + (to - from) / 2 + QPoint(0, 1), modifiers);
  send(widget, QEvent::MouseMove, to, modifiers);
  send(widget, QEvent::MouseButtonRelease, to, modifiers);
}

/// Drags mime over widget to at; false if it would not take it there. drop false: leaves the ghost standing.
inline bool dropOn(QWidget* widget, const QMimeData& mime, QPoint at, Qt::KeyboardModifiers modifiers = {},
                   bool drop = true) {
  QDragEnterEvent enter(at, Qt::CopyAction, &mime, Qt::LeftButton, modifiers);
  QCoreApplication::sendEvent(widget, &enter);
  QDragMoveEvent move(at, Qt::CopyAction, &mime, Qt::LeftButton, modifiers);
  QCoreApplication::sendEvent(widget, &move);
  if (!move.isAccepted()) return false;
  if (!drop) return true;
  QDropEvent event(at, Qt::CopyAction, &mime, Qt::LeftButton, modifiers);
  QCoreApplication::sendEvent(widget, &event);
  return event.isAccepted();
}

inline void saveShot(QWidget& widget, const QString& name) {
  const QString folder = qEnvironmentVariable("KINORA_SHOTS");
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  QVERIFY(widget.grab().save(QDir(folder).filePath(name + QStringLiteral(".png"))));
}

/// A panel over three clips of five seconds, end to end.
class TimelineTest : public QObject {
 protected:
  void open() {
    m_fixture = std::make_unique<TimelineFixture>(3);
    m_panel = std::make_unique<timeline::TimelinePanel>(*m_fixture->theme, document(), *m_fixture->client);
    m_panel->resize(1258, 372);
    m_panel->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
  }
  void close() {
    m_panel.reset();
    m_fixture.reset();
  }
  QPoint middle(std::size_t clip) const { return view().timelineLayout().clipRect(m_fixture->clip(clip), 0).center(); }
  QPoint at(std::int64_t frame) const { return {view().timelineLayout().xOf(frame), middle(0).y()}; }
  timeline::TimelineView& view() const { return m_panel->view(); }
  QWidget* port() const { return view().viewport(); }
  session::ProjectDocument& document() const { return m_fixture->document; }

  std::unique_ptr<TimelineFixture> m_fixture;
  std::unique_ptr<timeline::TimelinePanel> m_panel;
};

}  // namespace kinora::test
