// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/main_window.h"

#include <QCloseEvent>
#include <QDateTime>
#include <QDockWidget>
#include <QLocale>
#include <QMessageBox>
#include <QStatusBar>
#include <QVBoxLayout>

#include "ui/create/create_panel.h"
#include "ui/credits/credits_chip.h"
#include "ui/export/export_dialog.h"
#include "ui/library/inspector_panel.h"
#include "ui/library/library_panel.h"
#include "ui/models_panel/models_dialog.h"
#include "ui/preview/monitor_panel.h"
#include "ui/queue/queue_panel.h"
#include "ui/session/engine_client.h"
#include "ui/session/model_store.h"
#include "ui/session/playback.h"
#include "ui/session/project_document.h"
#include "ui/session/project_store.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toast.h"
#include "ui/window/action_set.h"
#include "ui/window/clip_commands.h"
#include "ui/window/drop_router.h"
#include "ui/window/job_lander.h"
#include "ui/window/media_import.h"
#include "ui/window/notice_bar.h"
#include "ui/window/project_commands.h"
#include "ui/window/questions.h"
#include "ui/window/shortcut_guard.h"
#include "ui/window/shortcuts_dialog.h"
#include "ui/window/side_panel.h"
#include "ui/window/status_bar.h"
#include "ui/window/top_bar.h"

namespace kinora::window {

MainWindow::MainWindow(const Services& services)
    : m_services(services), m_questions(std::make_unique<DialogQuestions>(this)) {
  m_actions = new ActionSet(services.theme, this);
  buildPanels();
  m_project = new ProjectCommands(services.document, services.files, *m_questions, this);
  m_clips = new ClipCommands(services.document, services.client, this);
  m_lander = new JobLander(services.document, services.client, this);
  m_import = new MediaImport(services.document, services.client, this);
  m_drops = new DropRouter(this);
  new ShortcutGuard(this, &m_timeline->view());
  buildMenus();
  connectFileActions();
  connectEditActions();
  connectPlayActions();
  connectGenerateActions();
  connectViewActions();
  connectPanels();
  connectJobs();
  connectDrops();
  retranslate();
  m_layout->restore();
  m_create->focusPrompt();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildPanels() {
  const auto& [theme, document, client, models, files, playback, language] = m_services;
  m_top = new TopBar(theme, document, this);
  m_credits = new credits_ui::CreditsChip(theme, client, m_top);
  m_top->addWidget(m_credits);
  setMenuWidget(m_top);

  auto* centre = new QWidget(this);
  m_notice = new NoticeBar(centre);
  m_monitor = new preview::MonitorPanel(theme, client, playback, centre);
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_notice);
  column->addWidget(m_monitor, 1);
  setCentralWidget(centre);

  m_create = new create::CreatePanel(theme, document, client, this);
  m_timeline = new timeline::TimelinePanel(theme, document, client, this);
  m_side = new SidePanel(theme, this);
  m_library = new library::LibraryPanel(theme, document, client, m_side);
  m_inspector = new library::InspectorPanel(document, m_side);
  m_queue = new queue::QueuePanel(theme, client, m_side);
  m_side->addPage(m_library);
  m_side->addPage(m_inspector);
  m_side->addPage(m_queue);
  m_layout = new PanelLayout(this, {m_create, m_timeline, m_side});

  m_status = new StatusBar(theme, client, files, this);
  auto* bar = new QStatusBar(this);
  bar->setSizeGripEnabled(false);
  bar->setContentsMargins(0, 0, 0, 0);
  bar->addPermanentWidget(m_status, 1);
  setStatusBar(bar);
  m_toast = new widgets::Toast(theme, this);
  m_toast->setLift(widgets::kStatusHeight);
}

void MainWindow::openAtStart(const QStringList& files) {
  // Typing replaces the example.
  if (m_project->openLast()) m_create->selectPrompt();
  m_drops->route(files);
  offerRecovery();
}

/// One offer after the other, newest first.
void MainWindow::offerRecovery() {
  const auto found = m_services.files.recoverable();
  if (found.empty()) return;
  const session::Recovery recovery = found.front();
  const QString when = QLocale().toString(recovery.time, QLocale::ShortFormat);
  m_notice->ask(
      QStringLiteral("recovery"),
      tr("Kinora ended unexpectedly. “%1” has unsaved work of %2.").arg(recovery.name, when), tr("Restore"),
      tr("Discard"),
      [this, recovery] {
        if (!m_project->confirmLoss()) return;
        if (const auto done = m_services.files.recover(recovery); !done) showError(done.error());
      },
      [this, recovery] {
        m_services.files.discard(recovery);
        offerRecovery();
      });
}

void MainWindow::tell(const QString& text) {
  m_toast->showMessage(text);
}

void MainWindow::showError(const core::Error& error) {
  tell(session::errorText(error));
}

void MainWindow::reportInterrupted(int count) {
  m_toast->showMessage(tr("Interrupted jobs: %1 · credits returned").arg(count), tr("Show"), [this] { showQueue(); });
}

void MainWindow::setQuestions(std::unique_ptr<Questions> questions) {
  m_project->setQuestions(*questions);
  m_questions = std::move(questions);
}

void MainWindow::showQueue() {
  m_layout->docks()[1]->show();
  m_side->setCurrentIndex(QueuePage);
}

void MainWindow::showCreate() {
  if (!m_create->isVisible()) m_layout->setWorkspace(Workspace::Create);
}

void MainWindow::showWorkspace(Workspace workspace) {
  m_top->workspaces().setCurrentIndex(static_cast<int>(workspace));
  switch (workspace) {
    case Workspace::Create:
      break;
    case Workspace::Edit:
      m_side->setCurrentIndex(LibraryPage);
      break;
    case Workspace::Export:
      m_side->setCurrentIndex(QueuePage);
      break;
  }
}

void MainWindow::showExport() {
  if (!m_export) {
    m_export = new exporting::ExportDialog(m_services.theme, m_services.document, m_services.client, this);
    m_export->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_export, &exporting::ExportDialog::submitted, this, [this] { showQueue(); });
  }
  const session::PlaybackController& playback = m_services.playback;
  std::optional<std::pair<qint64, qint64>> range;
  if (playback.mode() == session::PlaybackController::Mode::Program && (playback.inPoint() || playback.outPoint())) {
    range = {playback.inPoint().value_or(0),
             playback.outPoint() ? *playback.outPoint() + 1 : m_services.document.project().timeline.length()};
  }
  m_export->setMarkedRange(range);
  m_export->show();
  m_export->raise();
  m_export->activateWindow();
}

