// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/dropped_files.h"

#include <QMimeData>
#include <QUrl>

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

bool isProject(const QMimeData& mime) {
  const QStringList files = localFiles(mime);
  return !files.isEmpty() && isProjectFile(files.front());
}

}  // namespace kinora::session
