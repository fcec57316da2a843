// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "ui/create/create_planner.h"
#include "ui/create/create_state.h"
#include "ui/create/model_guide.h"

class QLabel;
class QTimer;
class QVBoxLayout;

namespace kinora::session {
class EngineClient;
class ProjectDocument;
struct ChangeEvent;
}  // namespace kinora::session
namespace kinora::widgets {
class ActionButton;
class ChipCombo;
class FoldSection;
class PictureSlot;
class PromptEdit;
class SegmentedControl;
class Theme;
}  // namespace kinora::widgets

namespace kinora::create {

class AdvancedSection;
class ControlSection;
class EditionPicker;
class ExampleGallery;
class LoraList;
class PromptField;
class SeedField;

/// The left column: all that makes a request, planned at every change, and Generate with its price.
///
/// A new project begins in text mode with Draft, which costs nothing. The first picture turns to image mode and
/// Standard 720p; each mode keeps its own edition, but Master stays when the mode changes, since it does both. The
/// state is written into the document's draft a moment after each change and read from it when a project opens.
class CreatePanel : public QWidget {
  Q_OBJECT

 public:
  CreatePanel(widgets::Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
              QWidget* parent = nullptr);
  ~CreatePanel() override;

  /// Loads a recipe; its seed is kept (locked). Fields that it leaves out go to their defaults.
  void setRequest(const core::GenerationRequest& request);
  /// The same for one that a clip carries; recipeLoaded follows, so that somebody asks whether its seed is meant.
  void loadRecipe(const core::GenerationRequest& request);
  /// Loads an example of the chosen model, seed kept; exampleLoaded follows where it replaces a prompt of the user's.
  void loadExample(const core::GenerationRequest& example);
  /// Puts back what the last exampleLoaded was about.
  void takeBackExample();
  /// Keeps the seed that is shown, or draws another.
  void keepSeed(bool keep);
  void setStartImage(const QString& path);
  void setEndImage(const QString& path);
  /// Pictures dropped or pasted anywhere: the first becomes the start frame, the next, where the edition has one, the
  /// end frame.
  void addPictures(const QStringList& files);
  void addPicture(const QImage& image);
  /// LoRA files dropped anywhere: into the list under Advanced, which opens.
  void addLoras(const QStringList& files);
  /// Emits generateRequested if it can start; otherwise shows the reason.
  void generate(bool atFront = false);
  void focusPrompt();
  /// The catalogue has other models.
  void reloadModels();
  /// The focus, with all text selected.
  void selectPrompt();

  const CreateState& state() const { return m_state; }
  const Outlook& outlook() const { return m_outlook; }

 Q_SIGNALS:
  /// variants jobs with consecutive seeds, beginning at the plan's. plan is for one of them.
  void generateRequested(const kinora::core::GenerationRequest& request, const kinora::core::Plan& plan, int variants,
                         bool atFront);
  void recipeLoaded(quint64 seed);
  /// takeBackExample() brings the form back as it was.
  void exampleLoaded();
  /// Something to say that concerns no field.
  void message(const QString& text);

  /// The Advanced fold's "Manage models…".
  void manageModelsRequested();

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void buildForm(widgets::Theme& theme, session::EngineClient& client, QVBoxLayout* form);
  QWidget* buildFrames(widgets::Theme& theme);
  QLabel* addNote(QVBoxLayout* form, const char* field);
  void connectFields();
  void retranslate();
  void fillAspects();
  void fillLengths();
  void fillVariants();

  void setImageMode(bool imageMode);
  /// The aspect goes back to that of the start picture: in image mode, for each new picture.
  void showStartAspect();
  void chooseEdition();
  void choosePicture(PictureInput& input);
  /// Whether the chosen model takes a control video and references; where none is chosen: or they are given.
  bool takesControl() const;
  /// The state without what edition and model cannot use: the end picture, the control and the own number of frames
  /// wait in their fields.
  CreateState usableState() const;
  /// Fields -> state -> plan -> what is shown -> draft.
  void refresh();
  void showState();
  QString memoryText(const core::MemoryPlan& memory) const;
  void showOutlook();
  void showSlots();
  void saveDraft();
  void openDraft();
  void loadState(const CreateState& state);
  void loadRecipeFrom(const QString& file);

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
  CreateState m_state;
  Outlook m_outlook;
  std::map<bool, std::pair<std::string, std::string>> m_modeEdition;  ///< image mode? -> edition, quality
  std::string m_savedDraft;
  ModelGuides m_guides;
  std::optional<CreateState> m_beforeExample;
  bool m_loading = false;

  widgets::SegmentedControl* m_mode;
  EditionPicker* m_edition;
  QWidget* m_frames;
  QLabel* m_framesLabel;
  widgets::PictureSlot* m_startSlot;
  widgets::PictureSlot* m_endSlot;
  PictureInput* m_start;
  PictureInput* m_end;
  ControlSection* m_control;
  PromptField* m_promptField;
  widgets::PromptEdit* m_prompt;  ///< of m_promptField
  ExampleGallery* m_examples;
  widgets::ChipCombo* m_aspect;
  widgets::ChipCombo* m_length;
  widgets::ChipCombo* m_variants;
  SeedField* m_seed;
  widgets::FoldSection* m_advancedFold;
  AdvancedSection* m_advanced;
  LoraList* m_loras;
  QLabel* m_adjusted;
  widgets::FoldSection* m_negativeFold;
  widgets::PromptEdit* m_negative;
  QLabel* m_negativeCounter;
  QLabel* m_reason;
  widgets::ActionButton* m_generate;
  QLabel* m_note;
  std::map<std::string, QLabel*> m_faultLabels;
  QTimer* m_draftTimer;
  std::unique_ptr<CreatePlanner> m_planner;
};

}  // namespace kinora::create
