// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QFileInfo>

#include "ui/session/engine_client.h"

namespace kinora::session {
namespace {

using core::ErrorCode;

struct ErrorTexts {
  Q_DECLARE_TR_FUNCTIONS(ErrorTexts)

 public:
  /// What, why and what to do.
  static QString sentence(ErrorCode code) {
    switch (code) {
      case ErrorCode::Internal:
        return tr(
            "Something went wrong inside Kinora. Try again; if it happens twice, please report it with the details.");
      case ErrorCode::InvalidInput:
        return tr("This cannot be done as asked. Change the setting named in the details.");
      case ErrorCode::NotFound:
        return tr(
            "Something that is needed is not there. It may have been moved or renamed: put it back or choose another.");
      case ErrorCode::Unreadable:
        return tr(
            "This file cannot be read. It may be damaged, of an unknown kind or not yours to read: choose another.");
      case ErrorCode::Corrupt:
        return tr("This file is damaged. Use a copy or fetch it again.");
      case ErrorCode::NewerVersion:
        return tr("This was written by a newer Kinora. Update Kinora to open it.");
      case ErrorCode::NotWritable:
        return tr("Kinora may not write there. Choose another folder.");
      case ErrorCode::DiskFull:
        return tr("The disk is full. Free some space and try again.");
      case ErrorCode::OutOfMemory:
        return tr("There is not enough memory. Choose a smaller size or a shorter length, or close other programs.");
      case ErrorCode::NotEnoughCredits:
        return tr("There are not enough credits. Choose Draft, a cheaper edition or a shorter length.");
      case ErrorCode::ModelMismatch:
        return tr("The model cannot do this or its files do not fit together. Choose another model.");
      case ErrorCode::Unsupported:
        return tr("Kinora does not support this format or device. Choose another.");
      case ErrorCode::Busy:
        return tr("Another program is using this. Close the other window and try again.");
      case ErrorCode::Cancelled:
        return tr("Cancelled.");
      case ErrorCode::Interrupted:
        return tr("Kinora was closed before this was done. Start it again.");
    }
    return {};
  }

  static QString headline(ErrorCode code) {
    switch (code) {
      case ErrorCode::Internal:
        return tr("Kinora made a mistake");
      case ErrorCode::InvalidInput:
        return tr("Cannot be done as asked");
      case ErrorCode::NotFound:
        return tr("File or model not found");
      case ErrorCode::Unreadable:
        return tr("File cannot be read");
      case ErrorCode::Corrupt:
        return tr("File is damaged");
      case ErrorCode::NewerVersion:
        return tr("Needs a newer Kinora");
      case ErrorCode::NotWritable:
        return tr("Folder cannot be written");
      case ErrorCode::DiskFull:
        return tr("Disk full");
      case ErrorCode::OutOfMemory:
        return tr("Out of memory");
      case ErrorCode::NotEnoughCredits:
        return tr("Not enough credits");
      case ErrorCode::ModelMismatch:
        return tr("Model does not fit");
      case ErrorCode::Unsupported:
        return tr("Not supported");
      case ErrorCode::Busy:
        return tr("In use elsewhere");
      case ErrorCode::Cancelled:
        return tr("Cancelled");
      case ErrorCode::Interrupted:
        return tr("Interrupted");
    }
    return {};
  }

  /// "%1 in decode": the engine names the stage in the error's context.
  static QString inStage(const QString& headline, const QString& stage) {
    if (stage == u"text") return tr("%1 in text").arg(headline);
    if (stage == u"encode") return tr("%1 in encode").arg(headline);
    if (stage == u"denoise") return tr("%1 in denoise").arg(headline);
    if (stage == u"decode") return tr("%1 in decode").arg(headline);
    if (stage == u"write") return tr("%1 in write").arg(headline);
    return headline;
  }

  static QString about(const QString& sentence, const QString& name) { return tr("%1: %2").arg(name, sentence); }
  static QString withDetails(const QString& sentence, const QString& details) {
    return tr("%1 (%2)").arg(sentence, details);
  }
  static QString withCredits(const QString& headline) { return tr("%1 · credits returned").arg(headline); }
};

}  // namespace

QString errorText(const core::Error& error) {
  QString text = ErrorTexts::sentence(error.code);
  if (error.code == ErrorCode::Cancelled) return text;
  const QString context = QString::fromStdString(error.context);
  if (context.contains(u'/')) text = ErrorTexts::about(text, QFileInfo(context).fileName());
  if (!error.message.empty()) text = ErrorTexts::withDetails(text, QString::fromStdString(error.message));
  return text;
}

QString errorHeadline(const core::Error& error, bool creditsReturned) {
  const QString headline = ErrorTexts::inStage(ErrorTexts::headline(error.code), QString::fromStdString(error.context));
  return creditsReturned ? ErrorTexts::withCredits(headline) : headline;
}

}  // namespace kinora::session
