// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/project_document.h"

#include <QUndoStack>
#include <algorithm>
#include <utility>

#include "ui/session/edit_command.h"

namespace kinora::session {
namespace {

constexpr int kUndoSteps = 500;

void relocate(std::vector<project::Asset>& assets, const QHash<QString, QString>& moved) {
  if (moved.isEmpty()) return;
  for (project::Asset& asset : assets) {
    const auto it = moved.constFind(QString::fromStdString(asset.info.path));
    if (it != moved.constEnd()) asset.info.path = it->toStdString();
  }
}

}  // namespace

ProjectDocument::ProjectDocument(QObject* parent)
    : QObject(parent), m_project(project::newProject()), m_undo(new QUndoStack(this)) {
  m_undo->setUndoLimit(kUndoSteps);
  // An undo or redo announces itself only when the stack is consistent again: a listener may edit at once.
  connect(m_undo, &QUndoStack::indexChanged, this, &ProjectDocument::flush);
  connect(m_undo, &QUndoStack::cleanChanged, this, &ProjectDocument::emitModified);
}

ProjectDocument::~ProjectDocument() {
  m_undo->disconnect(this);
}

core::Result<void> ProjectDocument::edit(const QString& text, const Operation& operation, const QString& mergeKey) {
  project::Project next = m_project;
  if (auto result = operation(next); !result) return result.error();
  const std::int64_t playhead = next.playhead;
  ProjectParts after = ProjectParts::difference(next, m_project);
  if (!after.isEmpty()) {
    m_undo->push(new EditCommand(*this, text, ProjectParts::difference(m_project, next), std::move(after), mergeKey));
    flush();
  }
  setPlayhead(playhead);
  return {};
}

void ProjectDocument::open(project::Project project, const QString& file) {
  m_project = std::move(project);
  m_moved.clear();
  m_draftModified = false;
  m_selection.clear();
  m_undo->clear();
  m_hasPending = false;
  m_pending = {};
  if (m_file != file) {
    m_file = file;
    Q_EMIT fileChanged(m_file);
  }
  Q_EMIT changed({.timeline = true, .assets = true, .settings = true, .reset = true});
  Q_EMIT selectionChanged();
  Q_EMIT playheadChanged(m_project.playhead);
  emitModified();
}

void ProjectDocument::markSaved(const QString& file) {
  m_draftModified = false;
  m_undo->setClean();
  if (m_file != file) {
    m_file = file;
    Q_EMIT fileChanged(m_file);
  }
  emitModified();
}

void ProjectDocument::markModified() {
  m_draftModified = true;
  emitModified();
  Q_EMIT edited();
}

bool ProjectDocument::isModified() const {
  return m_draftModified || !m_undo->isClean();
}

void ProjectDocument::setPlayhead(std::int64_t frame) {
  frame = std::max<std::int64_t>(0, frame);
  if (frame == m_project.playhead) return;
  m_project.playhead = frame;
  Q_EMIT playheadChanged(frame);
}

void ProjectDocument::setSelection(const QStringList& clips) {
  QStringList known;
  for (const QString& id : clips) {
    if (!known.contains(id) && m_project.clip(id.toStdString())) known.append(id);
  }
  if (known == m_selection) return;
  m_selection = known;
  Q_EMIT selectionChanged();
}

void ProjectDocument::setCreateDraft(const std::string& requestJson) {
  if (requestJson == m_project.createDraft) return;
  m_project.createDraft = requestJson;
  m_draftModified = true;
  emitModified();
  Q_EMIT edited();
}

void ProjectDocument::setName(const std::string& name) {
  if (name == m_project.name) return;
  m_project.name = name;
  Q_EMIT changed({.settings = true});
}

void ProjectDocument::relocateMedia(const QHash<QString, QString>& moved) {
  if (moved.isEmpty()) return;
  for (auto it = moved.cbegin(); it != moved.cend(); ++it) m_moved.insert(it.key(), it.value());
  relocate(m_project.assets, m_moved);
  Q_EMIT changed({.assets = true});
}

void ProjectDocument::apply(const ProjectParts& parts) {
  if (parts.timeline) {
    m_project.timeline = *parts.timeline;
    m_pending.timeline = true;
  }
  if (parts.assets) {
    m_project.assets = *parts.assets;
    relocate(m_project.assets, m_moved);
    m_pending.assets = true;
  }
  if (parts.settings) {
    m_project.name = parts.settings->name;
    m_project.fps = parts.settings->fps;
    m_project.size = parts.settings->size;
    m_pending.settings = true;
  }
  m_hasPending = true;
}

void ProjectDocument::flush() {
  if (!m_hasPending) return;
  m_hasPending = false;
  const ChangeEvent event = std::exchange(m_pending, {});
  Q_EMIT changed(event);
  pruneSelection();
  emitModified();
  Q_EMIT edited();
}

void ProjectDocument::pruneSelection() {
  const QStringList selection = m_selection;
  setSelection(selection);
}

void ProjectDocument::emitModified() {
  if (isModified() == m_wasModified) return;
  m_wasModified = isModified();
  Q_EMIT modifiedChanged(m_wasModified);
}

}  // namespace kinora::session
