// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QMimeData;

namespace kinora::session {

/// The files of this machine among what is dragged, dropped or pasted.
QStringList localFiles(const QMimeData& mime);
bool isProjectFile(const QString& path);
/// What weights are by the file's header, whatever it is called. Model: one, a part of one (also a tokenizer), a folder
/// (which is taken for one), or what is called like weights and cannot be read.
enum class WeightKind { None, Lora, Model };
WeightKind weightKind(const QString& path);
/// The first file is a project or weights: the window's, whatever panel it is dropped on.
bool isForWindow(const QMimeData& mime);

}  // namespace kinora::session
