// SPDX-License-Identifier: GPL-3.0-or-later
// CreatePanel: the widgets and their connections.
#include <QFileInfo>
#include <QFrame>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QTimer>
#include <QVBoxLayout>

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
#include "ui/session/project_document.h"
#include "ui/widgets/action_button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"
#include "ui/widgets/fold_section.h"
#include "ui/widgets/prompt_edit.h"
#include "ui/widgets/segmented_control.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kNegativeHeight = 64;
constexpr int kDraftDelayMs = 400;
constexpr const char* kAdvancedOpen = "create/advancedOpen";
constexpr const char* kNegativeOpen = "create/negativeOpen";

QVBoxLayout* column(QWidget* parent, int spacing) {
  auto* layout = new QVBoxLayout(parent);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  return layout;
}

void rememberOpen(FoldSection* fold, const char* key) {
  const QString name = QLatin1StringView(key);
  fold->setExpanded(QSettings().value(name, false).toBool());
  QObject::connect(fold, &FoldSection::expandedChanged, fold, [name](bool open) { QSettings().setValue(name, open); });
}

}  // namespace

CreatePanel::CreatePanel(Theme& theme, session::ProjectDocument& document, session::EngineClient& client,
                         QWidget* parent)
    : QWidget(parent), m_document(document), m_client(client), m_draftTimer(new QTimer(this)) {
  setAcceptDrops(true);
  setMinimumWidth(kCreateWidth);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* content = new QWidget(scroll);
  auto* form = new QVBoxLayout(content);
  form->setContentsMargins(kPanelPadding, kPanelPaddingTop, kPanelPadding, kGap);
  form->setSpacing(kGapWide);
  buildForm(theme, client, form);
  form->addStretch();
  scroll->setWidget(content);
  // The scroll bar lies in the margin, so that the fields stay as wide as Generate below them.
  connect(scroll->verticalScrollBar(), &QScrollBar::rangeChanged, form, [form](int, int max) {
    form->setContentsMargins(kPanelPadding, kPanelPaddingTop, max > 0 ? kPanelPadding - kScrollBar : kPanelPadding,
                             kGap);
  });
  scroll->viewport()->setAutoFillBackground(false);
  content->setAutoFillBackground(false);

  auto* bottom = new QWidget(this);
  QVBoxLayout* action = column(bottom, kGap);
  action->setContentsMargins(kPanelPadding, kGap, kPanelPadding, kPanelPadding);
  m_reason = makeLabel(Role::Label, bottom);
  m_reason->setWordWrap(true);
  m_generate = new ActionButton(theme, bottom);
  m_note = makeLabel(Role::Hint, bottom);
  m_note->setAlignment(Qt::AlignCenter);
  action->addWidget(m_reason);
  action->addWidget(m_generate);
  action->addWidget(m_note);

  QVBoxLayout* layout = column(this, 0);
  layout->addWidget(scroll, 1);
  layout->addWidget(bottom);

  m_planner = std::make_unique<CreatePlanner>(client, *m_start, *m_end, *m_control);
  m_draftTimer->setSingleShot(true);
  m_draftTimer->setInterval(kDraftDelayMs);
  m_modeEdition[false] = {"", ""};
  m_modeEdition[true] = {"standard", "720p"};
  m_loading = true;
  retranslate();
  m_loading = false;
  connectFields();
  openDraft();
}

CreatePanel::~CreatePanel() = default;

void CreatePanel::buildForm(Theme& theme, session::EngineClient& client, QVBoxLayout* form) {
  m_mode = new SegmentedControl(this);
  m_mode->addSegment(QString());
  m_mode->addSegment(QString());
  form->addWidget(m_mode);
  m_edition = new EditionPicker(theme, client.editions(), this);
  form->addWidget(m_edition);
  addNote(form, "edition");
  form->addWidget(buildFrames(theme));
  addNote(form, "startImage");
  addNote(form, "endImage");
  m_control = new ControlSection(theme, m_client, this);
  form->addWidget(m_control);
  for (const char* field : {"controlVideo", "controlMask", "references", "controlScale"}) addNote(form, field);

  m_promptField = new PromptField(this);
  m_prompt = m_promptField->edit();
  form->addWidget(m_promptField);
  addNote(form, "prompt");
  m_examples = new ExampleGallery(theme, client, this);
  form->addWidget(m_examples);

  auto* chips = new QHBoxLayout;
  chips->setSpacing(kGap);
  m_aspect = new ChipCombo(theme, this);
  m_length = new ChipCombo(theme, this);
  m_variants = new ChipCombo(theme, this);
  for (ChipCombo* chip : {m_aspect, m_length, m_variants}) {
    chip->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    chips->addWidget(chip, 1);
  }
  form->addLayout(chips);
  addNote(form, "aspect");
  addNote(form, "seconds");
  m_seed = new SeedField(theme, this);
  form->addWidget(m_seed);

  form->addWidget(makeSeparator(this));
  m_advancedFold = new FoldSection(theme, this);
  m_advanced = new AdvancedSection(theme, client.models());
  m_loras = new LoraList(theme);
  auto* advanced = new QWidget(this);
  QVBoxLayout* advancedColumn = column(advanced, kGap);
  advancedColumn->addWidget(m_advanced);
  advancedColumn->addWidget(m_loras);
  m_advancedFold->setContent(advanced);
  rememberOpen(m_advancedFold, kAdvancedOpen);
  form->addWidget(m_advancedFold);
  for (const char* field : {"model", "size", "frames", "steps", "guidance", "shift", "sampler", "guidanceKind", "nag",
                            "skipLayers", "cache", "cacheThreshold", "loras"})
    addNote(form, field);
  m_adjusted = makeLabel(Role::Hint, this);
  m_adjusted->setWordWrap(true);
  m_adjusted->hide();
  form->addWidget(m_adjusted);

  m_negativeFold = new FoldSection(theme, this);
  auto* negativeBox = new QWidget(this);
  QVBoxLayout* negative = column(negativeBox, kGapSmall);
  m_negative = new PromptEdit(negativeBox);
  m_negative->setFixedHeight(kNegativeHeight);
  m_negativeCounter = makeLabel(Role::Hint, negativeBox);
  m_negativeCounter->setAlignment(Qt::AlignRight);
  negative->addWidget(m_negative);
  negative->addWidget(m_negativeCounter);
  m_negativeFold->setContent(negativeBox);
  rememberOpen(m_negativeFold, kNegativeOpen);
  form->addWidget(m_negativeFold);
  addNote(form, "negativePrompt");
}

