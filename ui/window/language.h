// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTranslator>
#include <vector>

namespace kinora::window {

/// The window's language, switchable at run time: installs translators and remembers the choice. A further language is
/// one more file in translations/. UI thread.
class Language : public QObject {
  Q_OBJECT

 public:
  struct Choice {
    QString code;  ///< "en", "zh_CN"
    QString name;  ///< in its own words
  };
  explicit Language(QObject* parent = nullptr);

  static std::vector<Choice> choices();
  const QString& code() const { return m_code; }
  /// Every widget gets QEvent::LanguageChange.
  void setCode(const QString& code);

 private:
  QString m_code;
  QTranslator m_texts;
  QTranslator m_qtTexts;
};

}  // namespace kinora::window
