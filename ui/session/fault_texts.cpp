// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QFileInfo>
#include <iterator>

#include "ui/session/engine_client.h"

namespace kinora::session {
namespace {

/// One sentence a fault key; %1, %2, … are the fault's args in order.
struct FaultTexts {
  Q_DECLARE_TR_FUNCTIONS(FaultTexts)

 public:
  struct Row {
    const char* key;
    const char* text;
    bool firstIsPath = false;  ///< shown as a file name
  };
  static const Row* find(const QString& key);
  static QString sentence(const Row& row) { return tr(row.text); }
};

constexpr FaultTexts::Row kRows[] = {
    {"picture-unreadable",
     QT_TRANSLATE_NOOP("FaultTexts", "%1 cannot be read as a picture. Choose a JPEG, PNG or WebP file."), true},
    {"edition-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no edition “%1”. Choose Standard, Master or Draft.")},
    {"model-unknown",
     QT_TRANSLATE_NOOP("FaultTexts", "No installed model can make this. Choose another model or mode.")},
    {"prompt-too-long",
     QT_TRANSLATE_NOOP("FaultTexts", "The text has %1 characters; at most %2 are possible. Shorten it.")},
    {"edition-needs-image", QT_TRANSLATE_NOOP("FaultTexts", "This edition starts from a picture. Drop one on Start.")},
    {"no-end-frame",
     QT_TRANSLATE_NOOP("FaultTexts", "This edition has no end frame. Remove it or choose Standard 1080p.")},
    {"too-big",
     QT_TRANSLATE_NOOP("FaultTexts", "This would take %1 of memory; %2 is there. Choose a smaller size or length.")},
};

const FaultTexts::Row* FaultTexts::find(const QString& key) {
  for (const Row& row : kRows) {
    if (key == QLatin1String(row.key)) return &row;
  }
  return nullptr;
}

}  // namespace

QString faultText(const core::Fault& fault) {
  const FaultTexts::Row* row = FaultTexts::find(QString::fromStdString(fault.key));
  if (!row) return QString::fromStdString(fault.message);
  QString text = FaultTexts::sentence(*row);
  // From the last to the first, so that a % inside an argument is never taken for a place.
  for (std::size_t i = fault.args.size(); i > 0; --i) {
    QString value = QString::fromStdString(fault.args[i - 1]);
    if (i == 1 && row->firstIsPath) value = QFileInfo(value).fileName();
    text.replace(QLatin1Char('%') + QString::number(i), value);
  }
  return text;
}

}  // namespace kinora::session
