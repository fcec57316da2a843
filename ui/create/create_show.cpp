// SPDX-License-Identifier: GPL-3.0-or-later
// CreatePanel: texts, choices and what the plan says.
#include <QLabel>
#include <QSignalBlocker>
#include <cmath>
#include <numeric>

#include "engine/core/edition.h"
#include "engine/core/plan_cost.h"
#include "ui/create/advanced_section.h"
#include "ui/create/control_section.h"
#include "ui/create/create_panel.h"
#include "ui/create/edition_picker.h"
#include "ui/create/example_gallery.h"
#include "ui/create/lora_list.h"
#include "ui/create/picture_input.h"
#include "ui/create/prompt_field.h"
#include "ui/create/seed_field.h"
#include "ui/session/engine_client.h"
#include "ui/widgets/action_button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/picture_slot.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/segmented_control.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kMaxVariants = 4;
constexpr int kDefaultPromptLimit = 2500;
constexpr int kDraftLengths[] = {5, 10};
constexpr int kEditionLength = 5;

QString sizeText(core::Size size) {
  return QStringLiteral("%1×%2").arg(size.width).arg(size.height);
}

/// "0:24", "1:02:05"
QString clock(double seconds) {
  const auto total = static_cast<qint64>(std::ceil(seconds));
  const auto two = [](qint64 value) { return QStringLiteral("%1").arg(value, 2, 10, QLatin1Char('0')); };
  if (total < 3600) return QStringLiteral("%1:%2").arg(total / 60).arg(two(total % 60));
  return QStringLiteral("%1:%2:%3").arg(total / 3600).arg(two(total / 60 % 60), two(total % 60));
}

/// "16:9" for a common ratio within 1 %, else "1.37:1".
QString ratioText(core::Size size) {
  if (size.isEmpty()) return {};
  const double ratio = static_cast<double>(size.width) / size.height;
  constexpr core::Size kCommon[] = {{16, 9}, {9, 16}, {1, 1}, {4, 3}, {3, 4}, {3, 2}, {2, 3}, {21, 9}, {5, 4}, {4, 5}};
  for (const core::Size common : kCommon) {
    if (std::abs(ratio * common.height / common.width - 1) < 0.01) {
      return QStringLiteral("%1:%2").arg(common.width).arg(common.height);
    }
  }
  return ratio >= 1 ? QStringLiteral("%1:1").arg(ratio, 0, 'f', 2) : QStringLiteral("1:%1").arg(1 / ratio, 0, 'f', 2);
}

struct Choice {
  QString text;
  QVariant data;
};

/// Fills combo where the choices differ from what it has; keeps the chosen one, else takes fallback.
void fill(ChipCombo* combo, const QList<Choice>& choices, const QVariant& fallback) {
  const QVariant chosen = combo->currentData();
  bool same = combo->count() == choices.size();
  for (int i = 0; same && i < combo->count(); ++i) {
    same = combo->itemText(i) == choices[i].text && combo->itemData(i) == choices[i].data;
  }
  if (same) return;
  const QSignalBlocker blocker(combo);
  combo->clear();
  for (const Choice& choice : choices) combo->addItem(choice.text, choice.data);
  int index = chosen.isValid() ? combo->findData(chosen) : -1;
  if (index < 0) index = std::max(0, combo->findData(fallback));
  combo->setCurrentIndex(index);
  combo->updateGeometry();
}

}  // namespace

void CreatePanel::retranslate() {
  setAccessibleName(tr("Create"));
  m_mode->setSegmentText(0, tr("Text"));
  m_mode->setSegmentText(1, tr("Image"));
  m_mode->setSegmentToolTip(0, tr("Make a clip from words alone"));
  m_mode->setSegmentToolTip(1, tr("Make a clip that begins with a picture"));
  m_edition->retranslate();
  m_framesLabel->setText(tr("Frames"));
  m_startSlot->setTag(tr("Start"));
  m_startSlot->setHint(tr("Start · drop a picture"));
  m_startSlot->setToolTip(tr("Drop, paste (Ctrl+V) or click to choose a picture"));
  m_endSlot->setTag(tr("End"));
  m_endSlot->setHint(tr("End · optional"));
  for (PictureSlot* place : {m_startSlot, m_endSlot}) {
    place->setTexts(tr("Choose a picture…"), tr("Paste"), tr("Remove the picture"));
  }
  m_promptField->retranslate();
  m_examples->retranslate();
  m_aspect->setAccessibleName(tr("Aspect"));
  m_aspect->setToolTip(tr("Shape of the picture; Auto takes that of the start picture"));
  m_length->setAccessibleName(tr("Length"));
  m_variants->setAccessibleName(tr("Variants"));
  m_variants->setToolTip(tr("Takes with consecutive seeds; each is a job of its own"));
  m_seed->retranslate();
  m_advancedFold->setTitle(tr("Advanced"));
  m_advanced->retranslate();
  m_loras->retranslate();
  m_control->retranslate();
  m_negativeFold->setTitle(tr("Negative prompt"));
  m_negative->setAccessibleName(tr("Negative prompt"));
  m_negative->setPlaceholderText(tr("What should not be seen, e.g. blurry, text"));
  m_generate->setText(tr("Generate"));
  m_generate->setAccessibleName(tr("Generate"));
  fillAspects();
  fillLengths();
  fillVariants();
}

