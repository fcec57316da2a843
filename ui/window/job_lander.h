// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <deque>
#include <optional>

#include "engine/core/job.h"
#include "engine/core/plan.h"
#include "engine/project/project.h"

namespace kinora::session {
class EngineClient;
class ProjectDocument;
}  // namespace kinora::session

namespace kinora::window {

/// Where finished work lands: one undoable edit adds the take to the library and places it where the playhead stood
/// when it was ordered. Further variants of one order become takes of the first; a retake takes its clip's place. Work
/// that another project ordered is offered, not added. UI thread.
class JobLander : public QObject {
  Q_OBJECT

 public:
  /// What is on its way, for the timeline to show.
  struct Pending {
    QString title;
    int track = 0;
    std::int64_t start = 0;
    std::int64_t length = 0;
    double fraction = 0;
  };

  JobLander(session::ProjectDocument& document, session::EngineClient& client, QObject* parent = nullptr);

  /// ids: the variants of one order, for the open project. length: of a clip, in timeline frames.
  void expect(const QStringList& ids, std::int64_t length);
  /// As expect, but the take replaces the one that clip shows.
  void expectRetake(const QString& id, const QString& clip);
  /// Adds a finished job's clip to the open project at the playhead, whoever ordered it.
  void add(const QString& id);
  /// The order that comes next and is placed on the timeline.
  std::optional<Pending> pending() const;

 Q_SIGNALS:
  /// The edit is done; text says what and where, and undo takes it back.
  void landed(const QString& text);
  /// A clip of another project's, or an earlier session's, order is done.
  void strayFinished(const QString& id, const QString& title);
  void exported(const QString& file);
  void failed(const kinora::core::Error& error);
  void pendingChanged();

 private:
  struct Order {
    QStringList ids;
    std::string takeGroup;  ///< empty until the first take is there
    project::Id clip;       ///< whose take is replaced; empty: a new clip
    std::int64_t frame = 0;
    std::int64_t length = 0;
    bool placed = false;
  };
  void finish(const QString& id);
  void drop(const QString& id);
  void land(const core::JobRecord& job, Order& order);
  core::Result<void> apply(project::Project& project, const project::Asset& asset, const Order& order,
                           bool& onTimeline);
  std::deque<Order>::iterator orderOf(const QString& id);
  std::int64_t placeForNext() const;

  session::ProjectDocument& m_document;
  session::EngineClient& m_client;
  std::deque<Order> m_orders;
};

/// First video track that takes clips; -1 if all are locked.
int landingTrack(const project::Project& project);

/// The size of a project whose first clip has this size: its aspect, at least 720 on the short side.
core::Size sizeForFirstClip(const core::Size& clip);

}  // namespace kinora::window
