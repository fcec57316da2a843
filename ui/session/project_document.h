// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>
#include <functional>

#include "engine/core/result.h"
#include "engine/project/project.h"

class QUndoStack;

namespace kinora::session {

struct ProjectParts;

/// What an edit touched, so that a view redraws only that.
struct ChangeEvent {
  bool timeline = false;  ///< tracks or clips
  bool assets = false;    ///< media: added, removed, renamed, starred
  bool settings = false;  ///< name, size, rate
  bool reset = false;     ///< another project was opened: everything changed
};

/// The open project: value, undo stack, file, selection and playhead. Lives on the UI thread; owns nothing of the
/// engine. All edits go through edit(), so that each is one undo step and one changed().
class ProjectDocument : public QObject {
  Q_OBJECT

 public:
  explicit ProjectDocument(QObject* parent = nullptr);
  ~ProjectDocument() override;

  const project::Project& project() const { return m_project; }
  QUndoStack* undoStack() const { return m_undo; }

  using Operation = std::function<core::Result<void>(project::Project&)>;
  /// Runs operation on a copy; on success pushes one undo step named text and emits changed(). On failure nothing
  /// happened; where the operation changed nothing there is no step. Steps with the same non-empty mergeKey that follow
  /// each other become one (dragging a slider). A playhead that operation sets is taken over but not undone.
  core::Result<void> edit(const QString& text, const Operation& operation, const QString& mergeKey = {});

  /// Replaces everything and empties the undo stack. file empty: never saved.
  void open(project::Project project, const QString& file);
  QString file() const { return m_file; }
  /// Saved under file: clears the modified mark.
  void markSaved(const QString& file);
  /// Unsaved work that no undo step stands for, e.g. a project that was recovered.
  void markModified();
  bool isModified() const;

  std::int64_t playhead() const { return m_project.playhead; }
  /// Not an edit. Clamped to >= 0.
  void setPlayhead(std::int64_t frame);

  /// Ids of the selected clips; not an edit. Ids that are not on the timeline are left out.
  const QStringList& selection() const { return m_selection; }
  void setSelection(const QStringList& clips);

  /// The Create panel's state, saved with the project, not undoable.
  void setCreateDraft(const std::string& requestJson);

  /// The name a project takes from its first file; not an edit.
  void setName(const std::string& name);
  /// Media files that now lie elsewhere (old absolute path -> new one). Not an edit: undo steps follow the move too.
  void relocateMedia(const QHash<QString, QString>& moved);

 Q_SIGNALS:
  void changed(const kinora::session::ChangeEvent& event);
  void playheadChanged(qint64 frame);
  void selectionChanged();
  void modifiedChanged(bool modified);
  void fileChanged(const QString& file);
  /// Something that a save would write has changed: an edit, undo, redo or the draft.
  void edited();

 private:
  friend class EditCommand;
  void apply(const ProjectParts& parts);
  void flush();
  void pruneSelection();
  void emitModified();

  project::Project m_project;
  QUndoStack* m_undo;
  QString m_file;
  QStringList m_selection;
  QHash<QString, QString> m_moved;
  ChangeEvent m_pending;
  bool m_hasPending = false;
  bool m_draftModified = false;
  bool m_wasModified = false;
};

}  // namespace kinora::session
