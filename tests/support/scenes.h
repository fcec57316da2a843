// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QSize>
#include <QString>
#include <functional>

#include "engine/core/media_service.h"
#include "ui/session/playback_worker.h"

namespace kinora::test {

enum class Scene { Beach, Night, Hills };

/// A drawn picture with something to look at; progress 0..1 moves what moves in it.
QImage drawScene(Scene scene, QSize size, double progress);

/// Renderers that show a clip's asset file as a still, so that playback has pictures without a codec.
session::RendererFactory stillRenderers();

/// What the demo's shots are made of and shown with.
struct DemoMedia {
  core::MediaService* service = nullptr;  ///< nullptr: the fixture's fake, which reads pictures
  session::RendererFactory renderers = stillRenderers();
  /// Writes a shot of the scene in which progress goes from..to; base is its path without a suffix. Gives the file.
  std::function<QString(const QString& base, Scene scene, double from, double to, int seconds)> shoot;
};

/// One picture stands for each shot: quick, and without a codec.
DemoMedia stillMedia();

}  // namespace kinora::test