QWidget* CreatePanel::buildFrames(Theme& theme) {
  m_frames = new QWidget(this);
  QVBoxLayout* layout = column(m_frames, kGapLabel);
  m_framesLabel = makeLabel(Role::Label, m_frames);
  layout->addWidget(m_framesLabel);
  auto* row = new QHBoxLayout;
  row->setSpacing(kGap);
  m_startSlot = new PictureSlot(theme, m_frames);
  m_endSlot = new PictureSlot(theme, m_frames);
  row->addWidget(m_startSlot, 1);
  row->addWidget(m_endSlot, 1);
  layout->addLayout(row);
  m_start = new PictureInput(m_startSlot, m_client, this);
  m_end = new PictureInput(m_endSlot, m_client, this);
  return m_frames;
}

QLabel* CreatePanel::addNote(QVBoxLayout* form, const char* field) {
  QLabel* label = makeLabel(Role::Fault, this);
  label->setWordWrap(true);
  label->hide();
  form->addWidget(label);
  m_faultLabels[field] = label;
  return label;
}

void CreatePanel::connectFields() {
  connect(m_mode, &SegmentedControl::currentChanged, this, [this](int index) { setImageMode(index == 1); });
  connect(m_edition, &EditionPicker::changed, this, &CreatePanel::chooseEdition);
  for (PromptEdit* edit : {m_prompt, m_negative}) {
    connect(edit, &QTextEdit::textChanged, this, &CreatePanel::refresh);
    connect(edit, &PromptEdit::foreignPasted, this, [this](const QMimeData* mime) {
      if (const QStringList files = pictureFiles(*mime); !files.isEmpty()) {
        addPictures(files);
      } else if (const QImage image = pictureImage(*mime); !image.isNull()) {
        addPicture(image);
      }
    });
  }
  connect(m_examples, &ExampleGallery::chosen, this, &CreatePanel::loadExample);
  for (ChipCombo* chip : {m_aspect, m_length, m_variants}) {
    connect(chip, &QComboBox::currentIndexChanged, this, &CreatePanel::refresh);
  }
  connect(m_seed, &SeedField::changed, this, &CreatePanel::refresh);
  connect(m_advanced, &AdvancedSection::changed, this, &CreatePanel::refresh);
  connect(m_loras, &LoraList::changed, this, &CreatePanel::refresh);
  connect(m_loras, &LoraList::refused, this,
          [this](const QString& file) { Q_EMIT message(tr("%1 is no LoRA.").arg(QFileInfo(file).fileName())); });
  connect(m_control, &ControlSection::changed, this, &CreatePanel::refresh);
  const std::pair<PictureSlot*, PictureInput*> slotInputs[] = {{m_startSlot, m_start}, {m_endSlot, m_end}};
  for (const auto& [place, input] : slotInputs) {
    PictureInput* const target = input;
    connect(place, &PictureSlot::filesGiven, this, [this, target](const QStringList& files) {
      target->setPath(files.first());
      if (files.size() > 1 && target == m_start && !m_endSlot->isBlocked()) m_end->setPath(files.at(1));
    });
    connect(place, &PictureSlot::imageGiven, target, &PictureInput::setImage);
    connect(place, &PictureSlot::chooseRequested, this, [this, target] { choosePicture(*target); });
    connect(target, &PictureInput::changed, this, &CreatePanel::refresh);
  }
  connect(m_start, &PictureInput::pathChanged, this, &CreatePanel::showStartAspect);
  connect(m_generate, &QAbstractButton::clicked, this, [this] { generate(false); });
  connect(m_draftTimer, &QTimer::timeout, this, &CreatePanel::saveDraft);
  connect(&m_document, &session::ProjectDocument::changed, this, [this](const session::ChangeEvent& event) {
    if (event.reset) openDraft();
  });
  // Balance and measured speed change what stands on the button.
  connect(&m_client, &session::EngineClient::balanceChanged, this, &CreatePanel::refresh);
  connect(&m_client, &session::EngineClient::jobFinished, this, &CreatePanel::refresh);
  connect(&m_client, &session::EngineClient::expectationsChanged, this, &CreatePanel::refresh);
  connect(m_advanced, &AdvancedSection::manageModelsRequested, this, &CreatePanel::manageModelsRequested);
}

}  // namespace kinora::create
