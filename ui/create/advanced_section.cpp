// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/advanced_section.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>
#include <cmath>

#include "engine/core/sampling.h"
#include "engine/models/model_catalogue.h"
#include "ui/create/calm_spin_box.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kMaxFrames = 241;
constexpr int kMaxSteps = 100;
constexpr double kMaxGuidance = 20;
constexpr double kMaxShift = 20;
constexpr double kMaxNag = 50;
constexpr double kMaxThreshold = 1;
constexpr double kThresholdStep = 0.01;
constexpr double kStep = 0.5;
constexpr double kAutoValue = -kStep;  ///< lowest value of a box: stands for Auto

QString settingsKey() {
  return QStringLiteral("create/advanced");
}

QString sizeText(core::Size size) {
  return QStringLiteral("%1×%2").arg(size.width).arg(size.height);
}

/// Fills a list with what core knows; rows ahead of it come first.
template <class List>
void addChoices(ChipCombo& combo, const List& choices) {
  for (const auto& choice : choices) combo.addItem(QString::fromUtf8(choice.title), QString::fromUtf8(choice.word));
}

void choose(ChipCombo& combo, const std::string& word) {
  combo.setCurrentIndex(std::max(0, combo.findData(QString::fromStdString(word))));
}

std::string chosen(const ChipCombo& combo) {
  return combo.currentData().toString().toStdString();
}

/// "9, 10" and back; what is no number is left out.
std::vector<int> blocksOf(const QString& text) {
  std::vector<int> blocks;
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    bool number = false;
    const int block = part.trimmed().toInt(&number);
    if (number) blocks.push_back(block);
  }
  return blocks;
}

QString textOf(const std::vector<int>& blocks) {
  QStringList parts;
  for (const int block : blocks) parts.append(QString::number(block));
  return parts.join(QStringLiteral(", "));
}

int roundTo(double value, int multiple) {
  return std::max(1, static_cast<int>(std::lround(value / multiple))) * multiple;
}

}  // namespace

AdvancedSection::AdvancedSection(Theme& theme, const models::ModelCatalogue& catalogue, QWidget* parent)
    : QWidget(parent),
      m_catalogue(catalogue),
      m_model(new ChipCombo(theme, this)),
      m_size(new ChipCombo(theme, this)),
      m_sampler(new ChipCombo(theme, this)),
      m_guidanceKind(new ChipCombo(theme, this)),
      m_cache(new ChipCombo(theme, this)),
      m_detail(new ChipCombo(theme, this)),
      m_frames(new CalmSpinBox<QSpinBox>(this)),
      m_steps(new CalmSpinBox<QSpinBox>(this)),
      m_guidance(new CalmSpinBox<QDoubleSpinBox>(this)),
      m_shift(new CalmSpinBox<QDoubleSpinBox>(this)),
      m_nag(new CalmSpinBox<QDoubleSpinBox>(this)),
      m_threshold(new CalmSpinBox<QDoubleSpinBox>(this)),
      m_skipLayers(new QLineEdit(this)),
      m_reset(new QPushButton(this)),
      m_manage(new QPushButton(this)) {
  build();
  fillModels();
  retranslate();
  load();
}

