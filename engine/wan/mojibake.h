// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace kinora::wan {

/// Undoes UTF-8 that was read as Latin-1 or Windows-1252 ("schÃ¶n" becomes "schön"), also several times over and
/// inside otherwise sound text, and reads C1 control characters as Windows-1252 does (U+0085 becomes "…").
/// It acts on sequences that ordinary text does not hold: one that begins with Â, Ã, â€, â‚ or ðŸ, or two or more in a
/// row. Not done, although ftfy does: other wrong encodings (Windows-1250, 1251, 1253, 1254, 1257, ISO-8859-2,
/// MacRoman, CP437), no-break spaces that became spaces ("voilÃ le"), and sequences with lost bytes ("â€�").
std::u32string repairMojibake(const std::u32string& text);

}  // namespace kinora::wan
