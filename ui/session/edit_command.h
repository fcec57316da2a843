// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QUndoCommand>
#include <optional>
#include <string>
#include <vector>

#include "engine/project/project.h"

namespace kinora::session {

class ProjectDocument;

/// The parts of a project that an edit can change. Only those that differ are kept, so that a long history stays small.
struct ProjectParts {
  struct Settings {
    std::string name;
    core::Rational fps;
    core::Size size;
    bool operator==(const Settings&) const = default;
  };
  std::optional<project::Timeline> timeline;
  std::optional<std::vector<project::Asset>> assets;
  std::optional<Settings> settings;

  bool operator==(const ProjectParts&) const = default;
  bool isEmpty() const { return !timeline && !assets && !settings; }
  /// What of from differs from other.
  static ProjectParts difference(const project::Project& from, const project::Project& other);
  /// Takes over the parts of other that are missing here.
  void fillFrom(const ProjectParts& other);
  /// Takes over all parts that other has.
  void replaceBy(const ProjectParts& other);
};

/// The one undo step: parts before, parts after. Holds values, no pointers into the project.
class EditCommand : public QUndoCommand {
 public:
  EditCommand(ProjectDocument& document, const QString& text, ProjectParts before, ProjectParts after,
              QString mergeKey);

  void undo() override;
  void redo() override;
  int id() const override { return m_id; }
  bool mergeWith(const QUndoCommand* other) override;

 private:
  ProjectDocument& m_document;
  ProjectParts m_before;
  ProjectParts m_after;
  QString m_mergeKey;
  int m_id = -1;
};

}  // namespace kinora::session
