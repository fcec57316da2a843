// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models_panel/model_texts.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>

namespace kinora::models_panel {
namespace {

using session::ModelRow;

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(Models)
};

QStringList abilities(const ModelRow& row) {
  QStringList texts;
  if (row.textToVideo && row.imageToVideo) {
    texts << Texts::tr("From text or a picture");
  } else if (row.imageToVideo) {
    texts << Texts::tr("From a picture");
  } else if (row.textToVideo) {
    texts << Texts::tr("From text");
  }
  if (row.endFrame) texts << Texts::tr("end frame");
  if (row.control) texts << Texts::tr("control video, references");
  return texts;
}

/// "8 min", "2 h 05 min"; never less than a minute.
QString durationText(quint64 seconds) {
  const quint64 minutes = seconds / 60 + 1;
  if (minutes < 60) return Texts::tr("%1 min").arg(minutes);
  return Texts::tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0'));
}

QStringList joinable(const std::vector<std::string>& words) {
  QStringList list;
  for (const std::string& word : words) list << QString::fromStdString(word);
  return list;
}

}  // namespace

QString bytesText(quint64 bytes) {
  return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1, QLocale::DataSizeSIFormat);
}

QString detailsText(const ModelRow& row) {
  QStringList parts = abilities(row);
  if (!row.size.isEmpty()) parts << QStringLiteral("%1×%2").arg(row.size.width).arg(row.size.height);
  const QString about = row.isInstalled ? QString() : row.isAtLeast ? QStringLiteral("> ") : QStringLiteral("≈ ");
  if (row.bytes > 0) parts << about + bytesText(row.bytes);
  if (row.memoryGiB > 0) parts << Texts::tr("needs ≈ %1 GiB of memory").arg(row.memoryGiB);
  if (!row.licence.isEmpty()) parts << row.licence;
  if (row.isInPlace) parts << Texts::tr("used in place");
  return parts.join(QStringLiteral(" · "));
}

QString stateText(const ModelRow& row) {
  const QString amount = Texts::tr("%1 of %2").arg(bytesText(row.doneBytes), bytesText(row.totalBytes));
  switch (row.state) {
    case ModelRow::State::Installed:
    case ModelRow::State::Available:
      return {};
    case ModelRow::State::Broken:
      return Texts::tr("Cannot be used: %1").arg(row.problem);
    case ModelRow::State::Unfinished:
      return Texts::tr("Partly downloaded · %1").arg(amount);
    case ModelRow::State::Downloading: {
      if (row.bytesPerSecond == 0) return Texts::tr("Downloading · %1").arg(amount);
      const quint64 left = row.totalBytes - std::min(row.doneBytes, row.totalBytes);
      return Texts::tr("Downloading · %1 · %2/s · about %3 left")
          .arg(amount, bytesText(row.bytesPerSecond), durationText(left / row.bytesPerSecond));
    }
    case ModelRow::State::Checking:
      return Texts::tr("Checking a file · %1").arg(amount);
    case ModelRow::State::Verifying:
      return Texts::tr("Verifying · %1").arg(amount);
    case ModelRow::State::Deleting:
      break;
  }
  return Texts::tr("Deleting…");
}

QString checkText(const session::ModelCheck& check) {
  if (check.wrong > 0)
    return Texts::tr("Changed or missing files: %1. Delete the model and fetch it again.").arg(check.wrong);
  if (check.published > 0) return Texts::tr("Sound · files as published: %1").arg(check.published);
  if (check.unchanged > 0) return Texts::tr("Unchanged since it came · its publisher's hashes are not known");
  return Texts::tr("All files can be read · not verified: there are no hashes to compare with");
}

QString removalText(const models::Removal& removal) {
  if (!removal.usedBy.empty())
    return Texts::tr("Other models use its parts: %1. Delete those first.")
        .arg(joinable(removal.usedBy).join(QStringLiteral(", ")));
  QStringList lines;
  if (removal.freedBytes > 0) lines << Texts::tr("This frees %1.").arg(bytesText(removal.freedBytes));
  if (!removal.kept.empty())
    lines << Texts::tr("Files that are used where they lie stay there: %1.").arg(removal.kept.size());
  return lines.join(u' ');
}

}  // namespace kinora::models_panel
