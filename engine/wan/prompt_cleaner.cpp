// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/prompt_cleaner.h"

#include "engine/wan/html_entities.h"
#include "engine/wan/mojibake.h"
#include "engine/wan/unicode.h"

#include <algorithm>

namespace kinora::wan {
namespace {

/// Latin letters that one code point joins and ftfy takes apart (æ and œ stay).
std::u32string_view ligatureParts(char32_t c) {
  switch (c) {
    case 0x0132:
      return U"IJ";
    case 0x0133:
      return U"ij";
    case 0x0149:
      return U"\u02BCn";
    case 0x01F1:
      return U"DZ";
    case 0x01F2:
      return U"Dz";
    case 0x01F3:
      return U"dz";
    case 0x01C4:
      return U"D\u017D";
    case 0x01C5:
      return U"D\u017E";
    case 0x01C6:
      return U"d\u017E";
    case 0x01C7:
      return U"LJ";
    case 0x01C8:
      return U"Lj";
    case 0x01C9:
      return U"lj";
    case 0x01CA:
      return U"NJ";
    case 0x01CB:
      return U"Nj";
    case 0x01CC:
      return U"nj";
    case 0xFB00:
      return U"ff";
    case 0xFB01:
      return U"fi";
    case 0xFB02:
      return U"fl";
    case 0xFB03:
      return U"ffi";
    case 0xFB04:
      return U"ffl";
    case 0xFB05:
      return U"\u017Ft";
    case 0xFB06:
      return U"st";
    default:
      return {};
  }
}

char32_t straightQuote(char32_t c) {
  if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) return U'\'';
  if (c >= 0x201C && c <= 0x201F) return U'"';
  return c;
}

/// Control characters without visible effect; tab, line feed, form feed and carriage return stay.
bool isUnwanted(char32_t c) {
  return c < 0x09 || c == 0x0B || (c >= 0x0E && c < 0x20) || c == 0x7F || (c >= 0x206A && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFC);
}

/// Code points of the terminal escape (ESC [ digits and semicolons, letter) at text[at]; 0: none.
std::size_t terminalEscape(const std::u32string& text, std::size_t at) {
  if (text[at] != 0x1B || at + 1 >= text.size() || text[at + 1] != U'[') return 0;
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    const char32_t c = text[i];
    if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z')) return i + 1 - at;
    if (c != U';' && !(c >= U'0' && c <= U'9')) return 0;
  }
  return 0;
}

std::u32string mapCharacters(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (const auto parts = ligatureParts(c); !parts.empty()) {
      for (const char32_t part : parts) out += straightQuote(part);
    } else if (c >= 0xFF01 && c < 0xFFF0) {
      out += compatibleForm(c);
    } else if (c == 0x3000) {
      out += U' ';
    } else if (c == 0x2028 || c == 0x2029 || c == 0x85) {
      out += U'\n';
    } else {
      out += straightQuote(c);
    }
  }
  return out;
}

std::u32string removeControls(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t escape = terminalEscape(text, i)) {
      i += escape;
      continue;
    }
    // A lone carriage return is white space and becomes a space later, like the line feed it stands for.
    if (!isUnwanted(text[i])) out += text[i];
    ++i;
  }
  return out;
}

/// ftfy.fix_text for one line.
std::u32string fixLine(std::u32string line, bool unescape) {
  while (true) {
    std::u32string next = unescape ? unescapeClosedEntities(line) : line;
    next = normalizeNfc(removeControls(mapCharacters(repairMojibake(next))));
    if (next == line) return line;
    line = std::move(next);
  }
}

std::u32string fixText(const std::u32string& text) {
  std::u32string out;
  bool unescape = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(U'\n', at), text.size() - 1) + 1;
    const std::u32string line = text.substr(at, end - at);
    // A "<" says that the text is HTML, in which entities mean themselves, from here on.
    if (line.find(U'<') != std::u32string::npos) unescape = false;
    out += fixLine(line, unescape);
    at = end;
  }
  return out;
}

std::u32string collapseSpace(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  bool inSpace = false;
  for (const char32_t c : text) {
    const bool space = isSpace(c);
    if (!space) out += c;
    if (space && !inSpace) out += U' ';
    inSpace = space;
  }
  return out;
}

}  // namespace

std::string cleanPrompt(std::string_view prompt) {
  std::u32string text = fixText(decodeUtf8(prompt));
  text = unescapeHtml(unescapeHtml(text));
  return encodeUtf8(trimmed(collapseSpace(text)));
}

}  // namespace kinora::wan
