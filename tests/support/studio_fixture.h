// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <memory>

#include "engine/project/project.h"
#include "tests/support/panel_fixture.h"
#include "tests/support/scenes.h"
#include "ui/session/playback.h"
#include "ui/session/project_store.h"
#include "ui/window/language.h"
#include "ui/window/main_window.h"
#include "ui/window/questions.h"

namespace kinora::test {

/// Answers that a test sets before it asks.
struct Answers : window::Questions {
  Unsaved unsaved = Unsaved::Cancel;
  Running running = Running::Stay;
  QString open;
  QString save;
  QStringList import;
  int asked = 0;

  Unsaved unsavedChanges(const QString&) override {
    ++asked;
    return unsaved;
  }
  Running runningJobs(int) override {
    ++asked;
    return running;
  }
  QString fileToOpen(const QString&) override { return open; }
  QString fileToSave(const QString&) override { return save; }
  QStringList filesToImport() override { return import; }
};

/// The whole window over fake or real media and whatever runner a test gives. UI thread.
class StudioFixture : public UiFixture {
 public:
  explicit StudioFixture(DemoMedia media = stillMedia());
  ~StudioFixture();

  window::MainWindow& window() { return *m_window; }
  session::ProjectFiles& files() { return *m_files; }
  session::PlaybackController& playback() { return *m_playback; }
  window::Language& language() { return *m_language; }
  Answers& answers() { return *m_answers; }

  /// A project with clips, takes and imports, and a queue with jobs in every state; the queue must not run yet.
  void fillWithDemo();

 private:
  project::Asset demoAsset(const char* name, Scene scene, double from, double to, int seconds);
  project::Project demoProject(project::Id& chosen);
  void submitDemo(core::JobSpec spec, Scene scene, double progress);

  DemoMedia m_demoMedia;
  std::unique_ptr<session::ProjectFiles> m_files;
  std::unique_ptr<session::PlaybackController> m_playback;
  std::unique_ptr<window::Language> m_language;
  std::unique_ptr<window::MainWindow> m_window;
  Answers* m_answers = nullptr;
};

}  // namespace kinora::test
