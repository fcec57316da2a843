// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/unicode.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace kinora::wan {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Length of the well-formed sequence at the start of text and its code point; 0 where there is none, and then bad is
/// the length of the part to replace.
std::size_t sequence(std::string_view text, char32_t& c, std::size_t& bad) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  bad = 1;
  if (lead < 0x80) {
    c = lead;
    return 1;
  }
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and values past U+10FFFF (Unicode, table 3-7).
  std::uint8_t least = 0x80;
  std::uint8_t most = 0xBF;
  if (lead == 0xE0) least = 0xA0;
  if (lead == 0xED) most = 0x9F;
  if (lead == 0xF0) least = 0x90;
  if (lead == 0xF4) most = 0x8F;
  c = lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < least || byte(i) > most) return 0;
    c = (c << 6) | (byte(i) & 0x3F);
    bad = i + 1;
    least = 0x80;
    most = 0xBF;
  }
  return length;
}

std::u32string normalized(const std::u32string& text, int options) {
  const std::string bytes = encodeUtf8(text);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()), static_cast<utf8proc_ssize_t>(bytes.size()),
                   &mapped, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) return text;
  return decodeUtf8({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)});
}

}  // namespace

std::u32string decodeUtf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    char32_t c = 0;
    std::size_t bad = 0;
    const std::size_t length = sequence(text, c, bad);
    out.push_back(length > 0 ? c : kReplacement);
    text.remove_prefix(length > 0 ? length : bad);
  }
  return out;
}

bool decodeStrictUtf8(std::string_view text, std::u32string& out) {
  out.clear();
  while (!text.empty()) {
    char32_t c = 0;
    std::size_t bad = 0;
    const std::size_t length = sequence(text, c, bad);
    if (length == 0) return false;
    out.push_back(c);
    text.remove_prefix(length);
  }
  return true;
}

std::string encodeUtf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacement;
    if (c < 0x80) {
      out += static_cast<char>(c);
      continue;
    }
    const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    out += static_cast<char>(((0xF0 << (3 - tail)) & 0xFF) | (c >> (6 * tail)));
    for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
  }
  return out;
}

std::u32string normalizeNfc(const std::u32string& text) {
  return normalized(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::u32string compatibleForm(char32_t c) {
  return normalized({c}, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

bool isSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::u32string trimmed(const std::u32string& text) {
  std::size_t first = 0;
  std::size_t last = text.size();
  while (first < last && isSpace(text[first])) ++first;
  while (last > first && isSpace(text[last - 1])) --last;
  return text.substr(first, last - first);
}

}  // namespace kinora::wan
