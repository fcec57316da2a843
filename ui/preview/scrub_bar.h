// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractSlider>
#include <optional>

#include "ui/widgets/theme.h"

namespace kinora::preview {

/// A thin bar over the whole length: value is the frame, maximum the last one. A press or drag goes straight there.
class ScrubBar : public QAbstractSlider {
  Q_OBJECT

 public:
  ScrubBar(widgets::Theme& theme, QWidget* parent = nullptr);

  void setMarks(std::optional<qint64> in, std::optional<qint64> out);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  /// By the user's hand, not by setValue.
  void scrubbed(int frame);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  int xOf(qint64 frame) const;
  void scrubTo(int x);

  widgets::Theme& m_theme;
  std::optional<qint64> m_in;
  std::optional<qint64> m_out;
};

}  // namespace kinora::preview
