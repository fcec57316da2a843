// SPDX-License-Identifier: GPL-3.0-or-later
// CreatePanel: state, planning and what it does. The form is in create_form.cpp, what it shows in create_show.cpp.
#include "ui/create/create_panel.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QMimeData>
#include <QTimer>

#include "engine/core/model_fit.h"
#include "ui/create/advanced_section.h"
#include "ui/create/control_section.h"
#include "ui/create/edition_picker.h"
#include "ui/create/example_gallery.h"
#include "ui/create/lora_list.h"
#include "ui/create/picture_input.h"
#include "ui/create/seed_field.h"
#include "ui/session/dropped_files.h"
#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/file_chooser.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/picture_slot.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/segmented_control.h"

namespace kinora::create {

using namespace widgets;

namespace {

bool isVideo(const QString& file) {
  return videoSuffixes().contains(QFileInfo(file).suffix().toLower());
}

bool doesBoth(const core::Edition* edition) {
  return edition && edition->textToVideo && edition->imageToVideo;
}

}  // namespace

void CreatePanel::setRequest(const core::GenerationRequest& request) {
  CreateState state;
  state.request = request;
  state.imageMode = !request.startImage.empty();
  state.seedLocked = request.seed.has_value();
  loadState(state);
}

void CreatePanel::setStartImage(const QString& path) {
  setImageMode(true);
  m_start->setPath(path);
}

void CreatePanel::setEndImage(const QString& path) {
  setImageMode(true);
  m_end->setPath(path);
}

void CreatePanel::addPictures(const QStringList& files) {
  if (files.isEmpty()) return;
  const bool second = m_state.imageMode && !m_start->path().isEmpty() && m_end->path().isEmpty() &&
                      !m_endSlot->isBlocked() && files.size() == 1;
  if (second) {
    setEndImage(files.first());
    return;
  }
  setStartImage(files.first());
  if (files.size() > 1 && !m_endSlot->isBlocked()) setEndImage(files.at(1));
}

void CreatePanel::addPicture(const QImage& image) {
  const bool second =
      m_state.imageMode && !m_start->path().isEmpty() && m_end->path().isEmpty() && !m_endSlot->isBlocked();
  setImageMode(true);
  (second ? m_end : m_start)->setImage(image);
}

void CreatePanel::addLoras(const QStringList& files) {
  m_advancedFold->setExpanded(true);
  m_loras->addFiles(files);
}

void CreatePanel::generate(bool atFront) {
  refresh();
  if (!m_outlook.canStart()) return;
  Q_EMIT generateRequested(usableState().effective(), m_outlook.plan, m_state.variants, atFront);
  if (!m_seed->isLocked()) m_seed->roll();
}

void CreatePanel::reloadModels() {
  m_guides.forget();
  m_advanced->reloadModels();
  refresh();
}

void CreatePanel::focusPrompt() {
  m_prompt->setFocus(Qt::OtherFocusReason);
}

void CreatePanel::selectPrompt() {
  focusPrompt();
  m_prompt->selectAll();
}

void CreatePanel::setImageMode(bool imageMode) {
  if (imageMode == m_state.imageMode) return;
  m_state.imageMode = imageMode;
  m_mode->setCurrentIndex(imageMode ? 1 : 0);
  if (m_loading) return;
  showStartAspect();
  // Master does both and stays; otherwise each mode goes back to its own choice.
  if (!doesBoth(m_edition->current())) {
    const auto [edition, quality] = m_modeEdition[imageMode];
    m_edition->setEdition(edition, quality);
  }
  refresh();
}

void CreatePanel::showStartAspect() {
  if (m_loading || !m_state.imageMode) return;
  m_loading = true;
  fillAspects();
  m_aspect->setCurrentIndex(0);
  m_loading = false;
}

void CreatePanel::chooseEdition() {
  if (m_loading) return;
  m_modeEdition[m_state.imageMode] = {m_edition->edition(), m_edition->quality()};
  refresh();
}

void CreatePanel::choosePicture(PictureInput& input) {
  const FileChoice choice{tr("Choose a picture"), tr("Pictures"), pictureSuffixes(), "create/pictureFolder"};
  chooseFiles(this, choice, [this, target = &input](const QStringList& files) {
    setImageMode(true);
    target->setPath(files.first());
  });
}

void CreatePanel::refresh() {
  if (m_loading) return;
  core::GenerationRequest& request = m_state.request;
  request.prompt = m_prompt->toPlainText().toStdString();
  request.negativePrompt = m_negative->toPlainText().toStdString();
  request.startImage = m_start->path().toStdString();
  request.endImage = m_end->path().toStdString();
  request.edition = m_edition->edition();
  request.quality = m_edition->quality();
  m_loading = true;
  m_edition->setImageMode(m_state.imageMode);
  fillAspects();
  fillLengths();
  m_loading = false;
  request.aspect = m_aspect->currentData().toString().toStdString();
  request.seconds = core::Rational(m_length->currentData().toInt());
  m_advanced->read(request);
  request.loras = m_loras->loras();
  m_control->read(request);
  m_state.variants = m_variants->currentData().toInt();
  request.seed = m_seed->seed();
  m_state.seedLocked = m_seed->isLocked();
  showSlots();
  const core::ModelInfo* before = m_outlook.model;
  m_outlook = m_planner->look(usableState());
  if (m_outlook.model != before) {
    // Another model takes other pictures.
    showSlots();
    m_outlook = m_planner->look(usableState());
  }
  // What a LoRA can choose from depends on the model, which is known only now.
  m_loras->setTwoExperts(m_outlook.model && !m_outlook.model->parts.transformer2.empty());
  if (auto loras = m_loras->loras(); loras != request.loras) {
    request.loras = std::move(loras);
    m_outlook = m_planner->look(usableState());
  }
  showOutlook();
  m_draftTimer->start();
}

bool CreatePanel::takesControl() const {
  const core::GenerationRequest& request = m_state.request;
  const bool any = request.model.empty();
  const core::ModelInfo* model = any ? m_outlook.model : m_client.models().find(request.model);
  return (model && model->control) || (any && core::Wishes(request).control);
}

CreateState CreatePanel::usableState() const {
  CreateState usable = m_state;
  core::GenerationRequest& request = usable.request;
  if (m_endSlot->isBlocked()) request.endImage.clear();
  if (!takesControl()) {
    request.controlVideo.clear();
    request.references.clear();
    request.controlScale.reset();
  }
  if (request.controlVideo.empty()) request.controlMask.clear();
  if (m_edition->current()) request.frames = 0;
  if (request.frames > 0) request.seconds = {};
  return usable;
}

void CreatePanel::saveDraft() {
  const std::string draft = toJson(m_state);
  if (draft == m_savedDraft) return;
  m_savedDraft = draft;
  m_document.setCreateDraft(draft);
}

void CreatePanel::openDraft() {
  const auto state = stateFromJson(m_document.project().createDraft);
  if (state) {
    loadState(*state);
  } else {
    // No draft yet, or one that cannot be read: a fresh form, with what Advanced remembers.
    CreateState fresh;
    m_advanced->read(fresh.request);
    loadState(fresh);
  }
  // Opening a project is no change of it.
  m_draftTimer->stop();
  m_savedDraft = toJson(m_state);
}

void CreatePanel::loadState(const CreateState& state) {
  m_loading = true;
  m_state = state;
  const core::GenerationRequest& request = state.request;
  m_mode->setCurrentIndex(state.imageMode ? 1 : 0);
  m_edition->setEdition(request.edition, request.quality);
  m_modeEdition[state.imageMode] = {request.edition, request.quality};
  m_start->setPath(QString::fromStdString(request.startImage));
  m_end->setPath(QString::fromStdString(request.endImage));
  m_prompt->setPlainText(QString::fromStdString(request.prompt));
  m_negative->setPlainText(QString::fromStdString(request.negativePrompt));
  m_seed->setLocked(state.seedLocked);
  if (request.seed) {
    m_seed->setSeed(*request.seed);
  } else {
    m_seed->roll();
  }
  m_advanced->setRequest(request);
  m_loras->setLoras(request.loras);
  m_control->setRequest(request);
  fillAspects();
  fillLengths();
  m_aspect->setCurrentIndex(std::max(0, m_aspect->findData(QString::fromStdString(request.aspect))));
  m_length->setCurrentIndex(std::max(0, m_length->findData(static_cast<int>(request.seconds.round()))));
  m_variants->setCurrentIndex(std::max(0, m_variants->findData(state.variants)));
  m_loading = false;
  refresh();
}

void CreatePanel::loadRecipe(const core::GenerationRequest& request) {
  setRequest(request);
  if (request.seed) Q_EMIT recipeLoaded(*request.seed);
}

void CreatePanel::loadExample(const core::GenerationRequest& example) {
  const QString prompt = m_prompt->toPlainText();
  const bool own = !prompt.trimmed().isEmpty() && !m_examples->holds(prompt);
  if (own) m_beforeExample = m_state;
  core::GenerationRequest request = example;
  request.model = m_state.request.model;
  setRequest(request);
  if (own) Q_EMIT exampleLoaded();
}

void CreatePanel::takeBackExample() {
  if (m_beforeExample) loadState(*std::exchange(m_beforeExample, std::nullopt));
}

void CreatePanel::keepSeed(bool keep) {
  m_seed->setLocked(keep);
  if (!keep) m_seed->roll();
}

void CreatePanel::loadRecipeFrom(const QString& file) {
  m_client.probe(file, this, [this, file](const core::Result<core::ClipInfo>& info) {
    if (!info) {
      Q_EMIT message(session::errorText(info.error()));
      return;
    }
    const auto request = core::requestFromJson(info->recipe);
    if (info->recipe.empty() || !request) {
      Q_EMIT message(tr("%1 carries no recipe").arg(QFileInfo(file).fileName()));
      return;
    }
    loadRecipe(*request);
  });
}

void CreatePanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) {
    m_loading = true;
    retranslate();
    m_loading = false;
    refresh();
  }
}

