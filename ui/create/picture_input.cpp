// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/picture_input.h"

#include <QDir>
#include <QUuid>

#include "ui/session/engine_client.h"

namespace kinora::create {
namespace {
constexpr int kThumbnailSide = 512;
}

PictureInput::PictureInput(widgets::PictureSlot* place, session::EngineClient& client, QObject* parent)
    : QObject(parent), m_slot(place), m_client(client) {
  connect(place, &widgets::PictureSlot::clearRequested, this, [this] { setPath({}); });
}

void PictureInput::setPath(const QString& path) {
  if (path == m_path && !m_loading) return;
  m_path = path;
  Q_EMIT pathChanged();
  read();
}

void PictureInput::setImage(const QImage& image) {
  const int generation = ++m_generation;
  const core::Frame frame = session::toFrame(image);
  const QString name = QStringLiteral("pasted-%1.png").arg(QUuid::createUuid().toString(QUuid::Id128).left(12));
  const QString file = QDir(m_client.clipFolder()).absoluteFilePath(name);
  m_loading = true;
  m_fault.clear();
  m_client.writePng(file, frame, this, [this, file, generation](const core::Result<void>& written) {
    if (generation != m_generation) return;
    m_loading = false;
    if (written) {
      m_path.clear();
      setPath(file);
    } else {
      fail(session::errorText(written.error()));
    }
  });
  Q_EMIT changed();
}

void PictureInput::read() {
  const int generation = ++m_generation;
  m_size = {};
  m_fault.clear();
  m_loading = !m_path.isEmpty();
  m_slot->setPicture({}, m_path);
  Q_EMIT changed();
  if (m_path.isEmpty()) return;
  m_client.probe(m_path, this, [this, generation](const core::Result<core::ClipInfo>& info) {
    if (generation != m_generation) return;
    if (!info) return fail(session::errorText(info.error()));
    m_size = info->size;
    const auto show = [this, generation](const core::Result<core::Frame>& frame) {
      if (generation != m_generation) return;
      if (!frame) return fail(session::errorText(frame.error()));
      m_loading = false;
      m_slot->setPicture(session::toImage(*frame), m_path);
      Q_EMIT changed();
    };
    if (m_slot->takesVideos() && info->kind == core::MediaKind::Video) {
      m_client.frameAt(m_path, info->frames / 2, kThumbnailSide, this, show);
    } else {
      m_client.picture(m_path, kThumbnailSide, this, show);
    }
  });
}

void PictureInput::fail(const QString& fault) {
  m_loading = false;
  m_size = {};
  m_fault = fault;
  Q_EMIT changed();
}

}  // namespace kinora::create
