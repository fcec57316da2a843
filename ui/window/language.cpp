// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QSettings>

static void initTranslations() {
  Q_INIT_RESOURCE(kinora_translations);
}

namespace kinora::window {
namespace {

const QString kSetting = QStringLiteral("window/language");

QString systemCode() {
  return QLocale::system().language() == QLocale::Chinese ? QStringLiteral("zh_CN") : QStringLiteral("en");
}

}  // namespace

std::vector<Language::Choice> Language::choices() {
  return {{QStringLiteral("en"), QStringLiteral("English")}, {QStringLiteral("zh_CN"), QStringLiteral("简体中文")}};
}

Language::Language(QObject* parent) : QObject(parent) {
  initTranslations();
  setCode(QSettings().value(kSetting, systemCode()).toString());
}

void Language::setCode(const QString& code) {
  if (code == m_code) return;
  m_code = code;
  QSettings().setValue(kSetting, code);
  QLocale::setDefault(QLocale(code));
  QCoreApplication::removeTranslator(&m_texts);
  QCoreApplication::removeTranslator(&m_qtTexts);
  // English is the source text: its file holds plural forms only.
  if (m_texts.load(QStringLiteral(":/kinora/translations/kinora_%1.qm").arg(code))) {
    QCoreApplication::installTranslator(&m_texts);
  }
  const QString folder = QLibraryInfo::path(QLibraryInfo::TranslationsPath);
  if (m_qtTexts.load(QStringLiteral("qtbase_%1").arg(code), folder)) QCoreApplication::installTranslator(&m_qtTexts);
}

}  // namespace kinora::window
