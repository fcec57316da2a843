// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <vector>

#include "ui/widgets/theme.h"

class QAction;
class QWidget;

namespace kinora::window {

/// Everything the window can do.
enum class ActionId {
  NewProject,
  OpenProject,
  Save,
  SaveAs,
  Import,
  Export,
  Quit,
  Undo,
  Redo,
  Cut,
  Copy,
  Paste,
  Duplicate,
  SelectAll,
  SelectNone,
  Delete,
  RippleDelete,
  PlayPause,
  ShuttleBack,
  ShuttleStop,
  ShuttleForward,
  StepBack,
  StepForward,
  SecondBack,
  SecondForward,
  PreviousCut,
  NextCut,
  GoToStart,
  GoToEnd,
  MarkIn,
  MarkOut,
  ClearMarks,
  Loop,
  Split,
  SplitAll,
  TrimStart,
  TrimEnd,
  SelectTool,
  BladeTool,
  Snapping,
  InsertAsset,
  OverwriteAsset,
  MatchFrame,
  GrabFrame,
  UseAsStart,
  Generate,
  GenerateAtFront,
  NewTake,
  PreviousTake,
  NextTake,
  CancelJob,
  WorkspaceCreate,
  WorkspaceEdit,
  WorkspaceExport,
  FullScreen,
  ZoomIn,
  ZoomOut,
  ZoomFit,
  ShowModels,
  ArrangePanels,
  ResetLayout,
  ShowShortcuts,
  About,
};

/// Menu and chapter of the shortcut list that an action belongs to.
enum class ActionGroup { File, Edit, Play, Clip, Generate, View, Help };

/// The actions with their texts, keys and icons, from one table. Their shortcuts work in the whole window;
/// ShortcutGuard keeps single keys away from fields that have the focus.
class ActionSet : public QObject {
  Q_OBJECT

 public:
  ActionSet(widgets::Theme& theme, QWidget* window);

  QAction* get(ActionId id) const { return m_actions.value(id); }
  std::vector<QAction*> group(ActionGroup group) const;
  static QString groupName(ActionGroup group);
  /// "Ctrl+Z", "Del or X": as the user's platform writes the keys; empty if there are none.
  static QString keysText(const QAction& action);
  void retranslate();

 private:
  void setIcons();

  widgets::Theme& m_theme;
  QHash<ActionId, QAction*> m_actions;
};

}  // namespace kinora::window
