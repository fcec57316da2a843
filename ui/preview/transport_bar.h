// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/widgets/theme.h"

class QGridLayout;
class QLabel;

namespace kinora::session {
class PlaybackController;
}
namespace kinora::widgets {
class IconButton;
}

namespace kinora::preview {

class ScrubBar;

/// Scrub bar, timecode and the buttons below the picture. Installs no shortcuts.
class TransportBar : public QWidget {
  Q_OBJECT

 public:
  TransportBar(widgets::Theme& theme, session::PlaybackController& playback, QWidget* parent = nullptr);
  void retranslate();

 Q_SIGNALS:
  void grabRequested();
  void useAsStartRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void showPosition();
  void showState();
  widgets::IconButton* button(const char* icon);

  widgets::Theme& m_theme;
  session::PlaybackController& m_playback;
  ScrubBar* m_scrub;
  QLabel* m_now;
  QLabel* m_total;
  QLabel* m_speed;
  widgets::IconButton* m_start;
  widgets::IconButton* m_back;
  widgets::IconButton* m_play;
  widgets::IconButton* m_forward;
  widgets::IconButton* m_end;
  widgets::IconButton* m_in;
  widgets::IconButton* m_out;
  widgets::IconButton* m_loop;
  widgets::IconButton* m_grab;
  widgets::IconButton* m_asStart;
};

}  // namespace kinora::preview
