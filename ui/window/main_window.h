// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <memory>

#include "engine/core/job.h"
#include "engine/core/plan.h"
#include "engine/core/result.h"
#include "ui/window/panel_layout.h"

class QLabel;
class QMenu;

namespace kinora::session {
class EngineClient;
class ModelStore;
class PlaybackController;
class ProjectDocument;
class ProjectFiles;
}  // namespace kinora::session

namespace kinora::widgets {
class Theme;
class Toast;
}  // namespace kinora::widgets

namespace kinora::create {
class CreatePanel;
}
namespace kinora::credits_ui {
class CreditsChip;
}
namespace kinora::exporting {
class ExportDialog;
}
namespace kinora::library {
class InspectorPanel;
class LibraryPanel;
}  // namespace kinora::library
namespace kinora::models_panel {
class ModelsDialog;
}
namespace kinora::preview {
class MonitorPanel;
}
namespace kinora::queue {
class QueuePanel;
}
namespace kinora::timeline {
class TimelinePanel;
}

namespace kinora::window {

class ActionSet;
class ClipCommands;
class DropRouter;
class JobLander;
class Language;
class MediaImport;
class NoticeBar;
class ProjectCommands;
class Questions;
class ShortcutsDialog;
class SidePanel;
class StatusBar;
class TopBar;

/// What the window works with; all outlive it.
struct Services {
  widgets::Theme& theme;
  session::ProjectDocument& document;
  session::EngineClient& client;
  session::ModelStore& models;
  session::ProjectFiles& files;
  session::PlaybackController& playback;
  Language& language;
};

/// The studio's window: docks the panels and connects them. What its actions do lies in the classes it owns. UI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Services& services);
  ~MainWindow() override;

  /// Opens what was named on the command line (a project, media), else the last project; offers work that a crash left.
  void openAtStart(const QStringList& files);
  void showError(const core::Error& error);
  /// Jobs that a crash cut off; their credits are back.
  void reportInterrupted(int count);

  /// Puts a plan into the queue, variants times with consecutive seeds; the clips land in the open project.
  void generate(const core::Plan& plan, int variants, bool atFront);
  void showExport();
  void showModels();
  /// Asks in place of the dialogs; for tests.
  void setQuestions(std::unique_ptr<Questions> questions);

  ActionSet& actionSet() const { return *m_actions; }
  create::CreatePanel& createPanel() const { return *m_create; }
  timeline::TimelinePanel& timelinePanel() const { return *m_timeline; }
  preview::MonitorPanel& monitor() const { return *m_monitor; }
  library::LibraryPanel& library() const { return *m_library; }
  queue::QueuePanel& queuePanel() const { return *m_queue; }
  SidePanel& side() const { return *m_side; }
  StatusBar& status() const { return *m_status; }
  PanelLayout& panelLayout() const { return *m_layout; }
  widgets::Toast& toast() const { return *m_toast; }
  NoticeBar& notice() const { return *m_notice; }
  DropRouter& dropRouter() const { return *m_drops; }
  exporting::ExportDialog* exportDialog() const;
  models_panel::ModelsDialog* modelsDialog() const;

 protected:
  void changeEvent(QEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  enum SidePage { LibraryPage, InspectorPage, QueuePage };

  void buildPanels();
  void buildMenus();
  QMenu* addChoices(QMenu* parent);
  void connectFileActions();
  void connectEditActions();
  void connectPlayActions();
  void connectGenerateActions();
  void connectViewActions();
  void connectPanels();
  void connectJobs();
  void connectDrops();
  void retranslate();
  void showTitle();
  void showUndoTexts();
  void showWorkspace(Workspace workspace);
  void showSource(const QString& assetId);
  void showSourceFile(const QString& file);
  void loadRecipe(const QString& recipe);
  void askForSeed(quint64 seed);
  void retry(const core::JobSpec& spec);
  void retake(const core::Plan& plan, const QString& clip);
  void paste();
  void removeSelected(bool ripple);
  /// Running jobs, and queued ones too.
  void cancelJobs(bool queuedToo);
  void offerRecovery();
  void showQueue();
  void showCreate();
  void closeWhenIdle();
  void showAbout();
  void tell(const QString& text);

  Services m_services;
  std::unique_ptr<Questions> m_questions;
  ActionSet* m_actions;
  TopBar* m_top;
  create::CreatePanel* m_create;
  preview::MonitorPanel* m_monitor;
  timeline::TimelinePanel* m_timeline;
  library::LibraryPanel* m_library;
  library::InspectorPanel* m_inspector;
  queue::QueuePanel* m_queue;
  credits_ui::CreditsChip* m_credits;
  SidePanel* m_side;
  StatusBar* m_status;
  NoticeBar* m_notice;
  widgets::Toast* m_toast;
  PanelLayout* m_layout;
  ProjectCommands* m_project;
  ClipCommands* m_clips;
  JobLander* m_lander;
  MediaImport* m_import;
  DropRouter* m_drops;
  QPointer<exporting::ExportDialog> m_export;
  QPointer<models_panel::ModelsDialog> m_models;
  QPointer<ShortcutsDialog> m_shortcuts;
  std::vector<std::pair<QMenu*, const char*>> m_menus;  ///< and their English titles
  bool m_closeWhenIdle = false;
  bool m_closing = false;  ///< all questions are answered
};

}  // namespace kinora::window
