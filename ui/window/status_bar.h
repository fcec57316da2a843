// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QFrame>
#include <QThreadPool>
#include <QTimer>

#include "ui/widgets/theme.h"

class QLabel;
class QMenu;
class QToolButton;

namespace kinora::session {
class EngineClient;
class ProjectFiles;
}  // namespace kinora::session

namespace kinora::widgets {
class ElidedLabel;
class ProgressLine;
}  // namespace kinora::widgets

namespace kinora::window {

/// The line at the bottom: device, memory, resident model, free disk, and when the work was last kept. The model opens
/// a menu of what is in memory and whether it stays.
inline const QString kKeepModelsSetting = QStringLiteral("models/keep");

class StatusBar : public QFrame {
  Q_OBJECT

 public:
  StatusBar(widgets::Theme& theme, session::EngineClient& client, session::ProjectFiles& files, QWidget* parent);
  ~StatusBar() override;

  /// Parts of the model in memory, whether it stays between jobs, and unloading.
  void fillModelMenu(QMenu& menu);
  /// Numbers to show in place of the machine's; for pictures that are the same everywhere.
  struct Machine {
    double usedGiB = 0;
    double totalGiB = 0;
    double freeDiskGiB = 0;
  };
  void setMachine(const Machine& machine);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  static QString partName(const std::string& part);
  void measure();
  void setMeasured(const Machine& machine);
  void showMachine();
  void showEngine();
  void showModel();
  void showSaved();
  void retranslate();

  widgets::Theme& m_theme;
  session::EngineClient& m_client;
  QLabel* m_dot;
  widgets::ElidedLabel* m_engine;
  QLabel* m_memoryLabel;
  widgets::ProgressLine* m_memoryBar;
  QLabel* m_memory;
  QToolButton* m_model;
  QLabel* m_disk;
  QLabel* m_saved;
  QTimer m_timer;
  QThreadPool m_pool;  ///< a disk that does not answer holds up nobody but it
  bool m_measuring = false;
  Machine m_machine;
  QDateTime m_savedTime;
  bool m_byHand = false;  ///< the last save was the user's, not autosave's
  bool m_fixed = false;
};

}  // namespace kinora::window
