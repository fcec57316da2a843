// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QSize>

#include "ui/session/playback_worker.h"

namespace kinora::test {

enum class Scene { Beach, Night, Hills };

/// A drawn picture with something to look at; progress 0..1 moves what moves in it.
QImage drawScene(Scene scene, QSize size, double progress);

/// Renderers that show a clip's asset file as a still, so that playback has pictures without a codec.
session::RendererFactory stillRenderers();

}  // namespace kinora::test
