// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace kinora::wan {

/// Code points of UTF-8 text; each part that is not well-formed becomes U+FFFD (one per maximal subpart, as the Unicode
/// standard recommends).
std::u32string decodeUtf8(std::string_view text);
/// False where the bytes are not well-formed UTF-8; out is then incomplete.
bool decodeStrictUtf8(std::string_view text, std::u32string& out);
/// UTF-8 of code points; surrogates and values beyond U+10FFFF become U+FFFD.
std::string encodeUtf8(std::u32string_view text);

/// Unicode normalisation form C.
std::u32string normalizeNfc(const std::u32string& text);
/// NFKC of one code point.
std::u32string compatibleForm(char32_t c);

/// What Python's str.isspace and the regular expression \s take for white space.
bool isSpace(char32_t c);
/// Without white space at both ends.
std::u32string trimmed(const std::u32string& text);

}  // namespace kinora::wan
