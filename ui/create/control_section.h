// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "engine/core/generation_request.h"
#include "ui/create/picture_input.h"

class QDoubleSpinBox;
class QGridLayout;
class QLabel;

namespace kinora::widgets {
class PictureSlot;
class Theme;
}  // namespace kinora::widgets

namespace kinora::create {

/// What a VACE model's clip follows or keeps: a control video and its mask (each a video, or a picture that stands for
/// every frame), reference pictures, and how strongly the clip follows.
class ControlSection : public QWidget {
  Q_OBJECT

 public:
  ControlSection(widgets::Theme& theme, session::EngineClient& client, QWidget* parent = nullptr);

  void read(core::GenerationRequest& request) const;
  /// Without changed().
  void setRequest(const core::GenerationRequest& request);
  bool isLoading() const;
  /// Why something cannot be used, by member of GenerationRequest.
  std::map<std::string, QString> faults() const;
  void retranslate();

 Q_SIGNALS:
  void changed();

 private:
  /// A place and what lies in it.
  struct Place {
    widgets::PictureSlot* slot;
    PictureInput* input;
  };
  void build();
  Place makePlace();
  void addReference();
  void giveReferences(PictureInput* place, const QStringList& files);
  void removeReference(std::size_t index);
  void tidyReferences();
  void layReferences();
  void retranslateReferences();
  void showMask();
  void edited();

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  QLabel* m_label;
  Place m_video;
  Place m_mask;
  QGridLayout* m_grid;
  std::vector<Place> m_references;  ///< the last one is empty: it takes the next picture
  QLabel* m_scaleLabel;
  QDoubleSpinBox* m_scale;
  bool m_loading = false;
};

}  // namespace kinora::create
