// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/file_chooser.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

namespace kinora::widgets {

void chooseFiles(QWidget* parent, const FileChoice& choice, std::function<void(const QStringList&)> chosen) {
  const QString key = QLatin1StringView(choice.settingsKey);
  QStringList patterns;
  for (const QString& suffix : choice.suffixes) patterns << QStringLiteral("*.") + suffix;
  const QString filter = QStringLiteral("%1 (%2)").arg(choice.kind, patterns.join(QLatin1Char(' ')));
  auto* dialog = new QFileDialog(parent, choice.title, QSettings().value(key).toString(), filter);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(choice.several ? QFileDialog::ExistingFiles : QFileDialog::ExistingFile);
  QObject::connect(dialog, &QFileDialog::filesSelected, parent,
                   [key, chosen = std::move(chosen)](const QStringList& files) {
                     if (files.isEmpty()) return;
                     QSettings().setValue(key, QFileInfo(files.first()).absolutePath());
                     chosen(files);
                   });
  dialog->open();
}

}  // namespace kinora::widgets
