// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/html_entities.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace kinora::wan {
namespace {

struct Entity {
  std::string_view name;  ///< with its semicolon, where it has one
  std::u32string_view value;
};

#include "engine/wan/html_entities_table.inc"

constexpr std::size_t kMaxName = 32;
constexpr std::size_t kMaxClosedName = 24;

/// HTML standard, "numeric character reference end state": what 0x80 to 0x9F stand for.
constexpr char32_t kWindows1252[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                       0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                       0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                       0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

template <std::size_t count>
const Entity* lookUp(const Entity (&table)[count], std::string_view name) {
  const auto* end = std::end(table);
  const auto* it =
      std::lower_bound(std::begin(table), end, name, [](const Entity& e, std::string_view n) { return e.name < n; });
  return it != end && it->name == name ? it : nullptr;
}

bool isDigit(char32_t c) {
  return c >= U'0' && c <= U'9';
}

int hexValue(char32_t c) {
  if (isDigit(c)) return static_cast<int>(c - U'0');
  if (c >= U'a' && c <= U'f') return static_cast<int>(c - U'a' + 10);
  if (c >= U'A' && c <= U'F') return static_cast<int>(c - U'A' + 10);
  return -1;
}

bool isLetter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

std::u32string numbered(std::uint32_t number) {
  if (number >= 0x80 && number <= 0x9F) return {kWindows1252[number - 0x80]};
  if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) return {0xFFFD};
  if (number == 0x0D) return {U'\r'};
  const bool control = number < 0x09 || number == 0x0B || (number >= 0x0E && number <= 0x1F) || number == 0x7F;
  const bool nonCharacter = (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
  if (control || nonCharacter) return {};
  return {static_cast<char32_t>(number)};
}

struct Match {
  std::size_t length = 0;  ///< code points of the reference, from its '&'
  std::u32string value;
  bool closed = false;  ///< ended in a semicolon
};

/// A number reference at text[at], which is '&'.
std::optional<Match> matchNumber(const std::u32string& text, std::size_t at) {
  std::size_t i = at + 2;
  if (i >= text.size() || text[at + 1] != U'#') return std::nullopt;
  const bool hex = text[i] == U'x' || text[i] == U'X';
  if (hex) ++i;
  const std::size_t digits = i;
  std::uint32_t number = 0;
  for (; i < text.size(); ++i) {
    const int digit = hex ? hexValue(text[i]) : isDigit(text[i]) ? static_cast<int>(text[i] - U'0') : -1;
    if (digit < 0) break;
    number = std::min<std::uint32_t>(number * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit), 0x110000);
  }
  if (i == digits) return std::nullopt;
  const bool closed = i < text.size() && text[i] == U';';
  return Match{i + (closed ? 1 : 0) - at, numbered(number), closed};
}

/// The ASCII letters and digits after text[at], with the semicolon if one follows; at most `most` and the semicolon.
std::string nameAfter(const std::u32string& text, std::size_t at, std::size_t most) {
  std::string name;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == U';' && !name.empty()) return name + ';';
    if (name.size() == most || !(isLetter(text[i]) || isDigit(text[i]))) break;
    name += static_cast<char>(text[i]);
  }
  return name;
}

/// A named reference at text[at], or the longest name that a run of letters begins with.
std::optional<Match> matchName(const std::u32string& text, std::size_t at) {
  std::string name = nameAfter(text, at, kMaxName);
  for (; name.size() > 1; name.pop_back()) {
    if (const Entity* entity = lookUp(kNamed, name)) {
      return Match{name.size() + 1, std::u32string(entity->value), name.back() == ';'};
    }
  }
  return std::nullopt;
}

template <class Matcher>
std::u32string replaceReferences(const std::u32string& text, Matcher match) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::optional<Match> found = text[i] == U'&' ? match(i) : std::nullopt;
    if (!found) {
      out += text[i++];
      continue;
    }
    out += found->value;
    i += found->length;
  }
  return out;
}

}  // namespace

std::u32string unescapeHtml(const std::u32string& text) {
  return replaceReferences(text, [&](std::size_t at) {
    const auto number = matchNumber(text, at);
    return number ? number : matchName(text, at);
  });
}

std::u32string unescapeClosedEntities(const std::u32string& text) {
  return replaceReferences(text, [&](std::size_t at) -> std::optional<Match> {
    if (const auto number = matchNumber(text, at)) {
      const bool fits = number->closed && number->length <= kMaxClosedName + 3;
      return fits && number->value != U";" ? number : std::nullopt;
    }
    const std::string name = nameAfter(text, at, kMaxClosedName);
    if (name.empty() || name.back() != ';') return std::nullopt;
    const Entity* entity = lookUp(kNamed, name);
    if (!entity) entity = lookUp(kCapitals, name);
    if (!entity) return std::nullopt;
    return Match{name.size() + 1, std::u32string(entity->value), true};
  });
}

}  // namespace kinora::wan
