// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <vector>

#include "engine/core/result.h"
#include "engine/project/project.h"

// A saved project keeps its generated takes in the folder <name>.media beside it.
namespace kinora::session {

/// "/films/Beach.kinora" -> "/films/Beach.media"
QString mediaFolderFor(const QString& projectFile);

/// A file to be brought into the media folder.
struct MediaMove {
  QString from;
  QString to;
};

/// The generated takes of project that lie under clipFolder, with a free name in folder for each. Touches no file.
std::vector<MediaMove> planMediaMoves(const project::Project& project, const QString& clipFolder,
                                      const QString& folder);

/// Brings a file over as a second hard link: no time, no space, and the old name stays good for job cards and undo.
/// False where the file system cannot (another disk); then copyMedia does it.
bool linkMedia(const MediaMove& move);
/// Copies through a temporary name, so that move.to is whole or not there. Blocking; any thread.
core::Result<void> copyMedia(const MediaMove& move);

}  // namespace kinora::session
