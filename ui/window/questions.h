// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace kinora::window {

/// What the window asks the user. The studio's asks with dialogs; tests answer themselves.
class Questions {
 public:
  enum class Unsaved { Save, Discard, Cancel };
  enum class Running { KeepGoing, ResumeLater, CancelJobs, Stay };

  virtual ~Questions() = default;
  virtual Unsaved unsavedChanges(const QString& project) = 0;
  /// The window is being closed while jobs run or wait.
  virtual Running runningJobs(int count) = 0;
  /// Empty: given up.
  virtual QString fileToOpen(const QString& folder) = 0;
  virtual QString fileToSave(const QString& suggestion) = 0;
  virtual QStringList filesToImport() = 0;
};

/// Dialogs over parent.
class DialogQuestions : public Questions {
 public:
  explicit DialogQuestions(QWidget* parent) : m_parent(parent) {}
  Unsaved unsavedChanges(const QString& project) override;
  Running runningJobs(int count) override;
  QString fileToOpen(const QString& folder) override;
  QString fileToSave(const QString& suggestion) override;
  QStringList filesToImport() override;

 private:
  QWidget* m_parent;
};

}  // namespace kinora::window
