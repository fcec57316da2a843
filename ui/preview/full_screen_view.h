// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/widgets/theme.h"

namespace kinora::session {
class PlaybackController;
}

namespace kinora::preview {

class PictureView;

/// The picture alone on the whole screen. The window's shortcuts do not reach here, so it has the keys of playback
/// itself; Esc and F11 close it. Deletes itself when closed.
class FullScreenView : public QWidget {
  Q_OBJECT

 public:
  FullScreenView(widgets::Theme& theme, session::PlaybackController& playback, QWidget* parent);

  PictureView& view() const { return *m_view; }

 Q_SIGNALS:
  void closed();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  session::PlaybackController& m_playback;
  PictureView* m_view;
};

}  // namespace kinora::preview
