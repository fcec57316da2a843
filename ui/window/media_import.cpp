// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/media_import.h"

#include <QDateTime>
#include <QFileInfo>
#include <optional>
#include <vector>

#include "ui/session/engine_client.h"
#include "ui/session/project_document.h"
#include "ui/timeline/timeline_edits.h"

namespace kinora::window {

/// Files that are being looked into, in the order they were given.
struct MediaImport::Batch {
  std::vector<std::optional<core::ClipInfo>> infos;
  std::size_t waiting = 0;
};

MediaImport::MediaImport(session::ProjectDocument& document, session::EngineClient& client, QObject* parent)
    : QObject(parent), m_document(document), m_client(client) {}

void MediaImport::import(const QStringList& paths) {
  if (paths.isEmpty()) return;
  auto batch = std::make_shared<Batch>();
  batch->waiting = static_cast<std::size_t>(paths.size());
  batch->infos.resize(batch->waiting);
  for (qsizetype i = 0; i < paths.size(); ++i) {
    m_client.probe(paths[i], this, [this, batch, i, path = paths[i]](const core::Result<core::ClipInfo>& info) {
      if (info) {
        batch->infos[static_cast<std::size_t>(i)] = *info;
      } else {
        Q_EMIT failed(path, info.error());
      }
      if (--batch->waiting == 0) finish(*batch);
    });
  }
}

void MediaImport::finish(const Batch& batch) {
  QStringList ids;
  const qint64 now = QDateTime::currentMSecsSinceEpoch();
  const auto done = m_document.edit(tr("Import media"), [&](project::Project& project) -> core::Result<void> {
    for (const auto& info : batch.infos) {
      if (!info) continue;
      const QString name = QFileInfo(QString::fromStdString(info->path)).fileName();
      const project::Id id = timeline::assetForFile(project, *info, name, now);
      if (!info->recipe.empty()) project.asset(id)->generated = true;
      ids << QString::fromStdString(id);
    }
    return {};
  });
  if (done && !ids.isEmpty()) Q_EMIT imported(ids);
}

}  // namespace kinora::window
