// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/dropped_files.h"

#include <QFileInfo>
#include <QMimeData>
#include <QUrl>

#include "engine/models/part_search.h"
#include "engine/weights/recognise.h"

namespace kinora::session {

QStringList localFiles(const QMimeData& mime) {
  QStringList files;
  const QList<QUrl> urls = mime.urls();
  for (const QUrl& url : urls) {
    if (url.isLocalFile()) files << url.toLocalFile();
  }
  return files;
}

bool isProjectFile(const QString& path) {
  return path.endsWith(QLatin1String(".kinora"), Qt::CaseInsensitive);
}

WeightKind weightKind(const QString& path) {
  static const QStringList suffixes{QStringLiteral("safetensors"), QStringLiteral("gguf"), QStringLiteral("pth")};
  const QFileInfo file(path);
  if (file.isDir()) return WeightKind::Model;
  const auto part = models::lookAt(path.toStdString());
  if (!part) return suffixes.contains(file.suffix().toLower()) ? WeightKind::Model : WeightKind::None;
  return part->what.role == weights::Role::Lora ? WeightKind::Lora : WeightKind::Model;
}

bool isForWindow(const QMimeData& mime) {
  const QStringList files = localFiles(mime);
  return !files.isEmpty() && (isProjectFile(files.front()) || weightKind(files.front()) != WeightKind::None);
}

}  // namespace kinora::session
