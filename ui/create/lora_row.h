// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/core/generation_request.h"
#include "ui/widgets/theme.h"

class QDoubleSpinBox;

namespace kinora::widgets {
class ChipCombo;
class ElidedLabel;
class IconButton;
}  // namespace kinora::widgets

namespace kinora::create {

/// One LoRA file: name, weight, expert (where there is a choice), remove.
class LoraRow : public QWidget {
  Q_OBJECT

 public:
  LoraRow(widgets::Theme& theme, const core::LoraUse& lora, QWidget* parent);

  core::LoraUse lora() const;
  const std::string& file() const { return m_file; }
  void setTwoExperts(bool two);
  void retranslate();

 Q_SIGNALS:
  void changed();
  void removeRequested();

 private:
  std::string m_file;
  double m_value;  ///< of a recipe it may have more places than the field shows
  widgets::ElidedLabel* m_name;
  QDoubleSpinBox* m_weight;
  widgets::ChipCombo* m_expert;
  widgets::IconButton* m_remove;
};

}  // namespace kinora::create
