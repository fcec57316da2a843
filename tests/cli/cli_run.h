// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

namespace kinora::test {

/// What one call of kinora-cli gave.
struct CliResult {
  int exitCode = -1;
  QByteArray out;
  QByteArray err;

  /// stdout as one JSON object a line.
  QList<QJsonObject> events() const;
  /// The last event of that name; empty if there is none.
  QJsonObject event(const QString& name) const;
};

/// Calls the built kinora-cli with a data folder of its own.
class CliRun {
 public:
  CliRun();
  /// Runs to the end; killed after `patience` milliseconds.
  CliResult run(const QStringList& arguments, const QStringList& environment = {}, int patience = 120'000) const;
  /// Starts and returns once it runs.
  void start(QProcess& process, const QStringList& arguments) const;
  QString path(const QString& name) const { return m_folder.filePath(name); }
  QString dataFolder() const { return m_folder.filePath(QStringLiteral("data")); }
  /// "available" of credits balance.
  int availableCredits() const;

 private:
  void prepare(QProcess& process, const QStringList& environment) const;
  QTemporaryDir m_folder;
};

}  // namespace kinora::test
