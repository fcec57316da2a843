// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/control_section.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/create/calm_spin_box.h"
#include "ui/widgets/card.h"
#include "ui/widgets/file_chooser.h"
#include "ui/widgets/picture_slot.h"

namespace kinora::create {

using namespace widgets;

namespace {

constexpr int kColumns = 3;  ///< of reference pictures
constexpr double kMaxScale = 10;
constexpr double kStep = 0.1;
constexpr double kAutoScale = -kStep;  ///< lowest value of the box: stands for Auto

QString text(const std::string& utf8) {
  return QString::fromStdString(utf8);
}

}  // namespace

ControlSection::ControlSection(Theme& theme, session::EngineClient& client, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_client(client),
      m_label(makeLabel(Role::Label, this)),
      m_video(makePlace()),
      m_mask(makePlace()),
      m_grid(new QGridLayout),
      m_scaleLabel(makeLabel(Role::Label, this)),
      m_scale(new CalmSpinBox<QDoubleSpinBox>(this)) {
  build();
  addReference();
  retranslate();
}

void ControlSection::build() {
  auto* videos = new QHBoxLayout;
  videos->setSpacing(kGap);
  for (const Place& place : {m_video, m_mask}) {
    place.slot->setTakesVideos(true);
    videos->addWidget(place.slot, 1);
    PictureInput* const input = place.input;
    connect(place.slot, &PictureSlot::filesGiven, input,
            [input](const QStringList& files) { input->setPath(files.first()); });
    connect(place.slot, &PictureSlot::chooseRequested, this, [this, input] {
      const FileChoice choice{tr("Choose a video or a picture"), tr("Videos and pictures"),
                              videoSuffixes() + pictureSuffixes(), "create/controlFolder"};
      chooseFiles(this, choice, [input](const QStringList& files) { input->setPath(files.first()); });
    });
  }
  m_grid->setSpacing(kGap);
  m_scale->setObjectName(QStringLiteral("controlScale"));
  m_scale->setRange(kAutoScale, kMaxScale);
  m_scale->setSingleStep(kStep);
  m_scale->setValue(kAutoScale);
  m_scaleLabel->setBuddy(m_scale);
  connect(m_scale, &QDoubleSpinBox::valueChanged, this, &ControlSection::edited);
  auto* scale = new QHBoxLayout;
  scale->setSpacing(kGap);
  scale->addWidget(m_scaleLabel, 1);
  scale->addWidget(m_scale, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kGap);
  layout->addWidget(m_label);
  layout->addLayout(videos);
  layout->addLayout(m_grid);
  layout->addLayout(scale);
}

ControlSection::Place ControlSection::makePlace() {
  auto* slot = new PictureSlot(m_theme, this);
  auto* input = new PictureInput(slot, m_client, slot);
  connect(slot, &PictureSlot::imageGiven, input, &PictureInput::setImage);
  connect(input, &PictureInput::changed, this, &ControlSection::edited);
  return {slot, input};
}

void ControlSection::addReference() {
  const Place place = makePlace();
  m_references.push_back(place);
  PictureInput* const input = place.input;
  connect(place.slot, &PictureSlot::filesGiven, this,
          [this, input](const QStringList& files) { giveReferences(input, files); });
  connect(place.slot, &PictureSlot::chooseRequested, this, [this, input] {
    const FileChoice choice{tr("Choose reference pictures"), tr("Pictures"), pictureSuffixes(), "create/pictureFolder",
                            true};
    chooseFiles(this, choice, [this, input](const QStringList& files) { giveReferences(input, files); });
  });
  layReferences();
}

/// The first goes where it was dropped, others behind all that are there.
void ControlSection::giveReferences(PictureInput* place, const QStringList& files) {
  for (const QString& file : files) {
    place->setPath(file);
    place = m_references.back().input;
  }
}

void ControlSection::removeReference(std::size_t index) {
  m_references[index].slot->hide();
  m_references[index].slot->deleteLater();
  m_references.erase(m_references.begin() + static_cast<std::ptrdiff_t>(index));
}

/// Places that were emptied go; the last one stays empty for the next picture.
void ControlSection::tidyReferences() {
  const auto isEmpty = [](const Place& place) { return place.input->path().isEmpty() && !place.input->isLoading(); };
  const std::size_t before = m_references.size();
  for (std::size_t i = m_references.size() - 1; i-- > 0;) {
    if (isEmpty(m_references[i])) removeReference(i);
  }
  if (!isEmpty(m_references.back())) return addReference();
  if (m_references.size() != before) layReferences();
}

/// As wide as the panel while they are few.
void ControlSection::layReferences() {
  const int columns = std::min(kColumns, static_cast<int>(m_references.size()));
  for (int i = 0; i < static_cast<int>(m_references.size()); ++i)
    m_grid->addWidget(m_references[static_cast<std::size_t>(i)].slot, i / kColumns, i % kColumns);
  for (int column = 0; column < kColumns; ++column) m_grid->setColumnStretch(column, column < columns ? 1 : 0);
  retranslateReferences();
}

void ControlSection::edited() {
  if (m_loading) return;
  tidyReferences();
  showMask();
  Q_EMIT changed();
}

void ControlSection::showMask() {
  m_mask.slot->setBlocked(m_video.input->path().isEmpty() ? tr("Mask · needs a control video") : QString());
  m_mask.slot->setToolTip(tr("White is made anew, black is kept of the control video"));
}

void ControlSection::read(core::GenerationRequest& request) const {
  request.controlVideo = m_video.input->path().toStdString();
  request.controlMask = m_mask.input->path().toStdString();
  request.references.clear();
  for (const Place& place : m_references) {
    if (!place.input->path().isEmpty()) request.references.push_back(place.input->path().toStdString());
  }
  request.controlScale.reset();
  if (m_scale->value() >= 0) request.controlScale = m_scale->value();
}

void ControlSection::setRequest(const core::GenerationRequest& request) {
  m_loading = true;
  m_video.input->setPath(text(request.controlVideo));
  m_mask.input->setPath(text(request.controlMask));
  m_scale->setValue(request.controlScale.value_or(kAutoScale));
  while (m_references.size() > 1) removeReference(0);
  m_references.back().input->setPath({});
  for (const std::string& reference : request.references) {
    m_references.back().input->setPath(text(reference));
    addReference();
  }
  layReferences();
  showMask();
  m_loading = false;
}

bool ControlSection::isLoading() const {
  return m_video.input->isLoading() || m_mask.input->isLoading() ||
         std::any_of(m_references.begin(), m_references.end(),
                     [](const Place& place) { return place.input->isLoading(); });
}

std::map<std::string, QString> ControlSection::faults() const {
  std::map<std::string, QString> faults;
  const auto add = [&faults](const char* field, const Place& place) {
    if (!place.input->fault().isEmpty()) faults.emplace(field, place.input->fault());
  };
  add("controlVideo", m_video);
  if (!m_mask.slot->isBlocked()) add("controlMask", m_mask);
  for (const Place& place : m_references) add("references", place);
  return faults;
}

void ControlSection::retranslate() {
  m_label->setText(tr("Control"));
  m_video.slot->setTag(tr("Control"));
  m_video.slot->setHint(tr("Control · drop a video"));
  m_video.slot->setToolTip(tr("What the clip follows: depth, pose or edges; or, with a mask, the video to change"));
  m_mask.slot->setTag(tr("Mask"));
  m_mask.slot->setHint(tr("Mask · optional"));
  showMask();
  for (const Place& place : {m_video, m_mask})
    place.slot->setTexts(tr("Choose a video or a picture…"), tr("Paste"), tr("Remove"));
  retranslateReferences();
  m_scaleLabel->setText(tr("Control scale"));
  m_scale->setAccessibleName(tr("Control scale"));
  m_scale->setSpecialValueText(tr("Auto (%1)").arg(1));
  m_scale->setToolTip(tr("How strongly the clip follows its control; 1 as trained, 0 not at all"));
}

void ControlSection::retranslateReferences() {
  for (std::size_t i = 0; i < m_references.size(); ++i) {
    PictureSlot* const slot = m_references[i].slot;
    slot->setTag(tr("Reference %1").arg(i + 1));
    slot->setHint(m_references.size() == 1 ? tr("References · drop pictures") : tr("One more"));
    slot->setToolTip(tr("People, things or places that shall appear"));
    slot->setTexts(tr("Choose pictures…"), tr("Paste"), tr("Remove the picture"));
  }
}

}  // namespace kinora::create
