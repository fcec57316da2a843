// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/core/generation_request.h"
#include "engine/core/model_info.h"
#include "ui/widgets/theme.h"

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace kinora::models {
class ModelCatalogue;
}
namespace kinora::widgets {
class ChipCombo;
}

namespace kinora::create {

/// Model, size, frames, steps, guidance, shift, sampler, kind of guidance, normalized attention guidance, skipped
/// layers and step caching. Each begins at "Auto", which names the model's or the sampler's own value, or at "Off".
/// Remembers itself in QSettings, group create/advanced.
class AdvancedSection : public QWidget {
  Q_OBJECT

 public:
  AdvancedSection(widgets::Theme& theme, const models::ModelCatalogue& catalogue, QWidget* parent = nullptr);

  /// Writes the fields that are shown here into request; the others stay.
  void read(core::GenerationRequest& request) const;
  /// Shows request's fields, without changed().
  void setRequest(const core::GenerationRequest& request);
  /// The model that Auto means now; nullptr: none. Sets what Auto shows.
  void setAutoModel(const core::ModelInfo* model);
  /// The catalogue has other models; the choice stays where it can.
  void reloadModels();
  /// Greys the number of frames, with the reason, where the length decides it; empty: it can be set.
  void setFramesBlocked(const QString& reason);
  /// "Mini · 8 steps · guidance 4" for the plan's values.
  QString summary(const core::ModelInfo& model, const core::GenerationRequest& planned) const;
  void retranslate();
  /// "8", "4.5", "1.25": no needless zeros.
  static QString number(double value);

 Q_SIGNALS:
  void manageModelsRequested();
  void changed();

 private:
  void build();
  const core::ModelInfo* shownModel() const;
  void fillModels();
  void fillSizes();
  void fillChoices();
  void showAutoValues();
  void showSampling(const core::GenerationRequest& request);
  void readSampling(core::GenerationRequest& request) const;
  void edited();
  void save() const;
  void load();

  const models::ModelCatalogue& m_catalogue;
  const core::ModelInfo* m_auto = nullptr;
  widgets::ChipCombo* m_model;
  widgets::ChipCombo* m_size;
  widgets::ChipCombo* m_sampler;
  widgets::ChipCombo* m_guidanceKind;
  widgets::ChipCombo* m_cache;
  widgets::ChipCombo* m_detail;
  QSpinBox* m_frames;
  QSpinBox* m_steps;
  QDoubleSpinBox* m_guidance;
  QDoubleSpinBox* m_shift;
  QDoubleSpinBox* m_nag;
  QDoubleSpinBox* m_threshold;
  QLineEdit* m_skipLayers;
  QPushButton* m_reset;
  QPushButton* m_manage;
  QLabel* m_labels[13];
  bool m_loading = false;
};

}  // namespace kinora::create
