// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/edition.h"
#include "engine/core/result.h"

namespace kinora::credits {

/// The editions on offer, read from resources/catalogue/editions.json. A value; newest version first within a name.
class EditionCatalogue {
 public:
  static core::Result<EditionCatalogue> load(const std::string& file);

  const std::vector<core::Edition>& editions() const { return m_editions; }
  int welcomeGrant() const { return m_welcomeGrant; }
  /// name "standard" or "master", optionally "@version" (else the newest); quality "" = the first of that version.
  /// nullptr if there is none: an older version is never taken because the newest lacks a quality.
  const core::Edition* find(std::string_view name, std::string_view quality) const;

 private:
  std::vector<core::Edition> m_editions;
  int m_welcomeGrant = 0;
};

/// Credits for seconds of output; the price list has 5 and 10 s only.
core::Result<int> price(const core::Edition& edition, const core::Rational& seconds);

/// 10 credits = 1 yuan: "2.00"
std::string inYuan(std::int64_t credits);

}  // namespace kinora::credits
