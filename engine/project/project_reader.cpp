// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/project_reader.h"

#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <set>

#include "engine/project/json_text.h"
#include "engine/project/track_ops.h"

namespace kinora::project {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Parts of a time or rate: their products with each other stay inside 64 bits.
constexpr std::int64_t kMaxPart = 1'000'000'000'000;
constexpr std::int64_t kMaxRatePart = 1'000'000;
constexpr std::int64_t kMaxMilliseconds = 4'102'444'800'000'000;
constexpr int kMaxSide = 65'536;
constexpr std::size_t kMaxIdLength = 256;

/// One JSON object being read: typed access with the place in every complaint, and what nobody asked for at the end.
class Object {
 public:
  Object(const json& object, std::string where) : m_object(object), m_where(std::move(where)) {
    if (!object.is_object()) throw FormatError(m_where, std::string("expected an object, got ") + object.type_name());
  }

  std::string place(const char* key) const { return m_where.empty() ? key : m_where + "." + key; }

  const json* optional(const char* key) {
    m_known.insert(key);
    const auto it = m_object.find(key);
    return it == m_object.end() ? nullptr : &*it;
  }
  const json& required(const char* key) {
    const json* value = optional(key);
    if (!value) throw FormatError(place(key), "is missing");
    return *value;
  }

  std::string text(const char* key) {
    const json* value = optional(key);
    return value ? textOf(*value, key) : std::string();
  }
  Id id(const char* key) {
    const std::string value = textOf(required(key), key);
    if (value.empty() || value.size() > kMaxIdLength) throw FormatError(place(key), "expected 1…256 characters");
    return value;
  }
  bool flag(const char* key) {
    const json* value = optional(key);
    if (value && !value->is_boolean()) fail(key, "true or false", *value);
    return value && value->get<bool>();
  }
  std::int64_t number(const char* key, std::int64_t low, std::int64_t high) {
    return numberOf(required(key), key, low, high);
  }
  std::int64_t numberOr(const char* key, std::int64_t low, std::int64_t high, std::int64_t otherwise) {
    const json* value = optional(key);
    return value ? numberOf(*value, key, low, high) : otherwise;
  }
  core::Size size(const char* key, int low) {
    const json& value = required(key);
    if (!value.is_array() || value.size() != 2) fail(key, "[width, height]", value);
    return {static_cast<int>(numberOf(value[0], key, low, kMaxSide)),
            static_cast<int>(numberOf(value[1], key, low, kMaxSide))};
  }
  /// "N/D" with 0 <= N and 0 < D, both at most maxPart.
  core::Rational rational(const char* key, std::int64_t maxPart) {
    const json& value = required(key);
    const std::string content = textOf(value, key);
    const char* end = content.data() + content.size();
    std::int64_t num = -1;
    std::int64_t den = 0;
    const auto [slash, numError] = std::from_chars(content.data(), end, num);
    if (numError == std::errc() && slash != end && *slash == '/') {
      const auto [rest, denError] = std::from_chars(slash + 1, end, den);
      if (denError == std::errc() && rest == end && num >= 0 && num <= maxPart && den > 0 && den <= maxPart)
        return {num, den};
    }
    fail(key, "a fraction such as \"24/1\"", value);
  }
  /// JSON that was embedded as an object, or its text.
  std::string embedded(const char* key) {
    const json* value = optional(key);
    if (!value) return {};
    return value->is_object() ? dumpText(*value) : textOf(*value, key);
  }
  const json& list(const char* key) {
    const json& value = required(key);
    if (!value.is_array()) fail(key, "a list", value);
    return value;
  }

  /// Keys that nobody asked for, as JSON text; "" when there are none.
  std::string extra() const {
    json rest = json::object();
    for (const auto& [key, value] : m_object.items()) {
      if (m_known.count(key) == 0) rest[key] = value;
    }
    return rest.empty() ? std::string() : dumpText(rest);
  }

  [[noreturn]] void fail(const char* key, const std::string& expected, const json& got) const {
    std::string shown = dumpText(got);
    if (shown.size() > 60) shown = shown.substr(0, 60) + "…";
    throw FormatError(place(key), "expected " + expected + ", got " + shown);
  }

 private:
  std::string textOf(const json& value, const char* key) const {
    if (!value.is_string()) fail(key, "text", value);
    return value.get<std::string>();
  }
  std::int64_t numberOf(const json& value, const char* key, std::int64_t low, std::int64_t high) const {
    const std::string range = "a whole number " + std::to_string(low) + "…" + std::to_string(high);
    if (!value.is_number_integer()) fail(key, range, value);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
      fail(key, range, value);
    const auto content = value.get<std::int64_t>();
    if (content < low || content > high) fail(key, range, value);
    return content;
  }

