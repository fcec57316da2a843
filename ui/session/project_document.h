// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <functional>

#include "engine/core/result.h"
#include "engine/project/project.h"

class QUndoStack;

namespace kinora::session {

/// What an edit touched, so that a view redraws only that.
struct ChangeEvent {
  bool timeline = false;   ///< tracks or clips
  bool assets = false;     ///< media: added, removed, renamed, starred
  bool settings = false;   ///< name, size, rate
  bool reset = false;      ///< another project was opened: everything changed
};

/// The open project: value, undo stack, file, selection and playhead. Lives on the UI thread; owns nothing of the engine.
/// All edits go through edit(), so that each is one undo step and one changed().
class ProjectDocument : public QObject {
  Q_OBJECT

 public:
  explicit ProjectDocument(QObject* parent = nullptr);
  ~ProjectDocument() override;

  const project::Project& project() const { return m_project; }
  QUndoStack* undoStack() const { return m_undo; }

  using Operation = std::function<core::Result<void>(project::Project&)>;
  /// Runs operation on a copy; on success pushes one undo step named text and emits changed(). On failure nothing
  /// happened. Steps with the same non-empty mergeKey that follow each other become one (dragging a slider).
  core::Result<void> edit(const QString& text, const Operation& operation, const QString& mergeKey = {});

  /// Replaces everything and empties the undo stack. file empty: never saved.
  void open(project::Project project, const QString& file);
  QString file() const { return m_file; }
  /// Saved under file: clears the modified mark.
  void markSaved(const QString& file);
  bool isModified() const;

  std::int64_t playhead() const { return m_project.playhead; }
  /// Not an edit. Clamped to >= 0.
  void setPlayhead(std::int64_t frame);

  /// Ids of the selected clips; not an edit.
  const QStringList& selection() const { return m_selection; }
  void setSelection(const QStringList& clips);

  /// The Create panel's state, saved with the project, not undoable.
  void setCreateDraft(const std::string& requestJson);

 Q_SIGNALS:
  void changed(const kinora::session::ChangeEvent& event);
  void playheadChanged(qint64 frame);
  void selectionChanged();
  void modifiedChanged(bool modified);
  void fileChanged(const QString& file);

 private:
  friend class EditCommand;
  void apply(const project::Project& state);
  void emitModified();

  project::Project m_project;
  QUndoStack* m_undo;
  QString m_file;
  QStringList m_selection;
  bool m_draftModified = false;
  bool m_wasModified = false;
};

}  // namespace kinora::session
