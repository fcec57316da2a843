// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/project/project.h"

namespace kinora::test {

inline project::Asset video(const std::string& id, int frames, core::Rational fps = {24}) {
  project::Asset asset;
  asset.id = id;
  asset.name = id;
  asset.info.kind = core::MediaKind::Video;
  asset.info.path = "/media/" + id + ".mp4";
  asset.info.size = {1280, 720};
  asset.info.frames = frames;
  asset.info.fps = fps;
  asset.info.duration = core::Rational(frames) / fps;
  asset.takeGroup = id;
  return asset;
}

inline project::Asset picture(const std::string& id) {
  project::Asset asset;
  asset.id = id;
  asset.name = id;
  asset.info.kind = core::MediaKind::Picture;
  asset.info.path = "/media/" + id + ".png";
  asset.info.size = {640, 480};
  asset.info.frames = 1;
  return asset;
}

/// 24 fps, one video track; videos "a" of 100, "b" of 50 frames, picture "p".
inline project::Project sampleProject() {
  project::Project project = project::newProject();
  project.assets = {video("a", 100), video("b", 50), picture("p")};
  return project;
}

inline void addClip(project::Project& project, const std::string& id, const std::string& asset, std::int64_t start,
                    std::int64_t length, std::int64_t in = 0, int track = 0) {
  project::Clip clip;
  clip.id = id;
  clip.asset = asset;
  clip.start = start;
  clip.in = in;
  clip.length = length;
  project.timeline.tracks[static_cast<std::size_t>(track)].clips.push_back(clip);
}

inline void addTrack(project::Project& project, project::TrackKind kind = project::TrackKind::Video) {
  project::Track track;
  track.id = project::newId("t");
  track.name.append("T").append(std::to_string(project.timeline.tracks.size() + 1));
  track.kind = kind;
  project.timeline.tracks.push_back(track);
}

/// "a[0,10)+0 b[10,30)+5": asset, place and in of each clip on a track.
inline std::string layout(const project::Project& project, int track = 0) {
  std::string text;
  for (const project::Clip& clip : project.timeline.tracks[static_cast<std::size_t>(track)].clips) {
    if (!text.empty()) text += " ";
    text += clip.asset + "[" + std::to_string(clip.start) + "," + std::to_string(clip.end()) + ")+" +
            std::to_string(clip.in);
  }
  return text;
}

}  // namespace kinora::test
