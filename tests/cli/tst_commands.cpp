// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QtTest>

#include "tests/cli/cli_run.h"

using kinora::test::CliResult;
using kinora::test::CliRun;

namespace {

QStringList words(const QString& text) {
  return text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

}  // namespace

/// The commands beside generate.
class TestCommands : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void helpOfEveryCommand_data();
  void helpOfEveryCommand();
  void newUserHasAThousandCredits();
  void listsAndVerifiesTheModelThatShips();
  void verifyNamesADamagedTensor();
  void probeTellsARecipe();
  void probeSaysWhatWeightsAre();
  void doctorIsContent();
  void projectCommandsReadAProject();
  void projectCheckNamesMissingMedia();
  void exportRefusesAnEmptyTimeline();
};

void TestCommands::helpOfEveryCommand_data() {
  QTest::addColumn<QString>("command");
  for (const char* name : {"generate", "export", "models list", "models info", "models verify", "queue list",
                           "credits balance", "credits history", "project info", "project check", "probe", "doctor"}) {
    QTest::newRow(name) << QString::fromLatin1(name);
  }
}

void TestCommands::helpOfEveryCommand() {
  QFETCH(QString, command);
  const CliResult result = CliRun().run(words(command) << QStringLiteral("--help"));
  QCOMPARE(result.exitCode, 0);
  QVERIFY(result.out.contains("--json"));
}

void TestCommands::newUserHasAThousandCredits() {
  const CliRun cli;
  QCOMPARE(cli.availableCredits(), 1000);
  const CliResult history = cli.run(words(QStringLiteral("credits history --json")));
  QCOMPARE(history.events().size(), 1);
  QCOMPARE(history.events().front()[QStringLiteral("kind")].toString(), QStringLiteral("grant"));
}

void TestCommands::listsAndVerifiesTheModelThatShips() {
  const CliRun cli;
  const CliResult list = cli.run(words(QStringLiteral("models list --json")));
  QCOMPARE(list.events().front()[QStringLiteral("id")].toString(), QStringLiteral("mini"));
  QVERIFY(list.events().front()[QStringLiteral("problem")].toString().isEmpty());
  const CliResult verified = cli.run(words(QStringLiteral("models verify mini --json")));
  QVERIFY2(verified.exitCode == 0, verified.err);
  QCOMPARE(verified.event(QStringLiteral("verified"))[QStringLiteral("faults")].toInt(), 0);
}

