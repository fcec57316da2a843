// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/questions.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <utility>

#include "ui/widgets/card.h"

namespace kinora::window {
namespace {

/// A context for the translator.
struct Texts {
  Q_DECLARE_TR_FUNCTIONS(Questions)
};

}  // namespace

Questions::Unsaved DialogQuestions::unsavedChanges(const QString& project) {
  QMessageBox box(m_parent);
  box.setText(Texts::tr("Save the changes to “%1”?").arg(project));
  box.setInformativeText(Texts::tr("Without saving they are lost."));
  auto* save = box.addButton(Texts::tr("Save"), QMessageBox::AcceptRole);
  auto* discard = box.addButton(Texts::tr("Discard"), QMessageBox::DestructiveRole);
  box.addButton(Texts::tr("Cancel"), QMessageBox::RejectRole);
  widgets::setStyleProperty(save, "primary", true);
  box.setDefaultButton(save);
  box.exec();
  if (box.clickedButton() == save) return Unsaved::Save;
  return box.clickedButton() == discard ? Unsaved::Discard : Unsaved::Cancel;
}

Questions::Running DialogQuestions::runningJobs(int count) {
  QMessageBox box(m_parent);
  box.setText(Texts::tr("Jobs that are not done: %1").arg(count));
  box.setInformativeText(
      Texts::tr("Keep going: Kinora stays in the background and closes when they are done.\nResume later: they wait in "
                "the queue and start with Kinora the next time.\nCancel: what they reserved returns to your credits."));
  const std::pair<QPushButton*, Running> answers[] = {
      {box.addButton(Texts::tr("Keep going"), QMessageBox::AcceptRole), Running::KeepGoing},
      {box.addButton(Texts::tr("Resume later"), QMessageBox::AcceptRole), Running::ResumeLater},
      {box.addButton(Texts::tr("Cancel and close"), QMessageBox::DestructiveRole), Running::CancelJobs},
      {box.addButton(Texts::tr("Do not close"), QMessageBox::RejectRole), Running::Stay}};
  box.setDefaultButton(answers[0].first);
  box.exec();
  for (const auto& [button, answer] : answers) {
    if (box.clickedButton() == button) return answer;
  }
  return Running::Stay;
}

QString DialogQuestions::fileToOpen(const QString& folder) {
  return QFileDialog::getOpenFileName(m_parent, Texts::tr("Open a project"), folder,
                                      Texts::tr("Kinora projects (*.kinora)"));
}

QString DialogQuestions::fileToSave(const QString& suggestion) {
  return QFileDialog::getSaveFileName(m_parent, Texts::tr("Save the project"), suggestion,
                                      Texts::tr("Kinora projects (*.kinora)"));
}

QStringList DialogQuestions::filesToImport() {
  return QFileDialog::getOpenFileNames(
      m_parent, Texts::tr("Import media"), {},
      Texts::tr("Video, sound and pictures (*.mp4 *.mov *.mkv *.webm *.avi *.m4v *.gif "
                "*.wav *.mp3 *.flac *.ogg *.m4a *.png *.jpg *.jpeg *.webp *.bmp *.tif "
                "*.tiff);;All files (*)"));
}

}  // namespace kinora::window
