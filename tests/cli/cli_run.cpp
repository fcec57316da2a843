// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/cli_run.h"

#include <QJsonDocument>
#include <QtTest>

namespace kinora::test {

QList<QJsonObject> CliResult::events() const {
  QList<QJsonObject> events;
  for (const QByteArray& line : out.split('\n')) {
    if (line.isEmpty()) continue;
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(line, &error);
    if (error.error != QJsonParseError::NoError) qWarning("not JSON: %s", line.constData());
    events << document.object();
  }
  return events;
}

QJsonObject CliResult::event(const QString& name) const {
  QJsonObject found;
  for (const QJsonObject& event : events()) {
    if (event[QStringLiteral("event")].toString() == name) found = event;
  }
  return found;
}

CliRun::CliRun() {
  Q_ASSERT(m_folder.isValid());
}

void CliRun::prepare(QProcess& process, const QStringList& environment) const {
  QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
  variables.insert(QStringLiteral("KINORA_DATA_DIR"), dataFolder());
  for (const QString& entry : environment) {
    variables.insert(entry.section(QLatin1Char('='), 0, 0), entry.section(QLatin1Char('='), 1));
  }
  process.setProcessEnvironment(variables);
  process.setProgram(QStringLiteral(KINORA_BINARY_DIR "/bin/kinora-cli"));
}

CliResult CliRun::run(const QStringList& arguments, const QStringList& environment, int patience) const {
  QProcess process;
  prepare(process, environment);
  process.setArguments(arguments);
  process.start();
  CliResult result;
  if (!process.waitForFinished(patience)) {
    process.kill();
    return result;
  }
  result.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
  result.out = process.readAllStandardOutput();
  result.err = process.readAllStandardError();
  return result;
}

void CliRun::start(QProcess& process, const QStringList& arguments) const {
  prepare(process, {});
  process.setArguments(arguments);
  process.start();
  QVERIFY(process.waitForStarted());
}

int CliRun::availableCredits() const {
  const CliResult result = run({QStringLiteral("credits"), QStringLiteral("balance"), QStringLiteral("--json")});
  return result.events().isEmpty() ? -1 : result.events().front()[QStringLiteral("available")].toInt(-1);
}

}  // namespace kinora::test
