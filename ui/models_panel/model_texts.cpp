// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models_panel/model_texts.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

namespace kinora::models_panel {
namespace {

using session::ModelRow;

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(Models)
};

QString abilitiesText(const ModelRow& row) {
  QString text = row.textToVideo && row.imageToVideo ? Texts::tr("text and image")
                 : row.imageToVideo                  ? Texts::tr("image")
                 : row.textToVideo                   ? Texts::tr("text")
                                                     : QString();
  if (row.endFrame) text = Texts::tr("%1, end frame").arg(text);
  return text;
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
  QStringList parts{abilitiesText(row)};
  if (!row.size.isEmpty()) parts << QStringLiteral("%1×%2").arg(row.size.width).arg(row.size.height);
  if (row.bytes > 0) parts << (row.isEstimate ? Texts::tr("about %1").arg(bytesText(row.bytes)) : bytesText(row.bytes));
  if (row.memoryGiB > 0) parts << Texts::tr("wants about %1 GiB of memory").arg(row.memoryGiB);
  if (!row.licence.isEmpty()) parts << row.licence;
  parts.removeAll(QString());
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
      return Texts::tr("Unfinished · %1").arg(amount);
    case ModelRow::State::Downloading: {
      if (row.bytesPerSecond == 0) return Texts::tr("Downloading · %1").arg(amount);
      const quint64 left = row.totalBytes - std::min(row.doneBytes, row.totalBytes);
      const quint64 minutes = left / row.bytesPerSecond / 60 + 1;
      return Texts::tr("Downloading · %1 · %2/s · about %3 min left")
          .arg(amount, bytesText(row.bytesPerSecond))
          .arg(minutes);
    }
    case ModelRow::State::Checking:
      return Texts::tr("Checking a file · %1").arg(amount);
    case ModelRow::State::Verifying:
      break;
  }
  return Texts::tr("Verifying · %1").arg(amount);
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