void AdvancedSection::build() {
  m_frames->setRange(0, kMaxFrames);
  m_steps->setRange(0, kMaxSteps);
  m_guidance->setRange(kAutoValue, kMaxGuidance);
  m_shift->setRange(kAutoValue, kMaxShift);
  for (QDoubleSpinBox* box : {m_guidance, m_shift}) {
    box->setSingleStep(kStep);
    box->setDecimals(2);
    box->setValue(kAutoValue);
  }
  m_nag->setRange(0, kMaxNag);
  m_threshold->setRange(0, kMaxThreshold);
  m_threshold->setSingleStep(kThresholdStep);
  m_skipLayers->setObjectName(QStringLiteral("skipLayers"));
  m_skipLayers->setValidator(
      new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{0,3}(\\s*,\\s*[0-9]{0,3})*")), this));
  m_manage->setObjectName(QStringLiteral("manageModels"));
  for (QPushButton* link : {m_reset, m_manage}) {
    link->setProperty("link", true);
    link->setAutoDefault(false);
  }
  QWidget* const fields[] = {m_model,        m_size, m_frames,     m_steps, m_guidance,  m_shift, m_sampler,
                             m_guidanceKind, m_nag,  m_skipLayers, m_cache, m_threshold, m_detail};
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(kGap);
  grid->setVerticalSpacing(kGapLabel - 2);
  // Model takes a row of its own; the others stand in pairs, each below its label.
  int cell = 0;
  for (std::size_t i = 0; i < std::size(fields); ++i) {
    m_labels[i] = makeLabel(Role::Label, this);
    m_labels[i]->setBuddy(fields[i]);
    const int row = 2 * (cell / 2);
    const int span = i == 0 ? 2 : 1;
    grid->addWidget(m_labels[i], row, cell % 2, 1, span);
    grid->addWidget(fields[i], row + 1, cell % 2, 1, span);
    cell += span;
  }
  grid->addWidget(m_manage, 0, 1, Qt::AlignRight | Qt::AlignVCenter);
  grid->addWidget(m_reset, 2 * (cell / 2) + 1, cell % 2, Qt::AlignLeft | Qt::AlignVCenter);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  for (ChipCombo* combo : {m_model, m_size, m_sampler, m_guidanceKind, m_cache, m_detail}) {
    connect(combo, &QComboBox::currentIndexChanged, this, &AdvancedSection::edited);
  }
  for (QSpinBox* box : {m_frames, m_steps}) connect(box, &QSpinBox::valueChanged, this, &AdvancedSection::edited);
  for (QDoubleSpinBox* box : {m_guidance, m_shift, m_nag, m_threshold}) {
    connect(box, &QDoubleSpinBox::valueChanged, this, &AdvancedSection::edited);
  }
  connect(m_skipLayers, &QLineEdit::textChanged, this, &AdvancedSection::edited);
  connect(m_manage, &QPushButton::clicked, this, &AdvancedSection::manageModelsRequested);
  connect(m_reset, &QPushButton::clicked, this, [this] {
    setRequest({});
    edited();
  });
}

const core::ModelInfo* AdvancedSection::shownModel() const {
  const QString id = m_model->currentData().toString();
  return id.isEmpty() ? m_auto : m_catalogue.find(id.toStdString());
}

void AdvancedSection::fillModels() {
  const QSignalBlocker blocker(m_model);
  const QVariant chosen = m_model->currentData();
  m_model->clear();
  m_model->addItem(QString(), QString());
  for (const core::ModelInfo& model : m_catalogue.models()) {
    m_model->addItem(QString::fromStdString(model.name), QString::fromStdString(model.id));
    m_model->setChoiceEnabled(m_model->count() - 1, model.problem.empty(), QString::fromStdString(model.problem));
  }
  m_model->setCurrentIndex(std::max(0, m_model->findData(chosen)));
}

void AdvancedSection::fillSizes() {
  const QSignalBlocker blocker(m_size);
  const QVariant chosen = m_size->currentData();
  m_size->clear();
  const core::ModelInfo* model = shownModel();
  const bool known = model && !model->nativeSize.isEmpty();
  m_size->addItem(tr("Auto"), QSize());
  if (known) {
    for (const double factor : {1.0, 1.5, 2.0}) {
      const core::Size size{roundTo(model->nativeSize.width * factor, model->sizeMultiple),
                            roundTo(model->nativeSize.height * factor, model->sizeMultiple)};
      m_size->addItem(sizeText(size), QSize(size.width, size.height));
    }
  }
  if (chosen.isValid() && m_size->findData(chosen) < 0) {
    const QSize size = chosen.toSize();
    m_size->addItem(sizeText({size.width(), size.height()}), size);
  }
  m_size->setCurrentIndex(std::max(0, m_size->findData(chosen)));
}

void AdvancedSection::showAutoValues() {
  const core::ModelInfo* model = shownModel();
  const core::SamplerInfo* sampler = core::findSampler(chosen(*m_sampler));
  core::SamplingDefaults defaults;
  if (model && sampler) defaults = core::samplingDefaults(*sampler, *model);
  if (model && !sampler) defaults = {model->steps, model->shift, model->guidance};
  const auto automatic = [&](double value) { return model ? tr("Auto (%1)").arg(number(value)) : tr("Auto"); };
  m_model->setItemText(0, m_auto ? tr("Auto (%1)").arg(QString::fromStdString(m_auto->name)) : tr("Auto"));
  m_frames->setSpecialValueText(automatic(model ? model->frames : 0));
  m_steps->setSpecialValueText(automatic(defaults.steps));
  m_guidance->setSpecialValueText(automatic(defaults.guidance));
  m_shift->setSpecialValueText(automatic(defaults.shift));
  const double threshold = core::defaultCacheThreshold(chosen(*m_cache));
  m_threshold->setEnabled(threshold > 0);
  m_threshold->setSpecialValueText(threshold > 0 ? tr("Auto (%1)").arg(number(threshold)) : tr("Auto"));
  m_nag->setSpecialValueText(tr("Off"));
  fillSizes();
}

void AdvancedSection::setAutoModel(const core::ModelInfo* model) {
  m_auto = model;
  showAutoValues();
}

void AdvancedSection::reloadModels() {
  fillModels();
  showAutoValues();
}

void AdvancedSection::read(core::GenerationRequest& request) const {
  request.model = m_model->currentData().toString().toStdString();
  const QSize size = m_size->currentData().toSize();
  request.size = size.isEmpty() ? core::Size{} : core::Size{size.width(), size.height()};
  request.frames = m_frames->value();
  request.steps = m_steps->value();
  request.guidance.reset();
  request.shift.reset();
  if (m_guidance->value() >= 0) request.guidance = m_guidance->value();
  if (m_shift->value() >= 0) request.shift = m_shift->value();
  readSampling(request);
}

void AdvancedSection::readSampling(core::GenerationRequest& request) const {
  request.sampler = chosen(*m_sampler);
  request.guidanceKind = chosen(*m_guidanceKind);
  const bool steers = m_nag->value() > 0;
  if (!steers) request.nag.reset();
  if (steers && !request.nag) request.nag.emplace();
  if (steers) request.nag->scale = m_nag->value();
  request.skipLayers.blocks = blocksOf(m_skipLayers->text());
  if (request.skipLayers.blocks.empty()) request.skipLayers = {};
  request.cache = chosen(*m_cache);
  request.detail = chosen(*m_detail);
  request.cacheThreshold.reset();
  if (!request.cache.empty() && m_threshold->value() > 0) request.cacheThreshold = m_threshold->value();
}

void AdvancedSection::setRequest(const core::GenerationRequest& request) {
  m_loading = true;
  const core::ModelInfo* model = request.model.empty() ? nullptr : m_catalogue.find(request.model);
  m_model->setCurrentIndex(model ? std::max(0, m_model->findData(QString::fromStdString(model->id))) : 0);
  if (!request.size.isEmpty()) {
    const QSize size(request.size.width, request.size.height);
    if (m_size->findData(size) < 0) m_size->addItem(sizeText(request.size), size);
    m_size->setCurrentIndex(m_size->findData(size));
  } else {
    m_size->setCurrentIndex(0);
  }
  m_frames->setValue(request.frames);
  m_steps->setValue(request.steps);
  m_guidance->setValue(request.guidance.value_or(kAutoValue));
  m_shift->setValue(request.shift.value_or(kAutoValue));
  showSampling(request);
  m_loading = false;
  showAutoValues();
}

void AdvancedSection::showSampling(const core::GenerationRequest& request) {
  choose(*m_sampler, request.sampler);
  choose(*m_guidanceKind, request.guidanceKind);
  m_nag->setValue(request.nag ? request.nag->scale : 0);
  m_skipLayers->setText(textOf(request.skipLayers.blocks));
  choose(*m_cache, request.cache);
  choose(*m_detail, request.detail);
  m_threshold->setValue(request.cacheThreshold.value_or(0));
}

void AdvancedSection::setFramesBlocked(const QString& reason) {
  m_frames->setEnabled(reason.isEmpty());
  m_frames->setToolTip(reason.isEmpty() ? tr("Frames the model makes; takes precedence over the length") : reason);
}

QString AdvancedSection::summary(const core::ModelInfo& model, const core::GenerationRequest& planned) const {
  QString text = QString::fromStdString(model.name);
  if (planned.steps > 0) text += planned.steps == 1 ? tr(" · 1 step") : tr(" · %1 steps").arg(planned.steps);
  if (planned.guidance) text += tr(" · guidance %1").arg(number(*planned.guidance));
  return text;
}

QString AdvancedSection::number(double value) {
  return QString::number(std::round(value * 100) / 100, 'g', 6);
}

void AdvancedSection::retranslate() {
  const QString names[] = {tr("Model"),
                           tr("Size"),
                           tr("Frames"),
                           tr("Steps"),
                           tr("Guidance"),
                           tr("Shift"),
                           tr("Sampler"),
                           tr("Kind of guidance"),
                           tr("Negative guidance"),
                           tr("Skipped layers"),
                           tr("Step caching"),
                           tr("Caching threshold"),
                           tr("Detail of the picture")};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    m_labels[i]->setText(names[i]);
    m_labels[i]->buddy()->setAccessibleName(names[i]);
  }
  m_size->setToolTip(tr("Pixels the model works at; the clip is brought to the edition's size at the end"));
  m_steps->setToolTip(tr("More steps: finer and slower"));
  m_guidance->setToolTip(tr("How closely the clip follows the prompt"));
  m_shift->setToolTip(tr("Higher: more of the work goes into the overall motion"));
  m_reset->setText(tr("Reset to Auto"));
  m_manage->setText(tr("Manage models…"));
  m_sampler->setToolTip(tr("DMD, LightX2V and LCM are for models or LoRAs made for few steps"));
  m_guidanceKind->setToolTip(tr("CFG-Zero* keeps guidance steadier in the first steps"));
  m_nag->setToolTip(tr("Lets the negative prompt work without guidance, about 11; for models made for few steps"));
  m_skipLayers->setToolTip(tr("Steers away from what the model makes without these layers, such as 9, 10; slower"));
  m_skipLayers->setPlaceholderText(tr("None"));
  m_cache->setToolTip(tr("Reuses the model's work while little changes between steps: faster, slightly different"));
  m_threshold->setToolTip(tr("Higher: more steps are reused"));
  m_detail->setToolTip(tr("Where the clip is enlarged, its frames get the detail of the picture it began with"));
  fillChoices();
  showAutoValues();
}

void AdvancedSection::fillChoices() {
  const auto fill = [](ChipCombo* combo, const QString& first, auto choices) {
    const QSignalBlocker blocker(combo);
    const int index = std::max(0, combo->currentIndex());
    combo->clear();
    combo->addItem(first, QString());
    addChoices(*combo, choices);
    combo->setCurrentIndex(index);
  };
  fill(m_sampler, tr("Auto"), core::samplers());
  fill(m_guidanceKind, tr("Auto"), core::guidanceKinds());
  fill(m_cache, tr("Off"), core::cacheKinds());
  const QByteArray off = tr("Off").toUtf8();
  fill(m_detail, tr("Kept"), std::array{core::Choice{"off", off.constData()}});
}

void AdvancedSection::edited() {
  if (m_loading) return;
  showAutoValues();
  save();
  Q_EMIT changed();
}

void AdvancedSection::save() const {
  core::GenerationRequest request;
  read(request);
  QSettings().setValue(settingsKey(), QString::fromStdString(core::toJson(request)));
}

void AdvancedSection::load() {
  const auto request = core::requestFromJson(QSettings().value(settingsKey()).toString().toStdString());
  if (request) setRequest(*request);
}

}  // namespace kinora::create
