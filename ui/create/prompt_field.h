// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "engine/models/vocabulary.h"
#include "ui/create/model_guide.h"

class QLabel;
class QTimer;

namespace kinora::widgets {
class PromptEdit;
class SuggestionPopup;
}  // namespace kinora::widgets

namespace kinora::create {

/// The prompt with its counter. While it is typed, phrases that the model knows are suggested; a moment after, a line
/// below names what the model has not read, where that is most of the prompt.
class PromptField : public QWidget {
  Q_OBJECT

 public:
  explicit PromptField(QWidget* parent = nullptr);

  widgets::PromptEdit* edit() const { return m_edit; }
  /// name is the model's; the hint calls it that.
  void setModel(const QString& name, std::shared_ptr<const ModelGuide> guide);
  void showCounter();
  void retranslate();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void follow();
  void suggest();
  void take(int index);
  void showHint();

  QLabel* m_label;
  QLabel* m_counter;
  widgets::PromptEdit* m_edit;
  QLabel* m_hint;
  widgets::SuggestionPopup* m_popup;
  QTimer* m_hintTimer;
  QString m_text;
  QString m_name;
  std::shared_ptr<const ModelGuide> m_guide;
  std::vector<models::Suggestion> m_suggestions;
  bool m_typing = false;     ///< the next change of the text is the user's own
  bool m_composing = false;  ///< an input method has not finished
};

}  // namespace kinora::create
