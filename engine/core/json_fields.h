// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/clip_info.h"
#include "engine/core/generation_request.h"
#include "engine/core/rational.h"
#include "engine/core/result.h"

// Shared by the JSON readers and writers of core; not for other folders.
namespace kinora::core {

/// Copies json[key] into value if the key is there. Throws nlohmann::json::exception on a wrong type.
template <class T>
void readField(const nlohmann::json& json, const char* key, T& value) {
  if (const auto it = json.find(key); it != json.end()) it->get_to(value);
}

template <class T>
void readField(const nlohmann::json& json, const char* key, std::optional<T>& value) {
  if (const auto it = json.find(key); it != json.end()) value = it->template get<T>();
}

inline nlohmann::json toField(const Rational& r) {
  return r.toString();
}
inline nlohmann::json toField(Size size) {
  return nlohmann::json::array({size.width, size.height});
}

/// "24/1"; throws std::invalid_argument on anything else.
inline Rational rationalFromText(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return Rational(std::stoll(text));
  return Rational(std::stoll(text.substr(0, slash)), std::stoll(text.substr(slash + 1)));
}

inline void readField(const nlohmann::json& json, const char* key, Rational& value) {
  if (const auto it = json.find(key); it != json.end()) value = rationalFromText(it->get<std::string>());
}

inline void readField(const nlohmann::json& json, const char* key, Size& value) {
  if (const auto it = json.find(key); it != json.end()) value = {it->at(0).get<int>(), it->at(1).get<int>()};
}

/// Runs parse on the JSON object in text; every exception becomes Corrupt with what in it.
template <class T, class Parse>
Result<T> parseObject(std::string_view text, const char* what, Parse parse) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (!json.is_object()) return Error{ErrorCode::Corrupt, std::string(what) + " is not a JSON object", {}};
    T value;
    parse(json, value);
    return value;
  } catch (const std::exception& e) {
    return Error{ErrorCode::Corrupt, std::string(what) + " cannot be read: " + e.what(), {}};
  }
}

/// Text with invalid UTF-8 replaced rather than refused: what we write must always be readable.
inline std::string dumpJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json requestToObject(const GenerationRequest& request);
void requestFromObject(const nlohmann::json& json, GenerationRequest& request);

}  // namespace kinora::core
