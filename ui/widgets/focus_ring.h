// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QWidget>
#include <vector>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// Draws the focus ring (accent border, soft ring around it) over whatever has the keyboard focus, in every window.
/// Fields get it always, buttons only when the focus came by keyboard. A widget opts out with the property
/// "noFocusRing" and sets its corner radius with "focusRadius".
class FocusRing : public QObject {
  Q_OBJECT

 public:
  FocusRing(Theme& theme, QObject* parent);
  ~FocusRing() override;

  /// What the ring is around now; nullptr if it is hidden.
  QWidget* target() const { return m_target; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void moveTo(QWidget* target);
  void place();
  void release();

  Theme& m_theme;
  QPointer<QWidget> m_target;
  QPointer<QWidget> m_overlay;
  std::vector<QPointer<QWidget>> m_chain;  ///< target and its ancestors below the overlay's parent
};

}  // namespace kinora::widgets
