// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/advanced_section.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QWheelEvent>
#include <cmath>

#include "engine/models/model_catalogue.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kMaxFrames = 241;
constexpr int kMaxSteps = 100;
constexpr double kMaxGuidance = 20;
constexpr double kMaxShift = 20;
constexpr double kStep = 0.5;
constexpr double kAutoValue = -kStep;  ///< lowest value of a box: stands for Auto

QString settingsKey() {
  return QStringLiteral("create/advanced");
}

QString sizeText(core::Size size) {
  return QStringLiteral("%1×%2").arg(size.width).arg(size.height);
}

/// A number field that a wheel scrolls past: the panel scrolls, and nothing changes by accident.
template <class Base>
class Calm : public Base {
 public:
  explicit Calm(QWidget* parent) : Base(parent) { this->setButtonSymbols(QAbstractSpinBox::NoButtons); }

 protected:
  void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

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
      m_frames(new Calm<QSpinBox>(this)),
      m_steps(new Calm<QSpinBox>(this)),
      m_guidance(new Calm<QDoubleSpinBox>(this)),
      m_shift(new Calm<QDoubleSpinBox>(this)),
      m_reset(new QPushButton(this)) {
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
  m_reset->setProperty("link", true);
  m_reset->setAutoDefault(false);
  QWidget* const fields[] = {m_model, m_size, m_frames, m_steps, m_guidance, m_shift, m_sampler};
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
  grid->addWidget(m_reset, 2 * (cell / 2) + 1, cell % 2, Qt::AlignLeft | Qt::AlignVCenter);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  for (ChipCombo* combo : {m_model, m_size, m_sampler}) {
    connect(combo, &QComboBox::currentIndexChanged, this, &AdvancedSection::edited);
  }
  for (QSpinBox* box : {m_frames, m_steps}) connect(box, &QSpinBox::valueChanged, this, &AdvancedSection::edited);
  for (QDoubleSpinBox* box : {m_guidance, m_shift}) {
    connect(box, &QDoubleSpinBox::valueChanged, this, &AdvancedSection::edited);
  }
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
  const auto automatic = [&](double value) { return model ? tr("Auto (%1)").arg(number(value)) : tr("Auto"); };
  m_model->setItemText(0, m_auto ? tr("Auto (%1)").arg(QString::fromStdString(m_auto->name)) : tr("Auto"));
  m_frames->setSpecialValueText(automatic(model ? model->frames : 0));
  m_steps->setSpecialValueText(automatic(model ? model->steps : 0));
  m_guidance->setSpecialValueText(automatic(model ? model->guidance : 0));
  m_shift->setSpecialValueText(automatic(model ? model->shift : 0));
  fillSizes();
}

void AdvancedSection::setAutoModel(const core::ModelInfo* model) {
  m_auto = model;
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
  request.sampler = m_sampler->currentData().toString().toStdString();
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
  m_sampler->setCurrentIndex(std::max(0, m_sampler->findData(QString::fromStdString(request.sampler))));
  m_loading = false;
  showAutoValues();
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
  const QString names[] = {tr("Model"),    tr("Size"),  tr("Frames"), tr("Steps"),
                           tr("Guidance"), tr("Shift"), tr("Sampler")};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    m_labels[i]->setText(names[i]);
    m_labels[i]->buddy()->setAccessibleName(names[i]);
  }
  m_size->setToolTip(tr("Pixels the model works at; the clip is brought to the edition's size at the end"));
  m_steps->setToolTip(tr("More steps: finer and slower"));
  m_guidance->setToolTip(tr("How closely the clip follows the prompt"));
  m_shift->setToolTip(tr("Higher: more of the work goes into the overall motion"));
  m_reset->setText(tr("Reset to Auto"));
  const QSignalBlocker blocker(m_sampler);
  const int chosen = std::max(0, m_sampler->currentIndex());
  m_sampler->clear();
  m_sampler->addItem(tr("Auto"), QString());
  m_sampler->addItem(QStringLiteral("UniPC"), QStringLiteral("unipc"));
  m_sampler->addItem(QStringLiteral("Euler"), QStringLiteral("euler"));
  m_sampler->setCurrentIndex(chosen);
  showAutoValues();
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