void MainWindow::showModels() {
  if (!m_models) {
    m_models = new models_panel::ModelsDialog(m_services.theme, m_services.models, m_services.client, this);
    m_models->setAttribute(Qt::WA_DeleteOnClose);
  }
  m_models->show();
  m_models->raise();
  m_models->activateWindow();
}

models_panel::ModelsDialog* MainWindow::modelsDialog() const {
  return m_models;
}

exporting::ExportDialog* MainWindow::exportDialog() const {
  return m_export;
}

void MainWindow::showAbout() {
  QMessageBox box(this);
  box.setIconPixmap(windowIcon().pixmap(QSize(64, 64), devicePixelRatioF()));
  box.setText(tr("Kinora %1").arg(QStringLiteral(KINORA_VERSION)));
  box.setInformativeText(
      tr("Makes short AI video on your own machine. Free software under the GNU General Public License, version 3 or "
         "later."));
  box.exec();
}

void MainWindow::showTitle() {
  setWindowTitle(QStringLiteral("%1[*] – Kinora").arg(m_project->projectName()));
  setWindowModified(m_services.document.isModified());
}

/// Work goes on in the background: the window leaves when the queue is empty, and keeps what landed meanwhile.
void MainWindow::closeWhenIdle() {
  if (!m_closeWhenIdle || m_services.client.isBusy()) return;
  session::ProjectDocument& document = m_services.document;
  if (document.isModified() && !document.file().isEmpty()) {
    if (const auto saved = m_services.files.save(); !saved) showError(saved.error());
  }
  // What has no file, or could not be saved, stays in the autosave copy and is offered at the next start.
  if (document.isModified()) m_services.files.autosave().flush();
  m_closing = true;
  close();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!m_closing) {
    event->ignore();
    int open = 0;
    for (const core::JobRecord& job : m_services.client.jobs()) {
      open += job.state == core::JobState::Running || job.state == core::JobState::Queued ? 1 : 0;
    }
    if (open > 0 && m_services.client.isBusy()) {
      const Questions::Running answer = m_questions->runningJobs(open);
      if (answer == Questions::Running::Stay) return;
      if (answer == Questions::Running::KeepGoing) {
        m_closeWhenIdle = true;
        showMinimized();
        return;
      }
      if (!m_project->confirmLoss()) return;
      if (answer == Questions::Running::ResumeLater) {
        m_services.client.suspend();
      } else {
        cancelJobs(true);
      }
    } else if (!m_project->confirmLoss()) {
      return;
    }
    m_services.files.close();
    m_closing = true;
  }
  m_services.playback.pause();
  m_layout->save();
  event->accept();
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) retranslate();
  // Who brings the window back wants to stay.
  if (event->type() == QEvent::WindowStateChange && !isMinimized()) m_closeWhenIdle = false;
}

}  // namespace kinora::window