void CreatePanel::fillAspects() {
  QList<Choice> choices;
  if (m_state.imageMode) {
    const QString own = ratioText(m_start->size());
    choices << Choice{own.isEmpty() ? tr("Auto") : tr("Auto %1").arg(own), QString()};
  }
  for (const auto& ratio : {QStringLiteral("16:9"), QStringLiteral("9:16"), QStringLiteral("1:1")}) {
    choices << Choice{ratio, ratio};
  }
  fill(m_aspect, choices, m_state.imageMode ? QString() : QStringLiteral("16:9"));
}

void CreatePanel::fillLengths() {
  QList<Choice> choices;
  const core::Edition* edition = m_edition->current();
  if (edition) {
    for (const auto& price : edition->prices) choices << Choice{tr("%1 s").arg(price.seconds), price.seconds};
  } else {
    // A draft is as long as the model likes best, unless another length is chosen.
    const core::ModelInfo* model = m_outlook.model;
    const double own = model && model->fps.isPositive() ? model->frames / model->fps.toDouble() : 0;
    choices << Choice{own > 0 ? tr("Auto %1 s").arg(AdvancedSection::number(std::round(own * 10) / 10)) : tr("Auto"),
                      0};
    for (const int seconds : kDraftLengths) choices << Choice{tr("%1 s").arg(seconds), seconds};
  }
  fill(m_length, choices, edition ? kEditionLength : 0);
  m_edition->setSeconds(std::max(kEditionLength, m_length->currentData().toInt()));
}

void CreatePanel::fillVariants() {
  QList<Choice> choices;
  for (int n = 1; n <= kMaxVariants; ++n) choices << Choice{n == 1 ? tr("1 take") : tr("%1 takes").arg(n), n};
  fill(m_variants, choices, 1);
}

void CreatePanel::showSlots() {
  m_frames->setVisible(m_state.imageMode);
  m_control->setVisible(takesControl());
  const core::Edition* edition = m_edition->current();
  const core::ModelInfo* model = m_outlook.model;
  QString blocked;
  if (edition && !edition->endFrame) {
    blocked = tr("End · Standard 1080p");
  } else if (model && !model->endFrame) {
    blocked = tr("End · not with %1").arg(QString::fromStdString(model->name));
  }
  m_endSlot->setBlocked(blocked);
  if (blocked.isEmpty()) {
    m_endSlot->setToolTip(tr("Drop, paste (Ctrl+V) or click to choose a picture"));
  } else {
    m_endSlot->setToolTip(edition && !edition->endFrame
                              ? tr("Only Standard 1080p and Draft have an end frame")
                              : tr("The model %1 cannot aim at an end frame").arg(QString::fromStdString(model->name)));
  }
}

