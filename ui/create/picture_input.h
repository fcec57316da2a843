// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>
#include <QString>

#include "engine/core/frame.h"
#include "ui/widgets/picture_slot.h"

namespace kinora::session {
class EngineClient;
}

namespace kinora::create {

/// The picture (or video, where the slot takes them) behind a slot: its file, its size once read, and why it cannot be
/// used. Reads off the UI thread; a pasted picture becomes a PNG in the clip folder first.
class PictureInput : public QObject {
  Q_OBJECT

 public:
  PictureInput(widgets::PictureSlot* place, session::EngineClient& client, QObject* parent);

  const QString& path() const { return m_path; }
  /// Pixels of the picture, upright; empty while it is being read or unreadable.
  core::Size size() const { return m_size; }
  bool isLoading() const { return m_loading; }
  /// Sentence for the user; empty if all is well.
  const QString& fault() const { return m_fault; }
  void setPath(const QString& path);
  void setImage(const QImage& image);

 Q_SIGNALS:
  /// Another file, or none.
  void pathChanged();
  /// Another picture, or its size or fault is known now.
  void changed();

 private:
  void read();
  void fail(const QString& fault);

  widgets::PictureSlot* m_slot;
  session::EngineClient& m_client;
  QString m_path;
  core::Size m_size;
  QString m_fault;
  bool m_loading = false;
  int m_generation = 0;  ///< answers for an earlier picture are dropped
};

}  // namespace kinora::create
