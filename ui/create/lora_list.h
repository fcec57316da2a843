// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

#include "engine/core/generation_request.h"
#include "ui/widgets/theme.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace kinora::create {

class LoraRow;

/// The LoRA files of a request, each with its weight and, for a model of two experts, the expert it changes. Files
/// come from a dialog or are dropped anywhere on the window.
class LoraList : public QWidget {
  Q_OBJECT

 public:
  explicit LoraList(widgets::Theme& theme, QWidget* parent = nullptr);

  std::vector<core::LoraUse> loras() const;
  /// Without changed().
  void setLoras(const std::vector<core::LoraUse>& loras);
  /// Adds files with weight 1; those that are in the list already stay as they are, and what is no LoRA by its header
  /// is refused.
  void addFiles(const QStringList& files);
  /// Whether the model has two experts to choose from.
  void setTwoExperts(bool two);
  void retranslate();

 Q_SIGNALS:
  void changed();
  void refused(const QString& file);

 private:
  void append(const core::LoraUse& lora);
  void remove(LoraRow* row);
  void browse();

  widgets::Theme& m_theme;
  QLabel* m_label;
  QVBoxLayout* m_column;
  QPushButton* m_add;
  std::vector<LoraRow*> m_rows;
  bool m_twoExperts = false;
};

}  // namespace kinora::create
