// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>

#include "engine/project/edit.h"
#include "engine/project/project.h"

namespace kinora::test {

/// A project with assets "a0", "a1", … of five seconds each, laid end to end on V1 as many times as there are.
inline project::Project filmOf(int clips, const std::string& folder = "/films") {
  project::Project project = project::newProject();
  for (int i = 0; i < clips; ++i) {
    project::Asset asset;
    asset.id = QStringLiteral("a%1").arg(i).toStdString();
    asset.name = QStringLiteral("Clip %1").arg(i).toStdString();
    asset.info.path = folder + QStringLiteral("/clip%1.mp4").arg(i).toStdString();
    asset.info.size = {1280, 720};
    asset.info.frames = 120;
    asset.info.fps = core::Rational(24);
    asset.info.duration = core::Rational(5);
    asset.generated = true;
    asset.takeGroup = asset.id;
    asset.createdAt = i;
    project.assets.push_back(asset);
    auto placed = project::placeClip(project, 0, i * 120, asset.id, project::PlaceMode::Overwrite);
    if (!placed) return project;
  }
  return project;
}

/// Id of the clip at index on track, from the left.
inline project::Id clipAt(const project::Project& project, std::size_t index, std::size_t track = 0) {
  const auto& clips = project.timeline.tracks.at(track).clips;
  return index < clips.size() ? clips[index].id : project::Id();
}

}  // namespace kinora::test
