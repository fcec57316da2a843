// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/project/project_writer.h"

#include <filesystem>

#include "engine/project/json_text.h"
#include "engine/project/project_file.h"

namespace kinora::project {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The unknown keys that were read with an object; what is not a JSON object is dropped.
json withExtra(const std::string& extra) {
  if (extra.empty()) return json::object();
  try {
    json object = parseBounded(extra);
    if (object.is_object()) return object;
  } catch (const std::exception&) {
    // Never written by us: nothing to keep.
  }
  return json::object();
}

/// JSON text as an object where that gives back the same text, so that the file reads well; else as a string.
json embed(const std::string& text) {
  if (text.empty() || text.front() != '{') return text;
  try {
    json object = parseBounded(text);
    if (object.is_object() && dumpText(object) == text) return object;
  } catch (const std::exception&) {
    // Kept as a string below.
  }
  return text;
}

std::string relativePath(const std::string& path, const std::string& baseDir) {
  if (baseDir.empty()) return path;
  const fs::path relative = fs::path(path).lexically_relative(fs::absolute(baseDir).lexically_normal());
  return relative.empty() ? path : relative.generic_string();
}

const char* kindName(core::MediaKind kind) {
  switch (kind) {
    case core::MediaKind::Picture:
      return "picture";
    case core::MediaKind::Audio:
      return "audio";
    case core::MediaKind::Video:
      break;
  }
  return "video";
}

const char* kindName(TrackKind kind) {
  switch (kind) {
    case TrackKind::Audio:
      return "audio";
    case TrackKind::Title:
      return "title";
    case TrackKind::Video:
      break;
  }
  return "video";
}

json writeAsset(const Asset& asset, const std::string& baseDir) {
  const core::ClipInfo& info = asset.info;
  json object = withExtra(asset.extra);
  object["id"] = asset.id;
  object["name"] = asset.name;
  object["kind"] = kindName(info.kind);
  object["path"] = relativePath(info.path, baseDir);
  object["size"] = {info.size.width, info.size.height};
  object["frames"] = info.frames;
  object["fps"] = info.fps.toString();
  object["duration"] = info.duration.toString();
  object["codec"] = info.codec;
  object["audio"] = info.hasAudio;
  object["recipe"] = embed(info.recipe);
  object["sha256"] = info.sha256;
  object["generated"] = asset.generated;
  object["take_group"] = asset.takeGroup;
  object["created_ms"] = asset.createdAt;
  object["starred"] = asset.starred;
  object["rejected"] = asset.rejected;
  return object;
}

json writeTrack(const Track& track) {
  json object = withExtra(track.extra);
  object["id"] = track.id;
  object["kind"] = kindName(track.kind);
  object["name"] = track.name;
  object["hidden"] = track.hidden;
  object["locked"] = track.locked;
  json clips = json::array();
  for (const Clip& clip : track.clips) {
    json entry = withExtra(clip.extra);
    entry["id"] = clip.id;
    entry["asset"] = clip.asset;
    entry["start"] = clip.start;
    entry["in"] = clip.in;
    entry["length"] = clip.length;
    clips.push_back(std::move(entry));
  }
  object["clips"] = std::move(clips);
  return object;
}

}  // namespace

json writeProject(const Project& project, const std::string& baseDir) {
  json root = withExtra(project.extra);
  root["format"] = "kinora-project";
  root["version"] = kProjectVersion;
  root["name"] = project.name;
  root["fps"] = project.fps.toString();
  root["size"] = {project.size.width, project.size.height};
  root["playhead"] = project.playhead;
  root["create"] = embed(project.createDraft);
  json assets = json::array();
  for (const Asset& asset : project.assets) assets.push_back(writeAsset(asset, baseDir));
  root["assets"] = std::move(assets);
  json tracks = json::array();
  for (const Track& track : project.timeline.tracks) tracks.push_back(writeTrack(track));
  root["tracks"] = std::move(tracks);
  return root;
}

}  // namespace kinora::project
