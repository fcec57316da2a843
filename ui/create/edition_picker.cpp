// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/create/edition_picker.h"

#include <QButtonGroup>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "engine/credits/editions.h"
#include "ui/create/edition_card.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip_combo.h"

namespace kinora::create {

using namespace widgets;

namespace {
constexpr int kColumns = 3;

std::string baseName(const std::string& edition) {
  return edition.substr(0, edition.find('@'));
}
}  // namespace

EditionPicker::EditionPicker(Theme& theme, const credits::EditionCatalogue& catalogue, QWidget* parent)
    : QWidget(parent),
      m_catalogue(catalogue),
      m_group(new QButtonGroup(this)),
      m_grid(new QGridLayout),
      m_label(makeLabel(Role::Label, this)),
      m_versions(new ChipCombo(theme, this)) {
  auto* head = new QHBoxLayout;
  head->addWidget(m_label);
  head->addStretch();
  head->addWidget(m_versions);
  m_versions->setQuiet(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kGapLabel - 2);
  layout->addLayout(head);
  m_grid->setSpacing(kGap);
  layout->addLayout(m_grid);
  makeCards(theme);
  connect(m_group, &QButtonGroup::idClicked, this, [this](int id) {
    if (id < 0 || static_cast<std::size_t>(id) >= m_cards.size()) {
      setEdition({}, {});
    } else {
      const core::Edition& edition = *m_cards[static_cast<std::size_t>(id)].newest;
      setEdition(edition.name, edition.quality);
    }
  });
  connect(m_versions, &QComboBox::activated, this, [this](int index) {
    const std::string version = m_versions->itemData(index).toString().toStdString();
    const bool newest = index == 0;
    const std::string name = baseName(m_edition);
    // An older version decides its quality itself.
    const core::Edition* edition = m_catalogue.find(newest ? name : name + "@" + version, newest ? m_quality : "");
    if (newest && !edition) edition = m_catalogue.find(name, "");
    if (edition) setEdition(newest ? name : name + "@" + version, edition->quality);
  });
  retranslate();
}

void EditionPicker::makeCards(Theme& theme) {
  for (const core::Edition& edition : m_catalogue.editions()) {
    // The newest version of a name comes first; an older one is no card of its own.
    const auto sameName = [&](const Entry& entry) { return entry.newest->name == edition.name; };
    const auto known = std::find_if(m_cards.begin(), m_cards.end(), sameName);
    if (known != m_cards.end() && known->newest->version != edition.version) continue;
    auto* card = new EditionCard(theme, false, this);
    const int index = static_cast<int>(m_cards.size());
    m_group->addButton(card, index);
    m_grid->addWidget(card, index / kColumns, index % kColumns);
    m_cards.push_back({&edition, card});
  }
  for (int column = 0; column < kColumns; ++column) m_grid->setColumnStretch(column, 1);
  m_draft = new EditionCard(theme, true, this);
  m_group->addButton(m_draft, static_cast<int>(m_cards.size()));
  m_grid->addWidget(m_draft, m_grid->rowCount(), 0, 1, kColumns);
  m_draft->setChecked(true);
}

const core::Edition* EditionPicker::current() const {
  return m_edition.empty() ? nullptr : m_catalogue.find(m_edition, m_quality);
}

void EditionPicker::setEdition(const std::string& edition, const std::string& quality) {
  if (edition == m_edition && quality == m_quality) return;
  m_edition = edition;
  m_quality = quality;
  refresh();
  Q_EMIT changed();
}

void EditionPicker::setImageMode(bool imageMode) {
  m_imageMode = imageMode;
  refresh();
}

void EditionPicker::setSeconds(int seconds) {
  m_seconds = seconds;
  refresh();
}

void EditionPicker::retranslate() {
  m_label->setText(tr("Edition"));
  m_versions->setAccessibleName(tr("Version of the edition"));
  refresh();
}

EditionCard* EditionPicker::card(const std::string& name, const std::string& quality) const {
  for (const Entry& entry : m_cards) {
    if (entry.newest->name == name && entry.newest->quality == quality) return entry.card;
  }
  return nullptr;
}

std::vector<const core::Edition*> EditionPicker::versionsOf(const core::Edition& newest) const {
  std::vector<const core::Edition*> versions{&newest};
  for (const core::Edition& edition : m_catalogue.editions()) {
    if (edition.name == newest.name && edition.version != newest.version) versions.push_back(&edition);
  }
  return versions;
}

void EditionPicker::fillVersions() {
  const QSignalBlocker blocker(m_versions);
  m_versions->clear();
  const core::Edition* chosen = current();
  for (const Entry& entry : m_cards) {
    if (!chosen || entry.newest->name != chosen->name) continue;
    if (m_versions->count() > 0) break;
    const core::Edition* newest = chosen->version == entry.newest->version ? chosen : entry.newest;
    for (const core::Edition* version : versionsOf(*newest)) {
      m_versions->addItem(tr("Version %1").arg(QString::fromStdString(version->version)),
                          QString::fromStdString(version->version));
      if (version->version == chosen->version) m_versions->setCurrentIndex(m_versions->count() - 1);
    }
  }
  m_versions->setEnabled(m_versions->count() > 1);
  m_versions->setVisible(m_versions->count() > 0);
  m_versions->updateGeometry();
}

void EditionPicker::refresh() {
  const core::Edition* chosen = current();
  for (const Entry& entry : m_cards) {
    const core::Edition& newest = *entry.newest;
    const bool isChosen = chosen && chosen->name == newest.name &&
                          (chosen->version != newest.version || chosen->quality == newest.quality);
    const core::Edition& shown = isChosen ? *chosen : newest;
    const QString name = newest.name == "standard" ? tr("Standard")
                         : newest.name == "master" ? tr("Master")
                                                   : QString::fromStdString(newest.name);
    const auto price = credits::price(shown, core::Rational(m_seconds));
    entry.card->setTexts(name, QString::fromStdString(shown.quality), price ? QString::number(*price) : QString());
    const bool possible = m_imageMode ? shown.imageToVideo : shown.textToVideo;
    entry.card->setEnabled(possible || isChosen);
    entry.card->setToolTip(possible      ? price ? tr("%1 credits for %2 s").arg(*price).arg(m_seconds) : QString()
                                : m_imageMode ? tr("This edition makes video from text only")
                                         : tr("This edition starts from a picture: choose Image above"));
    entry.card->setChecked(isChosen);
  }
  m_draft->setTexts(tr("Draft"), tr("the model's own size"), tr("free"));
  m_draft->setToolTip(tr("Kinora's own: quick tries at the size the model works at, no credits"));
  m_draft->setChecked(m_edition.empty());
  fillVersions();
}

}  // namespace kinora::create
