// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QMimeData;

namespace kinora::session {

/// The files of this machine among what is dragged, dropped or pasted.
QStringList localFiles(const QMimeData& mime);
bool isProjectFile(const QString& path);
/// The first file is a project: the window's, whatever panel it is dropped on.
bool isProject(const QMimeData& mime);

}  // namespace kinora::session
