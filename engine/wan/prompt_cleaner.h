// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace kinora::wan {

/// The prompt as the text encoder was trained to see it; the same as diffusers' prompt_clean (ftfy.fix_text, twice
/// html.unescape, every run of white space one space, none at the ends) for sound text and the common kinds of damage:
/// curly quotes straight, full-width forms to ASCII, half-width katakana to full width, Latin ligatures apart, NFC,
/// HTML entities, terminal escapes, control characters and byte order marks removed, all line ends white space.
/// What is not done of ftfy's guessing is said in mojibake.h. Invalid UTF-8 becomes U+FFFD. Returns valid UTF-8.
/// Pure; any thread.
std::string cleanPrompt(std::string_view prompt);

}  // namespace kinora::wan