void CreatePanel::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
  if (enter && (modifiers == Qt::ControlModifier || modifiers == (Qt::ControlModifier | Qt::ShiftModifier))) {
    generate(modifiers.testFlag(Qt::ShiftModifier));
    return;
  }
  if (event->matches(QKeySequence::Paste)) {
    (m_startSlot->isEmpty() || m_endSlot->isBlocked() ? m_startSlot : m_endSlot)->paste();
    return;
  }
  QWidget::keyPressEvent(event);
}

void CreatePanel::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData& mime = *event->mimeData();
  const QStringList files = session::localFiles(mime);
  const bool video = !files.isEmpty() && isVideo(files.first());
  if (video || !pictureFiles(mime).isEmpty() || mime.hasImage()) {
    event->acceptProposedAction();
  } else {
    event->ignore();  // the window may know what to do with it
  }
}

void CreatePanel::dropEvent(QDropEvent* event) {
  const QMimeData& mime = *event->mimeData();
  const QStringList files = session::localFiles(mime);
  if (const QStringList pictures = pictureFiles(mime); !pictures.isEmpty()) {
    addPictures(pictures);
  } else if (!files.isEmpty() && isVideo(files.first())) {
    loadRecipeFrom(files.first());
  } else if (const QImage image = pictureImage(mime); !image.isNull()) {
    addPicture(image);
  } else {
    return;
  }
  event->acceptProposedAction();
}

}  // namespace kinora::create
