// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

#include "ui/widgets/theme.h"

namespace kinora::widgets {

/// A combo box drawn as the look has it: text, chevron, 8 px corners. Choices that cannot be had are listed greyed with
/// the reason as tooltip.
class ChipCombo : public QComboBox {
  Q_OBJECT

 public:
  explicit ChipCombo(Theme& theme, QWidget* parent = nullptr);

  /// Without ground and border, in label size: for a choice that stands in a line of labels.
  void setQuiet(bool quiet);
  void setChoiceEnabled(int index, bool enabled, const QString& reason = {});
  bool isChoiceEnabled(int index) const;
  /// Marks the field as the place of a fault.
  void setFault(bool fault);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void showPopup() override;

 private:
  Theme& m_theme;
  bool m_quiet = false;
  bool m_fault = false;
};

}  // namespace kinora::widgets
