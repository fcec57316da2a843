// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/credits/editions.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

namespace kinora::credits {
namespace {

using core::Error;
using core::ErrorCode;
using nlohmann::json;

constexpr int kCatalogueVersion = 1;
constexpr int kMostCredits = 1'000'000;

/// "24/1"; both parts positive.
core::Rational rateFromText(const std::string& text) {
  int num = 0;
  int den = 0;
  const char* end = text.data() + text.size();
  const auto [slash, numError] = std::from_chars(text.data(), end, num);
  if (numError == std::errc() && slash != end && *slash == '/') {
    const auto [rest, denError] = std::from_chars(slash + 1, end, den);
    if (denError == std::errc() && rest == end && num > 0 && den > 0) return {num, den};
  }
  throw std::invalid_argument("frame rate; expected N/D, got \"" + text + "\"");
}

int intIn(const json& object, const char* key, int low, int high) {
  const json& value = object.at(key);
  const bool whole = value.is_number_integer();
  if (!whole || value < low || value > high) {
    throw std::invalid_argument(std::string(key) + "; expected a whole number " + std::to_string(low) + "…" +
                                std::to_string(high) + ", got " + value.dump());
  }
  return value.get<int>();
}

core::Edition editionFrom(const json& object, int promptLimit) {
  core::Edition edition;
  object.at("id").get_to(edition.id);
  object.at("name").get_to(edition.name);
  object.at("version").get_to(edition.version);
  object.at("quality").get_to(edition.quality);
  object.at("text_to_video").get_to(edition.textToVideo);
  object.at("image_to_video").get_to(edition.imageToVideo);
  object.at("end_frame").get_to(edition.endFrame);
  edition.shortSide = intIn(object, "short_side", 2, 8192);
  edition.fps = rateFromText(object.at("fps").get<std::string>());
  edition.promptLimit = promptLimit;
  for (const json& row : object.at("prices"))
    edition.prices.push_back({intIn(row, "seconds", 1, 60), intIn(row, "credits", 0, kMostCredits)});
  if (edition.prices.empty()) throw std::invalid_argument("edition \"" + edition.id + "\" has no price");
  return edition;
}

/// Compares "2.10" and "2.9" by their numbers.
bool isNewer(const std::string& a, const std::string& b) {
  std::istringstream left(a);
  std::istringstream right(b);
  while (true) {
    int x = 0;
    int y = 0;
    const bool hasLeft = static_cast<bool>(left >> x);
    const bool hasRight = static_cast<bool>(right >> y);
    if (!hasLeft || !hasRight) return hasLeft && !hasRight;
    if (x != y) return x > y;
    left.ignore();
    right.ignore();
  }
}

/// Newest version first within a name; otherwise as in the file.
void sortByVersion(std::vector<core::Edition>& editions) {
  std::vector<std::string> order;
  for (const core::Edition& edition : editions) {
    if (std::find(order.begin(), order.end(), edition.name) == order.end()) order.push_back(edition.name);
  }
  const auto rank = [&order](const core::Edition& e) { return std::find(order.begin(), order.end(), e.name); };
  std::stable_sort(editions.begin(), editions.end(), [&](const core::Edition& a, const core::Edition& b) {
    return a.name == b.name ? isNewer(a.version, b.version) : rank(a) < rank(b);
  });
}

}  // namespace

core::Result<EditionCatalogue> EditionCatalogue::load(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{ErrorCode::NotFound, "the list of editions cannot be opened", file};
  try {
    const json root = json::parse(stream);
    if (root.at("format") != "kinora-editions") throw std::invalid_argument("not a list of editions");
    if (intIn(root, "version", 1, 1 << 30) > kCatalogueVersion)
      return Error{ErrorCode::NewerVersion, "the list of editions was written for a newer Kinora", file};
    EditionCatalogue catalogue;
    catalogue.m_welcomeGrant = intIn(root, "welcome_grant", 0, kMostCredits);
    const int promptLimit = intIn(root, "prompt_limit", 1, 1 << 20);
    std::set<std::string> ids;
    for (const json& row : root.at("editions")) {
      catalogue.m_editions.push_back(editionFrom(row, promptLimit));
      if (const std::string& id = catalogue.m_editions.back().id; !ids.insert(id).second)
        throw std::invalid_argument("two editions have the id \"" + id + "\"");
    }
    sortByVersion(catalogue.m_editions);
    return catalogue;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string("the list of editions cannot be read: ") + e.what(), file};
  }
}

const core::Edition* EditionCatalogue::find(std::string_view name, std::string_view quality) const {
  const std::size_t at = name.find('@');
  const std::string_view version = at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
  const std::string_view bare = name.substr(0, at);
  std::string_view wanted = version;
  for (const core::Edition& edition : m_editions) {
    if (edition.name != bare) continue;
    // Without a version only the newest counts: a quality it lacks must not lead to an older one by chance.
    if (at == std::string_view::npos && wanted.empty()) wanted = edition.version;
    if (edition.version == wanted && (quality.empty() || edition.quality == quality)) return &edition;
  }
  return nullptr;
}

core::Result<int> price(const core::Edition& edition, const core::Rational& seconds) {
  std::string offered;
  for (const core::Edition::Price& row : edition.prices) {
    if (core::Rational(row.seconds) == seconds) return row.credits;
    offered += (offered.empty() ? "" : " or ") + std::to_string(row.seconds);
  }
  return Error{ErrorCode::InvalidInput, "length; expected " + offered + " s, got " + seconds.toString() + " s",
               edition.id};
}

std::string inYuan(std::int64_t credits) {
  const bool negative = credits < 0;
  // Through unsigned, so that the most negative number has a magnitude too.
  const std::uint64_t amount = negative ? 0 - static_cast<std::uint64_t>(credits) : static_cast<std::uint64_t>(credits);
  std::string text = negative ? "-" : "";
  return text.append(std::to_string(amount / 10)).append(".").append(std::to_string(amount % 10)).append("0");
}

}  // namespace kinora::credits
