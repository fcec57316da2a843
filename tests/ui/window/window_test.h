// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QTest>
#include <QUrl>
#include <memory>

#include "tests/support/scenes.h"
#include "tests/support/studio_fixture.h"
#include "ui/window/action_set.h"

namespace kinora::test {

/// Jobs whose clips are pictures of this size.
inline jobs::JobRunner makesClips(QSize size) {
  return [size](const core::JobId&, const core::JobSpec& spec, const jobs::JobCallbacks&,
                std::stop_token) -> core::Result<core::JobOutcome> {
    core::JobOutcome outcome;
    const QString file = QString::fromStdString(spec.output);
    QDir().mkpath(QFileInfo(file).absolutePath());
    if (!drawScene(Scene::Hills, size, 0.5).save(file, "PNG")) {
      return core::Error{core::ErrorCode::NotWritable, "cannot write", spec.output};
    }
    outcome.clip.path = spec.output;
    outcome.clip.size = {size.width(), size.height()};
    outcome.clip.frames = 120;
    outcome.clip.fps = core::Rational(24);
    outcome.clip.duration = core::Rational(5);
    return outcome;
  };
}

/// The window as after a start, and what tests do with it.
class WindowTest : public QObject {
 protected:
  void open() {
    m_studio = std::make_unique<StudioFixture>();
    m_studio->window().resize(1280, 720);
    m_studio->window().show();
    QVERIFY(QTest::qWaitForWindowExposed(&m_studio->window()));
    m_studio->window().openAtStart({});
  }
  void trigger(window::ActionId id) { m_studio->window().actionSet().get(id)->trigger(); }
  const project::Project& project() const { return m_studio->document().project(); }
  /// On the middle of a widget; nullptr: of the window.
  void drop(const QStringList& files, QWidget* target = nullptr) {
    if (!target) target = &m_studio->window();
    QMimeData mime;
    QList<QUrl> urls;
    for (const QString& file : files) urls << QUrl::fromLocalFile(file);
    mime.setUrls(urls);
    const QPoint middle = target->rect().center();
    QDragEnterEvent enter(middle, Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(target, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event(QPointF(middle), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(target, &event);
  }
  void addClip() {
    m_studio->startQueue(makesClips({256, 144}));
    core::Plan plan;
    plan.request.prompt = "a yellow balloon";
    plan.request.seed = 7;
    plan.outputFrames = 120;
    plan.outputFps = core::Rational(24);
    m_studio->window().generate(plan, 1, false);
    QTRY_COMPARE(project().timeline.length(), 120);
  }

  std::unique_ptr<StudioFixture> m_studio;
};

}  // namespace kinora::test
