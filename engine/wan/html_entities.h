// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace kinora::wan {

/// Replaces character references as the HTML5 standard has browsers do (and Python's html.unescape): named ones also
/// without the semicolon where HTML allows that ("&ampx" becomes "&x"), numbers in decimal and hexadecimal.
std::u32string unescapeHtml(const std::u32string& text);

/// The careful form that ftfy uses: only references that end in a semicolon, and also all-capital names
/// ("&EACUTE;" becomes "É"); a number that means nothing is left alone.
std::u32string unescapeClosedEntities(const std::u32string& text);

}  // namespace kinora::wan
