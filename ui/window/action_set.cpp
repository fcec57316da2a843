// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/action_set.h"

#include <QAction>
#include <QWidget>

#include "ui/widgets/icons.h"

namespace kinora::window {
namespace {

struct Row {
  ActionId id;
  ActionGroup group;
  const char* text;
  const char* keys;  ///< portable text; several are parted by "; "
  const char* icon = nullptr;
  bool checkable = false;
};

using Id = ActionId;
using Group = ActionGroup;

const Row kRows[] = {
    {Id::NewProject, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "New project"), "Ctrl+N", "plus"},
    {Id::OpenProject, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Open…"), "Ctrl+O", "folder"},
    {Id::Save, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Save"), "Ctrl+S"},
    {Id::SaveAs, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Save as…"), "Ctrl+Shift+S"},
    {Id::Import, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Import media…"), "Ctrl+I", "img"},
    {Id::Export, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Export…"), "Ctrl+E", "export"},
    {Id::Quit, Group::File, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Quit"), "Ctrl+Q"},
    {Id::Undo, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Undo"), "Ctrl+Z", "undo"},
    {Id::Redo, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Redo"), "Ctrl+Shift+Z; Ctrl+Y", "redo"},
    {Id::Cut, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Cut"), "Ctrl+X"},
    {Id::Copy, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Copy"), "Ctrl+C", "copy"},
    {Id::Paste, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Paste"), "Ctrl+V"},
    {Id::Duplicate, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Duplicate"), "Ctrl+D"},
    {Id::SelectAll, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Select all"), "Ctrl+A"},
    {Id::SelectNone, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Select none"), "Esc"},
    {Id::Delete, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Delete, leave a gap"), "Del", "trash"},
    {Id::RippleDelete, Group::Edit, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Delete and close the gap"),
     "Shift+Del; X"},
    {Id::PlayPause, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Play or pause"), "Space", "play"},
    {Id::ShuttleBack, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Play backwards, again: faster"),
     "J"},
    {Id::ShuttleStop, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Stop"), "K"},
    {Id::ShuttleForward, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Play forwards, again: faster"),
     "L"},
    {Id::StepBack, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "One frame back"), "Left", "stb"},
    {Id::StepForward, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "One frame forward"), "Right", "stf"},
    {Id::SecondBack, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "One second back"), "Shift+Left"},
    {Id::SecondForward, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "One second forward"),
     "Shift+Right"},
    {Id::PreviousCut, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Previous cut"), "Up"},
    {Id::NextCut, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Next cut"), "Down"},
    {Id::GoToStart, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Go to the start"), "Home", "prev"},
    {Id::GoToEnd, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Go to the end"), "End", "next"},
    {Id::MarkIn, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Mark in"), "I", "in"},
    {Id::MarkOut, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Mark out"), "O", "out"},
    {Id::ClearMarks, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Clear in and out"), "Alt+X"},
    {Id::Loop, Group::Play, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Loop"), "Ctrl+L", "loop", true},
    {Id::Split, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Split at the playhead"), "S; Ctrl+B",
     "cut"},
    {Id::SplitAll, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Split all tracks at the playhead"),
     "Shift+S"},
    {Id::TrimStart, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Trim the start to the playhead"),
     "Shift+I"},
    {Id::TrimEnd, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Trim the end to the playhead"),
     "Shift+O"},
    {Id::SelectTool, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Select tool"), "V", "sel"},
    {Id::BladeTool, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Blade tool"), "B", "cut"},
    {Id::Snapping, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Snapping on or off"), "Ctrl+P", "mag"},
    {Id::InsertAsset, Group::Clip,
     QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Insert the library's clip at the playhead"), ","},
    {Id::OverwriteAsset, Group::Clip,
     QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Overwrite with the library's clip"), "."},
    {Id::MatchFrame, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Show the clip's source"), "F"},
    {Id::GrabFrame, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Save the frame as a picture…"),
     "Ctrl+Shift+G", "cam"},
    {Id::UseAsStart, Group::Clip, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Use the frame as start frame"),
     "Alt+G", "img"},
    {Id::Generate, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Generate"),
     "Ctrl+Return; Ctrl+Enter", "wand"},
    {Id::GenerateAtFront, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Generate next"),
     "Ctrl+Shift+Return; Ctrl+Shift+Enter"},
    {Id::NewTake, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "New take of the clip"), "Ctrl+R",
     "again"},
    {Id::PreviousTake, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Previous take"), "Alt+["},
    {Id::NextTake, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Next take"), "Alt+]"},
    {Id::CancelJob, Group::Generate, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Cancel the running job"), "Ctrl+.",
     "stop"},
    {Id::WorkspaceCreate, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Workspace Create"), "Alt+1"},
    {Id::WorkspaceEdit, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Workspace Edit"), "Alt+2"},
    {Id::WorkspaceExport, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Workspace Export"), "Alt+3"},
    {Id::FullScreen, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Monitor full screen"), "F11", "full"},
    {Id::ZoomIn, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Zoom in"), "=; +", "zoomin"},
    {Id::ZoomOut, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Zoom out"), "-", "zoomout"},
    {Id::ZoomFit, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Show the whole timeline"), "0"},
    {Id::ShowModels, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Models…"), "", "download"},
    {Id::ArrangePanels, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Arrange panels"), "", nullptr,
     true},
    {Id::ResetLayout, Group::View, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Reset layout"), ""},
    {Id::ShowShortcuts, Group::Help, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "Keyboard shortcuts"), "F1; /"},
    {Id::About, Group::Help, QT_TRANSLATE_NOOP("kinora::window::ActionSet", "About Kinora"), "", "info"},
};

}  // namespace

ActionSet::ActionSet(widgets::Theme& theme, QWidget* window) : QObject(window), m_theme(theme) {
  for (const Row& row : kRows) {
    auto* action = new QAction(this);
    action->setCheckable(row.checkable);
    if (*row.keys)
      action->setShortcuts(QKeySequence::listFromString(QString::fromLatin1(row.keys), QKeySequence::PortableText));
    // Held down, only steps and zoom repeat.
    action->setAutoRepeat(row.id == Id::StepBack || row.id == Id::StepForward || row.id == Id::SecondBack ||
                          row.id == Id::SecondForward || row.id == Id::ZoomIn || row.id == Id::ZoomOut ||
                          row.id == Id::Undo || row.id == Id::Redo);
    window->addAction(action);
    m_actions.insert(row.id, action);
  }
  connect(&theme, &widgets::Theme::changed, this, &ActionSet::setIcons);
  setIcons();
  retranslate();
}

std::vector<QAction*> ActionSet::group(ActionGroup group) const {
  std::vector<QAction*> actions;
  for (const Row& row : kRows) {
    if (row.group == group) actions.push_back(get(row.id));
  }
  return actions;
}

QString ActionSet::groupName(ActionGroup group) {
  switch (group) {
    case Group::File:
      return tr("File");
    case Group::Edit:
      return tr("Edit");
    case Group::Play:
      return tr("Play");
    case Group::Clip:
      return tr("Clip");
    case Group::Generate:
      return tr("Generate");
    case Group::View:
      return tr("View");
    case Group::Help:
      return tr("Help");
  }
  return {};
}

QString ActionSet::keysText(const QAction& action) {
  QStringList keys;
  const QList<QKeySequence> shortcuts = action.shortcuts();
  for (const QKeySequence& sequence : shortcuts) {
    // Return and Enter are one key to a reader.
    const QString text = sequence.toString(QKeySequence::NativeText);
    if (!text.endsWith(QStringLiteral("Return"))) keys << text;
  }
  return keys.join(tr(" or "));
}

void ActionSet::setIcons() {
  for (const Row& row : kRows) {
    if (row.icon) get(row.id)->setIcon(widgets::icon(m_theme, row.icon));
  }
}

void ActionSet::retranslate() {
  for (const Row& row : kRows) {
    QAction* action = get(row.id);
    const QString text = tr(row.text);
    const QString keys = keysText(*action);
    action->setText(text);
    action->setToolTip(keys.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, keys));
  }
}

}  // namespace kinora::window