void TestCommands::verifyNamesADamagedTensor() {
  const CliRun cli;
  const QString folder = cli.path(QStringLiteral("damaged"));
  QVERIFY(QProcess::execute(
              QStringLiteral("cp"),
              {QStringLiteral("-r"), QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini"), folder}) == 0);
  QFile weights(folder + QStringLiteral("/transformer/diffusion_pytorch_model.safetensors"));
  QVERIFY(weights.open(QIODevice::ReadWrite));
  QByteArray bytes = weights.readAll();
  // Another name of the same length: one tensor is missing, one is surplus.
  bytes.replace("blocks.0.attn1.to_q.weight", "blocks.0.attn1.to_x.weight");
  weights.seek(0);
  weights.write(bytes);
  weights.close();
  const CliResult result = cli.run({QStringLiteral("models"), QStringLiteral("verify"), folder});
  QCOMPARE(result.exitCode, 1);
  QVERIFY(result.out.contains("blocks.0.attn1.to_q.weight: missing"));
  QVERIFY(result.out.contains("to_x.weight: surplus"));
  const CliResult generated = cli.run(
      {QStringLiteral("generate"), QStringLiteral("--prompt"), QStringLiteral("a"), QStringLiteral("--model"), folder});
  QCOMPARE(generated.exitCode, 2);
  QVERIFY(generated.err.contains("blocks.0.attn1.to_q.weight"));
  QVERIFY(generated.err.contains("diffusion_pytorch_model.safetensors"));
}

void TestCommands::probeTellsARecipe() {
  const CliRun cli;
  const QString output = cli.path(QStringLiteral("clip.mp4"));
  QCOMPARE(cli.run(words(QStringLiteral("generate --frames 5 --steps 1 --seed 9 --prompt beach --output")) << output)
               .exitCode,
           0);
  const CliResult probe = cli.run({QStringLiteral("probe"), output, QStringLiteral("--json")});
  QCOMPARE(probe.exitCode, 0);
  const QJsonObject recipe = probe.events().front()[QStringLiteral("recipe")].toObject();
  QCOMPARE(recipe[QStringLiteral("prompt")].toString(), QStringLiteral("beach"));
  QCOMPARE(recipe[QStringLiteral("seed")].toInt(), 9);
}

void TestCommands::probeSaysWhatWeightsAre() {
  const CliRun cli;
  // A name that lies: the header decides.
  const QString torch = cli.path(QStringLiteral("clip.mp4"));
  QVERIFY(QFile::copy(QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/weight-files/tiny-wan22.pth"), torch));
  const CliResult probe = cli.run({QStringLiteral("probe"), torch, QStringLiteral("--json")});
  QVERIFY2(probe.exitCode == 0, probe.err);
  const QJsonObject weights = probe.events().front();
  QCOMPARE(weights[QStringLiteral("kind")].toString(), QStringLiteral("weights"));
  QCOMPARE(weights[QStringLiteral("format")].toString(), QStringLiteral("torch"));
  QCOMPARE(weights[QStringLiteral("role")].toString(), QStringLiteral("transformer"));
  QCOMPARE(weights[QStringLiteral("naming")].toString(), QStringLiteral("original"));

  const CliResult folder =
      cli.run({QStringLiteral("probe"), QStringLiteral(KINORA_SOURCE_DIR "/resources/models/mini")});
  QVERIFY2(folder.exitCode == 0, folder.err);
  QVERIFY(folder.out.contains("Wan 2.2 VAE"));
  QVERIFY(folder.out.contains("UMT5 text encoder"));

  QFile cut(torch);
  QVERIFY(cut.resize(cut.size() / 2));
  const CliResult broken = cli.run({QStringLiteral("probe"), torch});
  QCOMPARE(broken.exitCode, 1);
  QVERIFY(broken.err.contains("cut off"));
}

void TestCommands::doctorIsContent() {
  const CliResult result = CliRun().run({QStringLiteral("doctor")});
  QVERIFY2(result.exitCode == 0, result.out);
}

void TestCommands::projectCommandsReadAProject() {
  const CliResult result = CliRun().run(words(QStringLiteral("project info --json"))
                                        << QStringLiteral(KINORA_SOURCE_DIR "/tests/data/projects/v1.kinora"));
  QVERIFY2(result.exitCode == 0, result.err);
  QVERIFY(result.events().front()[QStringLiteral("clips")].toInt() > 0);
}

void TestCommands::projectCheckNamesMissingMedia() {
  // The frozen sample names media that are not there.
  const CliResult result = CliRun().run(words(QStringLiteral("project check"))
                                        << QStringLiteral(KINORA_SOURCE_DIR "/tests/data/projects/v1.kinora"));
  QCOMPARE(result.exitCode, 1);
  QVERIFY(result.out.contains("missing: "));
}

void TestCommands::exportRefusesAnEmptyTimeline() {
  const CliRun cli;
  const QString path = cli.path(QStringLiteral("empty.kinora"));
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("{\"format\":\"kinora-project\",\"version\":99}");
  file.close();
  const CliResult result =
      cli.run({QStringLiteral("export"), path, QStringLiteral("--output"), cli.path(QStringLiteral("x.mp4"))});
  QCOMPARE(result.exitCode, 2);
  QVERIFY(!QFile::exists(cli.path(QStringLiteral("x.mp4"))));
}

QTEST_GUILESS_MAIN(TestCommands)
#include "tst_commands.moc"
