// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QBasicTimer>
#include <QImage>

#include "engine/models/examples.h"
#include "ui/widgets/theme.h"

namespace kinora::session {
class EngineClient;
}

namespace kinora::create {

/// An example as a small moving picture: at its own rate under the pointer or with the focus, else at half of it. Its
/// strip is read when it is first shown, and it moves only while it is shown.
class ExampleThumb : public QAbstractButton {
  Q_OBJECT

 public:
  ExampleThumb(widgets::Theme& theme, session::EngineClient& client, const models::Example& example, QWidget* parent);

  const models::Example& example() const { return m_example; }
  /// Frame of the strip that is shown, from 0.
  int frame() const { return m_frame; }
  bool isLoaded() const { return !m_strip.isNull(); }
  bool isMoving() const { return m_timer.isActive(); }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  bool event(QEvent* event) override;
  void timerEvent(QTimerEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void load();
  void move();

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  models::Example m_example;
  QImage m_strip;
  QBasicTimer m_timer;
  int m_frame = 0;
  bool m_asked = false;  ///< for the strip
};

}  // namespace kinora::create
