// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QSettings>
#include <QUndoStack>

#include "engine/project/edit.h"
#include "ui/create/create_panel.h"
#include "ui/library/library_panel.h"
#include "ui/preview/monitor_panel.h"
#include "ui/session/playback.h"
#include "ui/session/project_document.h"
#include "ui/session/timecode.h"
#include "ui/timeline/timeline_panel.h"
#include "ui/widgets/picture_slot.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/window/action_set.h"
#include "ui/window/clip_commands.h"
#include "ui/window/language.h"
#include "ui/window/main_window.h"
#include "ui/window/media_import.h"
#include "ui/window/project_commands.h"
#include "ui/window/questions.h"
#include "ui/window/shortcuts_dialog.h"
#include "ui/window/side_panel.h"
#include "ui/window/top_bar.h"

// Menus, and what each action does.
namespace kinora::window {
namespace {

using Id = ActionId;

const QString kThemeSetting = QStringLiteral("window/theme");

}  // namespace

void MainWindow::buildMenus() {
  QMenuBar& bar = m_top->menuBar();
  const auto menu = [this](QMenu* added, const char* title) {
    m_menus.emplace_back(added, title);
    return added;
  };
  const auto fill = [this](QMenu* target, std::initializer_list<int> rows) {
    for (const int row : rows) {
      if (row < 0) {
        target->addSeparator();
      } else {
        target->addAction(m_actions->get(static_cast<Id>(row)));
      }
    }
  };
  const auto n = [](Id id) { return static_cast<int>(id); };
  constexpr int kLine = -1;

  QMenu* file = menu(bar.addMenu(QString()), QT_TR_NOOP("&File"));
  fill(file, {n(Id::NewProject), n(Id::OpenProject)});
  QMenu* recent = menu(file->addMenu(QString()), QT_TR_NOOP("Open recent"));
  m_project->fillRecent(recent);
  fill(file, {kLine, n(Id::Save), n(Id::SaveAs), kLine, n(Id::Import), n(Id::Export), kLine, n(Id::Quit)});

  QMenu* edit = menu(bar.addMenu(QString()), QT_TR_NOOP("&Edit"));
  fill(edit, {n(Id::Undo), n(Id::Redo), kLine, n(Id::Cut), n(Id::Copy), n(Id::Paste), n(Id::Duplicate), kLine,
              n(Id::SelectAll), n(Id::SelectNone), kLine, n(Id::Delete), n(Id::RippleDelete)});

  QMenu* clip = menu(bar.addMenu(QString()), QT_TR_NOOP("&Clip"));
  QMenu* play = menu(clip->addMenu(QString()), QT_TR_NOOP("Play"));
  for (QAction* action : m_actions->group(ActionGroup::Play)) play->addAction(action);
  clip->addSeparator();
  fill(clip, {n(Id::Split), n(Id::SplitAll), n(Id::TrimStart), n(Id::TrimEnd), kLine, n(Id::SelectTool),
              n(Id::BladeTool), n(Id::Snapping), kLine, n(Id::InsertAsset), n(Id::OverwriteAsset), n(Id::MatchFrame),
              kLine, n(Id::GrabFrame), n(Id::UseAsStart)});

  QMenu* make = menu(bar.addMenu(QString()), QT_TR_NOOP("&Generate"));
  fill(make, {n(Id::Generate), n(Id::GenerateAtFront), kLine, n(Id::NewTake), n(Id::PreviousTake), n(Id::NextTake),
              kLine, n(Id::CancelJob)});

  QMenu* view = menu(bar.addMenu(QString()), QT_TR_NOOP("&View"));
  fill(view, {n(Id::WorkspaceCreate), n(Id::WorkspaceEdit), n(Id::WorkspaceExport), kLine, n(Id::FullScreen),
              n(Id::ZoomIn), n(Id::ZoomOut), n(Id::ZoomFit), kLine});
  QMenu* panels = menu(view->addMenu(QString()), QT_TR_NOOP("Panels"));
  for (QDockWidget* dock : m_layout->docks()) panels->addAction(dock->toggleViewAction());
  fill(view, {n(Id::ArrangePanels), n(Id::ResetLayout), kLine, n(Id::ShowModels), kLine});
  addChoices(view);

  QMenu* help = menu(bar.addMenu(QString()), QT_TR_NOOP("&Help"));
  fill(help, {n(Id::ShowShortcuts), n(Id::About)});
}

/// Theme and language: the choice is remembered and holds at once.
QMenu* MainWindow::addChoices(QMenu* parent) {
  QMenu* themes = parent->addMenu(QString());
  m_menus.emplace_back(themes, QT_TR_NOOP("Theme"));
  auto* themeGroup = new QActionGroup(this);
  const char* const names[] = {QT_TR_NOOP("As the system"), QT_TR_NOOP("Dark"), QT_TR_NOOP("Light")};
  for (int i = 0; i < 3; ++i) {
    QAction* action = themeGroup->addAction(themes->addAction(tr(names[i])));
    action->setCheckable(true);
    action->setData(QString::fromLatin1(names[i]));
    action->setChecked(static_cast<int>(m_services.theme.mode()) == i);
    connect(action, &QAction::triggered, this, [this, i] {
      QSettings().setValue(kThemeSetting, i);
      m_services.theme.setMode(static_cast<widgets::Theme::Mode>(i));
    });
  }
  QMenu* languages = parent->addMenu(QString());
  m_menus.emplace_back(languages, QT_TR_NOOP("Language"));
  auto* languageGroup = new QActionGroup(this);
  for (const Language::Choice& choice : Language::choices()) {
    QAction* action = languageGroup->addAction(languages->addAction(choice.name));
    action->setCheckable(true);
    action->setChecked(m_services.language.code() == choice.code);
    connect(action, &QAction::triggered, this, [this, code = choice.code] { m_services.language.setCode(code); });
  }
  return themes;
}

void MainWindow::retranslate() {
  m_actions->retranslate();
  for (const auto& [menu, title] : m_menus) menu->setTitle(tr(title));
  for (const auto& [menu, title] : m_menus) {
    for (QAction* action : menu->actions()) {
      if (!action->data().toString().isEmpty()) action->setText(tr(action->data().toString().toLatin1().constData()));
    }
  }
  m_side->setTitle(LibraryPage, tr("Library"));
  m_side->setTitle(InspectorPage, tr("Inspector"));
  m_side->setTitle(QueuePage, tr("Queue"));
  m_layout->retranslate();
  showUndoTexts();
  showTitle();
}

void MainWindow::connectFileActions() {
  const auto on = [this](Id id, auto&& slot) { connect(m_actions->get(id), &QAction::triggered, this, slot); };
  on(Id::NewProject, [this] { m_project->newProject(); });
  on(Id::OpenProject, [this] { m_project->open(); });
  on(Id::Save, [this] { m_project->save(); });
  on(Id::SaveAs, [this] { m_project->saveAs(); });
  on(Id::Import, [this] { m_import->import(m_questions->filesToImport()); });
  on(Id::Export, [this] { showExport(); });
  on(Id::Quit, [this] { close(); });
}

/// "Undo Add clip"
void MainWindow::showUndoTexts() {
  const QUndoStack& stack = *m_services.document.undoStack();
  QAction* undo = m_actions->get(Id::Undo);
  QAction* redo = m_actions->get(Id::Redo);
  undo->setEnabled(stack.canUndo());
  redo->setEnabled(stack.canRedo());
  undo->setText(stack.canUndo() ? tr("Undo: %1").arg(stack.undoText()) : tr("Undo"));
  redo->setText(stack.canRedo() ? tr("Redo: %1").arg(stack.redoText()) : tr("Redo"));
}

void MainWindow::connectEditActions() {
  QUndoStack* stack = m_services.document.undoStack();
  connect(stack, &QUndoStack::indexChanged, this, &MainWindow::showUndoTexts);
  connect(stack, &QUndoStack::canUndoChanged, this, &MainWindow::showUndoTexts);
  const auto on = [this](Id id, auto&& slot) { connect(m_actions->get(id), &QAction::triggered, this, slot); };
  on(Id::Undo, [stack] { stack->undo(); });
  on(Id::Redo, [stack] { stack->redo(); });
  on(Id::Cut, [this] { m_timeline->cut(); });
  on(Id::Copy, [this] { m_timeline->copy(); });
  on(Id::Paste, [this] { paste(); });
  on(Id::Duplicate, [this] { m_timeline->duplicate(); });
  on(Id::SelectAll, [this] { m_timeline->selectAll(); });
  on(Id::SelectNone, [this] { m_timeline->cancel(); });
  on(Id::Delete, [this] { removeSelected(false); });
  on(Id::RippleDelete, [this] { removeSelected(true); });
  on(Id::Split, [this] { m_timeline->splitAtPlayhead(); });
  on(Id::SplitAll, [this] { m_timeline->splitAllTracks(); });
  on(Id::TrimStart, [this] { m_timeline->trimToPlayhead(true); });
  on(Id::TrimEnd, [this] { m_timeline->trimToPlayhead(false); });
  on(Id::SelectTool, [this] { m_timeline->selectTool(); });
  on(Id::BladeTool, [this] { m_timeline->bladeTool(); });
  on(Id::Snapping, [this] { m_timeline->toggleSnapping(); });
  on(Id::InsertAsset, [this] { m_clips->placeAsset(m_library->currentAsset(), project::PlaceMode::Insert); });
  on(Id::OverwriteAsset, [this] { m_clips->placeAsset(m_library->currentAsset(), project::PlaceMode::Overwrite); });
  on(Id::MatchFrame, [this] {
    if (const project::Clip* clip = m_clips->currentClip()) showSource(QString::fromStdString(clip->asset));
  });
}

/// A picture in the clipboard is a start frame; copied clips go to the timeline.
void MainWindow::paste() {
  const QMimeData* mime = QApplication::clipboard()->mimeData();
  const QStringList files = mime ? widgets::pictureFiles(*mime) : QStringList();
  const QImage image = mime && files.isEmpty() ? widgets::pictureImage(*mime) : QImage();
  if (files.isEmpty() && image.isNull()) {
    m_timeline->paste();
    return;
  }
  showCreate();
  if (files.isEmpty()) {
    m_create->addPicture(image);
  } else {
    m_create->addPictures(files);
  }
}

void MainWindow::removeSelected(bool ripple) {
  const QWidget* focus = QApplication::focusWidget();
  if (focus && m_library->isAncestorOf(focus) && !m_library->currentAsset().isEmpty()) {
    m_library->removeAsset(m_library->currentAsset());
    return;
  }
  m_timeline->deleteSelection(ripple);
}

void MainWindow::connectPlayActions() {
  session::PlaybackController* playback = &m_services.playback;
  const auto on = [this](Id id, auto&& slot) { connect(m_actions->get(id), &QAction::triggered, this, slot); };
  on(Id::PlayPause, [playback] { playback->togglePlay(); });
  on(Id::ShuttleBack, [playback] { playback->shuttle(-1); });
  on(Id::ShuttleStop, [playback] { playback->shuttle(0); });
  on(Id::ShuttleForward, [playback] { playback->shuttle(1); });
  const auto step = [playback](qint64 frames) {
    playback->pause();
    playback->step(frames);
  };
  const auto second = [playback] { return session::nominalRate(playback->fps()); };
  on(Id::StepBack, [step] { step(-1); });
  on(Id::StepForward, [step] { step(1); });
  on(Id::SecondBack, [step, second] { step(-second()); });
  on(Id::SecondForward, [step, second] { step(second()); });
  on(Id::PreviousCut, [this] { m_timeline->previousCut(); });
  on(Id::NextCut, [this] { m_timeline->nextCut(); });
  on(Id::GoToStart, [playback] { playback->goToStart(); });
  on(Id::GoToEnd, [playback] { playback->goToEnd(); });
  on(Id::MarkIn, [playback] { playback->markIn(); });
  on(Id::MarkOut, [playback] { playback->markOut(); });
  on(Id::ClearMarks, [playback] { playback->clearMarks(); });
  QAction* loop = m_actions->get(Id::Loop);
  connect(loop, &QAction::toggled, playback, &session::PlaybackController::setLoop);
  connect(playback, &session::PlaybackController::stateChanged, loop,
          [loop, playback] { loop->setChecked(playback->loops()); });
  on(Id::GrabFrame, [this] { m_monitor->grabFrame(); });
  on(Id::UseAsStart, [this] { m_monitor->useFrameAsStart(); });
  on(Id::FullScreen, [this] { m_monitor->toggleFullScreen(); });
}

void MainWindow::connectGenerateActions() {
  const auto on = [this](Id id, auto&& slot) { connect(m_actions->get(id), &QAction::triggered, this, slot); };
  on(Id::Generate, [this] {
    showCreate();
    m_create->generate(false);
  });
  on(Id::GenerateAtFront, [this] {
    showCreate();
    m_create->generate(true);
  });
  on(Id::NewTake, [this] { m_clips->newTake(); });
  on(Id::PreviousTake, [this] { m_clips->stepTake(-1); });
  on(Id::NextTake, [this] { m_clips->stepTake(1); });
  on(Id::CancelJob, [this] { cancelJobs(false); });
}

void MainWindow::connectViewActions() {
  const auto on = [this](Id id, auto&& slot) { connect(m_actions->get(id), &QAction::triggered, this, slot); };
  on(Id::WorkspaceCreate, [this] { m_layout->setWorkspace(Workspace::Create); });
  on(Id::WorkspaceEdit, [this] { m_layout->setWorkspace(Workspace::Edit); });
  on(Id::WorkspaceExport, [this] { m_layout->setWorkspace(Workspace::Export); });
  connect(&m_top->workspaces(), &widgets::SegmentedControl::currentChanged, this,
          [this](int index) { m_layout->setWorkspace(static_cast<Workspace>(index)); });
  connect(m_layout, &PanelLayout::workspaceChanged, this, [this](Workspace workspace) {
    showWorkspace(workspace);
    if (workspace == Workspace::Export && isVisible()) showExport();
  });
  on(Id::ZoomIn, [this] { m_timeline->zoomIn(); });
  on(Id::ZoomOut, [this] { m_timeline->zoomOut(); });
  on(Id::ZoomFit, [this] { m_timeline->fit(); });
  connect(m_actions->get(Id::ArrangePanels), &QAction::toggled, m_layout, &PanelLayout::setArranging);
  on(Id::ResetLayout, [this] { m_layout->reset(); });
  on(Id::ShowShortcuts, [this] {
    if (!m_shortcuts) {
      m_shortcuts = new ShortcutsDialog(*m_actions, this);
      m_shortcuts->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_shortcuts->show();
    m_shortcuts->raise();
  });
  on(Id::About, [this] { showAbout(); });
  on(Id::ShowModels, [this] { showModels(); });
}

}  // namespace kinora::window
