// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/edit_command.h"

#include <utility>

#include "ui/session/project_document.h"

namespace kinora::session {
namespace {

constexpr int kMergeCommandId = 1;

ProjectParts::Settings settingsOf(const project::Project& project) {
  return {project.name, project.fps, project.size};
}

}  // namespace

ProjectParts ProjectParts::difference(const project::Project& from, const project::Project& other) {
  ProjectParts parts;
  if (from.timeline != other.timeline) parts.timeline = from.timeline;
  if (from.assets != other.assets) parts.assets = from.assets;
  if (settingsOf(from) != settingsOf(other)) parts.settings = settingsOf(from);
  return parts;
}

void ProjectParts::fillFrom(const ProjectParts& other) {
  if (!timeline) timeline = other.timeline;
  if (!assets) assets = other.assets;
  if (!settings) settings = other.settings;
}

void ProjectParts::replaceBy(const ProjectParts& other) {
  if (other.timeline) timeline = other.timeline;
  if (other.assets) assets = other.assets;
  if (other.settings) settings = other.settings;
}

EditCommand::EditCommand(ProjectDocument& document, const QString& text, ProjectParts before, ProjectParts after,
                         QString mergeKey)
    : QUndoCommand(text),
      m_document(document),
      m_before(std::move(before)),
      m_after(std::move(after)),
      m_mergeKey(std::move(mergeKey)),
      m_id(m_mergeKey.isEmpty() ? -1 : kMergeCommandId) {}

void EditCommand::undo() {
  m_document.apply(m_before);
}

void EditCommand::redo() {
  m_document.apply(m_after);
}

bool EditCommand::mergeWith(const QUndoCommand* other) {
  if (other->id() != kMergeCommandId) return false;
  const auto* next = static_cast<const EditCommand*>(other);
  if (next->m_mergeKey != m_mergeKey) return false;
  m_before.fillFrom(next->m_before);
  m_after.replaceBy(next->m_after);
  if (m_before == m_after) setObsolete(true);
  return true;
}

}  // namespace kinora::session
