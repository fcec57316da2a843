// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "ui/create/model_guide.h"
#include "ui/widgets/theme.h"

class QHBoxLayout;

namespace kinora::session {
class EngineClient;
}
namespace kinora::widgets {
class FoldSection;
class IconButton;
}  // namespace kinora::widgets

namespace kinora::create {

class ExampleThumb;

/// What the model makes well, three at a time, under a heading that folds. It is open while the prompt is empty or an
/// example's own, and closes when one is written; opened or closed by hand, it stays so. Nothing is shown where the
/// model brings no examples. Those in the window's language come first.
class ExampleGallery : public QWidget {
  Q_OBJECT

 public:
  ExampleGallery(widgets::Theme& theme, session::EngineClient& client, QWidget* parent = nullptr);

  void setModel(const QString& name, std::shared_ptr<const ModelGuide> guide);
  void setPrompt(const QString& prompt);
  /// Whether prompt is one of the examples'.
  bool holds(const QString& prompt) const;
  void retranslate();

  bool isOpen() const;
  /// Those of the page that is shown.
  std::vector<ExampleThumb*> shown() const;

 Q_SIGNALS:
  void chosen(const kinora::core::GenerationRequest& request);

 private:
  void fill();
  void showPage(int page);
  int pages() const;

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  widgets::FoldSection* m_fold;
  QHBoxLayout* m_row;
  QWidget* m_arrows;
  widgets::IconButton* m_back;
  widgets::IconButton* m_on;
  std::shared_ptr<const ModelGuide> m_guide;
  std::vector<ExampleThumb*> m_thumbs;
  int m_page = 0;
  bool m_byHand = false;  ///< the user has opened or closed it
};

}  // namespace kinora::create