void CreatePanel::showOutlook() {
  const core::Plan& plan = m_outlook.plan;
  const int limit = m_outlook.edition ? m_outlook.edition->promptLimit : kDefaultPromptLimit;
  for (PromptEdit* edit : {m_prompt, m_negative}) {
    if (edit->limit() != limit) edit->setLimit(limit);
  }
  m_promptField->showCounter();
  const QString model = m_outlook.model ? QString::fromStdString(m_outlook.model->name) : QString();
  const std::shared_ptr<const ModelGuide> guide = m_guides.of(m_outlook.model);
  m_promptField->setModel(model, guide);
  m_examples->setModel(model, guide);
  m_examples->setPrompt(m_prompt->toPlainText());
  m_negativeCounter->setText(m_negative->counterText());
  setRole(m_negativeCounter, m_negative->isTooLong() ? Role::Fault : Role::Hint);

  for (const auto& [field, label] : m_faultLabels) {
    const auto fault =
        m_outlook.faults.find(field == "edition" && m_outlook.faults.count("quality") ? "quality" : field);
    label->setVisible(fault != m_outlook.faults.end());
    label->setText(fault == m_outlook.faults.end() ? QString() : fault->second);
  }
  const auto faulty = [this](const char* field) { return m_outlook.faults.count(field) > 0; };
  setStyleProperty(m_prompt, "fault", faulty("prompt"));
  setStyleProperty(m_negative, "fault", faulty("negativePrompt"));
  m_startSlot->setFault(faulty("startImage"));
  m_endSlot->setFault(faulty("endImage"));
  m_aspect->setFault(faulty("aspect"));
  m_length->setFault(faulty("seconds"));
  if (faulty("negativePrompt")) m_negativeFold->setExpanded(true);

  const core::GenerationRequest asked = usableState().effective();
  const bool ownFrames = asked.frames > 0;
  m_advanced->setFramesBlocked(m_outlook.edition ? tr("An edition's length is given in seconds") : QString());
  m_length->setEnabled(!ownFrames);
  m_length->setToolTip(ownFrames ? tr("The number of frames is set in Advanced") : tr("Length of the clip"));
  core::GenerationRequest plain;
  if (m_state.imageMode) plain.startImage = m_state.request.startImage;
  plain.controlVideo = asked.controlVideo;
  plain.references = asked.references;
  m_advanced->setAutoModel(m_client.models().firstFor(plain));
  if (m_outlook.model) m_advancedFold->setSummary(m_advanced->summary(*m_outlook.model, plan.request));

  QStringList adjusted;
  if (ownFrames && plan.request.frames > 0 && plan.request.frames != asked.frames) {
    adjusted << tr("%1 frames become %2, as the model counts").arg(asked.frames).arg(plan.request.frames);
  }
  if (!m_state.request.size.isEmpty() && !plan.request.size.isEmpty() && !(plan.request.size == m_state.request.size)) {
    adjusted
        << tr("%1 becomes %2, as the model counts").arg(sizeText(m_state.request.size), sizeText(plan.request.size));
  }
  m_adjusted->setText(adjusted.join(QLatin1Char('\n')));
  m_adjusted->setVisible(!adjusted.isEmpty());
  showState();
}

/// How the plan uses memory, a line a decision.
QString CreatePanel::memoryText(const core::MemoryPlan& memory) const {
  QStringList lines{tr("Up to %1 of memory").arg(QString::fromStdString(core::byteText(memory.peak())))};
  if (!memory.keepIdle) lines << tr("Each network is in memory only while it works");
  if (memory.streamBlocks) lines << tr("The transformer's blocks are streamed: slower, the same result");
  if (memory.tiled()) lines << tr("The picture is decoded in tiles");
  return lines.join(QLatin1Char('\n'));
}

void CreatePanel::showState() {
  const core::Plan& plan = m_outlook.plan;
  const bool canStart = m_outlook.canStart();
  const int credits = plan.credits * m_state.variants;
  const QString price = credits > 0 ? tr("%1 credits").arg(credits) : tr("free");
  m_generate->setDetail(m_outlook.seconds >= 0 ? tr("≈ %1 · %2").arg(clock(m_outlook.seconds), price) : price);
  m_generate->setEnabled(canStart);
  const QString reason = m_outlook.reason();
  m_generate->setToolTip(canStart ? tr("Generate (Ctrl+Enter) · at the front of the queue (Ctrl+Shift+Enter)")
                                  : reason);
  // A fault stands beside its field already; the line repeats it only where that field may be out of sight.
  m_reason->setText(reason);
  setRole(m_reason, m_outlook.faults.empty() && m_outlook.credits.isEmpty() ? Role::Label : Role::Fault);
  m_reason->setVisible(!canStart);
  QString note = tr("Ctrl+Enter");
  if (m_outlook.model && !plan.request.size.isEmpty()) {
    const QString native = sizeText(plan.request.size);
    const QString name = QString::fromStdString(m_outlook.model->name);
    note += plan.outputSize == plan.request.size || plan.outputSize.isEmpty()
                ? QStringLiteral(" · %1 %2").arg(name, native)
                : QStringLiteral(" · %1 %2 → %3").arg(name, native, sizeText(plan.outputSize));
  }
  if (plan.memory.planned) note += QStringLiteral(" · ") + QString::fromStdString(core::byteText(plan.memory.peak()));
  m_note->setText(note);
  m_note->setToolTip(plan.memory.planned ? memoryText(plan.memory) : QString());
}

}  // namespace kinora::create
