// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/mojibake.h"

#include <algorithm>
#include <string_view>

#include "engine/wan/unicode.h"

namespace kinora::wan {
namespace {

/// Windows-1252 0x80 to 0x9F; the five unassigned bytes stand for themselves, as browsers read them.
constexpr char32_t kUpperHalf[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/// The byte that Latin-1 or Windows-1252 shows as c, or -1.
int byteOf(char32_t c) {
  if (c < 0x100) return static_cast<int>(c);
  const auto* it = std::find(std::begin(kUpperHalf), std::end(kUpperHalf), c);
  return it == std::end(kUpperHalf) ? -1 : static_cast<int>(0x80 + (it - std::begin(kUpperHalf)));
}

/// Code points of the well-formed UTF-8 sequence of two bytes or more that text shows from `at`; 0: none.
std::size_t sequenceAt(const std::u32string& text, std::size_t at, std::u32string& decoded) {
  const int lead = byteOf(text[at]);
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (at + length > text.size()) return 0;
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) {
    const int byte = byteOf(text[at + i]);
    if (byte < 0) return 0;
    bytes += static_cast<char>(byte);
  }
  return decodeStrictUtf8(bytes, decoded) ? length : 0;
}

/// Whether this one sequence is enough to speak of damage.
bool telling(const std::u32string& text, std::size_t at) {
  const int lead = byteOf(text[at]);
  const int second = byteOf(text[at + 1]);
  // "Ã…" and "Â…" may be a word in capitals before an ellipsis.
  if (lead == 0xC2 || lead == 0xC3) return text[at + 1] != 0x2026;
  if (lead == 0xE2) return text[at] == 0xE2 && (second == 0x80 || second == 0x82 || second == 0x98 || second == 0x9C);
  return lead == 0xF0 && second == 0x9F;
}

std::u32string repairedOnce(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::u32string decoded;
    std::u32string run;
    std::size_t end = i;
    int sequences = 0;
    bool damaged = false;
    while (end < text.size()) {
      const std::size_t length = sequenceAt(text, end, decoded);
      if (length == 0) break;
      damaged = damaged || telling(text, end);
      run += decoded;
      end += length;
      ++sequences;
    }
    if (sequences > 0 && (damaged || sequences > 1)) {
      out += run;
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace

std::u32string repairMojibake(const std::u32string& text) {
  std::u32string out = text;
  while (true) {
    std::u32string next = repairedOnce(out);
    if (next == out) break;
    out = std::move(next);
  }
  for (char32_t& c : out) {
    if (c >= 0x80 && c <= 0x9F) c = kUpperHalf[c - 0x80];
  }
  return out;
}

}  // namespace kinora::wan