  const json& m_object;
  std::string m_where;
  std::set<std::string> m_known;
};

std::string indexed(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

core::MediaKind mediaKind(Object& object) {
  const std::string kind = object.text("kind");
  if (kind == "video") return core::MediaKind::Video;
  if (kind == "picture") return core::MediaKind::Picture;
  if (kind == "audio") return core::MediaKind::Audio;
  throw FormatError(object.place("kind"), "expected video, picture or audio, got \"" + kind + "\"");
}

TrackKind trackKind(Object& object) {
  const std::string kind = object.text("kind");
  if (kind == "video") return TrackKind::Video;
  if (kind == "audio") return TrackKind::Audio;
  if (kind == "title") return TrackKind::Title;
  throw FormatError(object.place("kind"), "expected video, audio or title, got \"" + kind + "\"");
}

Asset readAsset(const json& value, const std::string& where, const std::string& baseDir) {
  Object object(value, where);
  Asset asset;
  asset.id = object.id("id");
  asset.name = object.text("name");
  asset.info.kind = mediaKind(object);
  const std::string path = object.text("path");
  if (path.empty() || path.find('\0') != std::string::npos) throw FormatError(object.place("path"), "is not a path");
  asset.info.path = (fs::path(baseDir) / path).lexically_normal().string();
  asset.info.size = object.size("size", 0);
  asset.info.frames = object.number("frames", 0, kMaxFrame);
  asset.info.fps = object.rational("fps", kMaxRatePart);
  asset.info.duration = object.rational("duration", kMaxPart);
  asset.info.codec = object.text("codec");
  asset.info.hasAudio = object.flag("audio");
  asset.info.recipe = object.embedded("recipe");
  asset.info.sha256 = object.text("sha256");
  asset.generated = object.flag("generated");
  asset.takeGroup = object.text("take_group");
  asset.createdAt = object.numberOr("created_ms", 0, kMaxMilliseconds, 0);
  asset.starred = object.flag("starred");
  asset.rejected = object.flag("rejected");
  asset.extra = object.extra();
  std::error_code ignored;  // what cannot be looked at is offline too
  asset.offline = !fs::is_regular_file(asset.info.path, ignored);
  return asset;
}

Clip readClip(const json& value, const std::string& where, const std::set<Id>& assets) {
  Object object(value, where);
  Clip clip;
  clip.id = object.id("id");
  clip.asset = object.id("asset");
  if (assets.count(clip.asset) == 0)
    throw FormatError(object.place("asset"), "there is no asset \"" + clip.asset + "\"");
  clip.start = object.number("start", 0, kMaxFrame - 1);
  clip.in = object.number("in", 0, kMaxFrame);
  clip.length = object.number("length", 1, kMaxFrame - clip.start);
  clip.extra = object.extra();
  return clip;
}

void addUnique(std::set<Id>& seen, const Id& id, const std::string& where) {
  if (!seen.insert(id).second) throw FormatError(where + ".id", "\"" + id + "\" is there twice");
}

Track readTrack(const json& value, const std::string& where, const std::set<Id>& assets, std::set<Id>& clipIds) {
  Object object(value, where);
  Track track;
  track.id = object.id("id");
  track.kind = trackKind(object);
  track.name = object.text("name");
  track.hidden = object.flag("hidden");
  track.locked = object.flag("locked");
  const json& clips = object.list("clips");
  std::int64_t end = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const std::string place = where + "." + indexed("clips", i);
    Clip clip = readClip(clips[i], place, assets);
    addUnique(clipIds, clip.id, place);
    if (clip.start < end) {
      throw FormatError(place + ".start", "clips overlap or are out of order; expected " + std::to_string(end) +
                                              " or more, got " + std::to_string(clip.start));
    }
    end = clip.end();
    track.clips.push_back(std::move(clip));
  }
  track.extra = object.extra();
  return track;
}

}  // namespace

Project readProject(const json& root, const std::string& baseDir) {
  Object object(root, {});
  object.required("format");
  object.required("version");
  Project project;
  project.name = object.text("name");
  project.fps = object.rational("fps", kMaxRatePart);
  if (project.fps < core::Rational(1) || project.fps > core::Rational(1000))
    throw FormatError("fps", "expected 1…1000 frames a second, got " + project.fps.toString());
  project.size = object.size("size", 1);
  project.playhead = object.numberOr("playhead", 0, kMaxFrame, 0);
  project.createDraft = object.embedded("create");

  std::set<Id> assetIds;
  const json& assets = object.list("assets");
  for (std::size_t i = 0; i < assets.size(); ++i) {
    project.assets.push_back(readAsset(assets[i], indexed("assets", i), baseDir));
    addUnique(assetIds, project.assets.back().id, indexed("assets", i));
  }
  std::set<Id> trackIds;
  std::set<Id> clipIds;
  const json& tracks = object.list("tracks");
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    project.timeline.tracks.push_back(readTrack(tracks[i], indexed("tracks", i), assetIds, clipIds));
    addUnique(trackIds, project.timeline.tracks.back().id, indexed("tracks", i));
  }
  if (project.timeline.tracks.empty()) throw FormatError("tracks", "expected at least one track");
  project.extra = object.extra();
  return project;
}

}  // namespace kinora::project
