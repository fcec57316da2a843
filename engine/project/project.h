// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/clip_info.h"
#include "engine/core/rational.h"

namespace kinora::project {

using Id = std::string;  ///< short, unique within a project
/// A fresh id: prefix and 12 random hex digits.
Id newId(const char* prefix);

/// One media file the project knows: a generated take or an import. Assets with the same takeGroup are alternatives.
struct Asset {
  Id id;
  std::string name;     ///< what the library shows
  core::ClipInfo info;  ///< info.path is absolute in memory; the file stores it relative to the project
  bool generated = false;
  Id takeGroup;                ///< all takes of one place share it; equals the first take's id
  std::int64_t createdAt = 0;  ///< Unix milliseconds
  bool starred = false;
  bool rejected = false;
  bool offline = false;  ///< not stored: the file was missing at load
  std::string extra;     ///< unknown JSON keys of this object, kept for saving ("" or a JSON object)
  bool operator==(const Asset&) const = default;
};

/// A piece of an asset on a track. All times are whole timeline frames (Project::fps); the source is sampled by time,
/// so that a 12 fps take on a 24 fps timeline shows each frame twice. Half-open: [start, start + length).
struct Clip {
  Id id;
  Id asset;
  std::int64_t start = 0;   ///< on the timeline, >= 0
  std::int64_t in = 0;      ///< timeline frames skipped at the source's head, >= 0
  std::int64_t length = 0;  ///< > 0
  std::string extra;
  std::int64_t end() const { return start + length; }
  bool operator==(const Clip&) const = default;
};

enum class TrackKind { Video, Audio, Title };

struct Track {
  Id id;
  TrackKind kind = TrackKind::Video;
  std::string name;  ///< "V1"
  bool hidden = false;
  bool locked = false;
  std::vector<Clip> clips;  ///< sorted by start, never overlapping
  std::string extra;
  bool operator==(const Track&) const = default;
};

struct Timeline {
  std::vector<Track> tracks;  ///< top-most last; a new project has one video track V1
  /// First frame after the last clip; 0 when empty.
  std::int64_t length() const;
  bool operator==(const Timeline&) const = default;
};

/// Everything a .kinora file holds. A value: copy it to hand it to another thread.
struct Project {
  std::string name = "Untitled";
  core::Rational fps{24};
  core::Size size{1280, 720};
  std::vector<Asset> assets;
  Timeline timeline;
  std::int64_t playhead = 0;
  std::string createDraft;  ///< request JSON of the Create panel as it was left
  std::string extra;        ///< unknown top-level JSON keys
  bool operator==(const Project&) const = default;

  const Asset* asset(const Id& id) const;
  Asset* asset(const Id& id);
  const Clip* clip(const Id& id) const;
  /// Index of the track that holds the clip; -1 if none.
  int trackOf(const Id& clip) const;
  /// The asset's length in timeline frames at this project's rate (a picture: 5 s).
  std::int64_t lengthInFrames(const Asset& asset) const;
  /// Takes of the same group in order of creation.
  std::vector<const Asset*> takes(const Id& takeGroup) const;
};

/// A project with one video track.
Project newProject();

}  // namespace kinora::project
