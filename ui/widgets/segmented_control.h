// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <vector>

class QButtonGroup;
class QHBoxLayout;
class QPushButton;

namespace kinora::widgets {

/// A row of choices of which one holds, e.g. Text | Image. Arrow keys move the choice.
class SegmentedControl : public QFrame {
  Q_OBJECT

 public:
  explicit SegmentedControl(QWidget* parent = nullptr);

  /// Returns the new segment's index; the first one is chosen at once, without a signal.
  int addSegment(const QString& text);
  int count() const { return static_cast<int>(m_buttons.size()); }
  void setSegmentText(int index, const QString& text);
  void setSegmentToolTip(int index, const QString& text);
  /// Greyed, with the reason as tooltip; the choice does not move away by itself.
  void setSegmentEnabled(int index, bool enabled, const QString& reason = {});
  int currentIndex() const;
  /// Emits currentChanged if it differs.
  void setCurrentIndex(int index);
  QPushButton* button(int index) const;

 Q_SIGNALS:
  void currentChanged(int index);

 private:
  QButtonGroup* m_group;
  QHBoxLayout* m_layout;
  std::vector<QPushButton*> m_buttons;
  int m_current = -1;
};

}  // namespace kinora::widgets
