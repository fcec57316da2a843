// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "engine/core/edition.h"
#include "ui/widgets/theme.h"

class QButtonGroup;
class QGridLayout;
class QLabel;

namespace kinora::credits {
class EditionCatalogue;
}
namespace kinora::widgets {
class ChipCombo;
}

namespace kinora::create {

class EditionCard;

/// Which edition: a card for each, a version list where there is more than one, and Draft, which costs nothing, as a
/// row below. Knows the catalogue, not the request.
class EditionPicker : public QWidget {
  Q_OBJECT

 public:
  EditionPicker(widgets::Theme& theme, const credits::EditionCatalogue& catalogue, QWidget* parent = nullptr);

  /// "" draft, "standard", "master", "master@2.0", as in core::GenerationRequest.
  const std::string& edition() const { return m_edition; }
  const std::string& quality() const { return m_quality; }
  /// nullptr: draft, or an edition that the catalogue lacks.
  const core::Edition* current() const;
  void setEdition(const std::string& edition, const std::string& quality);
  /// Greys the cards that cannot work in this mode, with the reason.
  void setImageMode(bool imageMode);
  /// Prices on the cards are for this length.
  void setSeconds(int seconds);
  void retranslate();

  EditionCard* card(const std::string& name, const std::string& quality) const;
  EditionCard* draftCard() const { return m_draft; }
  widgets::ChipCombo* versions() const { return m_versions; }

 Q_SIGNALS:
  void changed();

 private:
  void makeCards(widgets::Theme& theme);
  void fillVersions();
  void refresh();
  std::vector<const core::Edition*> versionsOf(const core::Edition& newest) const;

  const credits::EditionCatalogue& m_catalogue;
  struct Entry {
    const core::Edition* newest;
    EditionCard* card;
  };
  std::vector<Entry> m_cards;
  EditionCard* m_draft = nullptr;
  QButtonGroup* m_group;
  QGridLayout* m_grid;
  QLabel* m_label;
  widgets::ChipCombo* m_versions;
  std::string m_edition;
  std::string m_quality;
  bool m_imageMode = false;
  int m_seconds = 5;
};

}  // namespace kinora::create
