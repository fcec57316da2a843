// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/project/migrations.h"

namespace kinora::project {

/// Deeper nesting than any project has. Copying and writing JSON recurse, so what is read must be bounded.
inline constexpr int kMaxDepth = 64;

/// Parses text; throws nlohmann's parse_error, or FormatError when it nests too deeply.
inline nlohmann::json parseBounded(std::string_view text) {
  const auto guard = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMaxDepth) throw FormatError("file", "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return true;
  };
  return nlohmann::json::parse(text, guard);
}

/// Text with invalid UTF-8 replaced rather than refused: what is written must be readable again.
inline std::string dumpText(const nlohmann::json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace kinora::project
