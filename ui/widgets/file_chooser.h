// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

class QWidget;

namespace kinora::widgets {

/// What a file dialog offers.
struct FileChoice {
  QString title;
  QString kind;             ///< "Pictures"
  QStringList suffixes;     ///< without dot
  const char* settingsKey;  ///< where the folder of the last choice is remembered
  bool several = false;
};

/// Opens a dialog that does not block, beginning where the last choice was made; chosen gets what was picked, at least
/// one file. Dies with parent.
void chooseFiles(QWidget* parent, const FileChoice& choice, std::function<void(const QStringList&)> chosen);

}  // namespace kinora::widgets
