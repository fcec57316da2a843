// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/media_folder.h"

#include <QDir>
#include <QFileInfo>
#include <QSet>
#include <filesystem>
#include <system_error>

namespace kinora::session {
namespace {

std::filesystem::path toPath(const QString& path) {
  return std::filesystem::path(path.toStdU16String());
}

/// name, or name with a number, so that neither the folder nor taken has it; the same file under that name is reused.
QString freeName(const QString& folder, const QFileInfo& source, const QSet<QString>& taken) {
  for (int number = 1;; ++number) {
    const QString tail = number == 1 ? QString() : QStringLiteral("-%1").arg(number);
    const QString path = folder + u'/' + source.completeBaseName() + tail + u'.' + source.suffix();
    if (taken.contains(path)) continue;
    if (!QFileInfo::exists(path)) return path;
    std::error_code error;
    if (std::filesystem::equivalent(toPath(path), toPath(source.filePath()), error) && !error) return path;
  }
}

}  // namespace

QString mediaFolderFor(const QString& projectFile) {
  const QFileInfo info(projectFile);
  return info.absolutePath() + u'/' + info.completeBaseName() + QStringLiteral(".media");
}

std::vector<MediaMove> planMediaMoves(const project::Project& project, const QString& clipFolder,
                                      const QString& folder) {
  std::vector<MediaMove> moves;
  if (clipFolder.isEmpty()) return moves;
  const QString root = QDir(clipFolder).absolutePath() + u'/';
  QSet<QString> sources;
  QSet<QString> taken;
  for (const project::Asset& asset : project.assets) {
    const QString path = QString::fromStdString(asset.info.path);
    if (!asset.generated || !path.startsWith(root) || sources.contains(path) || !QFileInfo::exists(path)) continue;
    sources.insert(path);
    const QString to = freeName(folder, QFileInfo(path), taken);
    taken.insert(to);
    moves.push_back({path, to});
  }
  return moves;
}

bool linkMedia(const MediaMove& move) {
  std::error_code error;
  if (std::filesystem::equivalent(toPath(move.from), toPath(move.to), error) && !error) return true;
  std::filesystem::create_hard_link(toPath(move.from), toPath(move.to), error);
  return !error;
}

core::Result<void> copyMedia(const MediaMove& move) {
  const std::filesystem::path target = toPath(move.to);
  const std::filesystem::path part = toPath(move.to + QStringLiteral(".part"));
  std::error_code error;
  std::filesystem::copy_file(toPath(move.from), part, std::filesystem::copy_options::overwrite_existing, error);
  if (!error) std::filesystem::rename(part, target, error);
  if (!error) return {};
  std::error_code ignored;  // the first error is the one to tell
  std::filesystem::remove(part, ignored);
  const bool full = error == std::errc::no_space_on_device;
  return core::Error{full ? core::ErrorCode::DiskFull : core::ErrorCode::NotWritable,
                     "cannot copy the take into the project's media folder: " + error.message(), move.to.toStdString()};
}

}  // namespace kinora::session
