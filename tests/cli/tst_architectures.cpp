// SPDX-License-Identifier: GPL-3.0-or-later
// Every architecture from the command line, by the folder of its tiny model.
#include <QImage>
#include <QtTest>

#include "tests/cli/cli_run.h"

using kinora::test::CliResult;
using kinora::test::CliRun;

namespace {

const QString kModels = QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/models/");

QStringList words(const QString& text) {
  return text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

}  // namespace

class TestArchitectures : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase();
  void runsFromTheCommandLine_data();
  void runsFromTheCommandLine();
  void aWrongModelIsRefusedWithWhatIsNeeded_data();
  void aWrongModelIsRefusedWithWhatIsNeeded();
  void controlChangesTheClip();

 private:
  /// generate with a model folder; "START", "END", "CONTROL" and "MASK" in arguments stand for files of the test.
  CliResult generate(const QString& model, const QString& arguments, const QString& output) const;

  CliRun m_cli;
};

void TestArchitectures::initTestCase() {
  for (const QString& name : {QStringLiteral("START"), QStringLiteral("END"), QStringLiteral("MASK")}) {
    QImage image(120, 80, QImage::Format_RGB888);
    image.fill(name == QLatin1String("START") ? QColor(70, 130, 180)
               : name == QLatin1String("END") ? QColor(230, 180, 60)
                                              : QColor(Qt::black));
    for (int y = 20; y < 60; ++y) {
      for (int x = 60; x < 110; ++x) image.setPixelColor(x, y, Qt::white);
    }
    QVERIFY(image.save(m_cli.path(name + QStringLiteral(".png"))));
  }
  const CliResult clip =
      m_cli.run(words(QStringLiteral("generate --frames 9 --steps 1 --seed 2 --json --prompt beach --output"))
                << m_cli.path(QStringLiteral("CONTROL.mp4")));
  QVERIFY2(clip.exitCode == 0, clip.err);
}

CliResult TestArchitectures::generate(const QString& model, const QString& arguments, const QString& output) const {
  QStringList all = words(QStringLiteral("generate --steps 2 --seed 4 --json --prompt waves"));
  if (!arguments.contains(QLatin1String("--size"))) all << QStringLiteral("--size") << QStringLiteral("48x32");
  if (!arguments.contains(QLatin1String("--frames"))) all << QStringLiteral("--frames") << QStringLiteral("5");
  all << QStringLiteral("--model") << kModels + model << QStringLiteral("--output") << m_cli.path(output);
  for (QString word : words(arguments)) {
    for (const QString& name : {QStringLiteral("START"), QStringLiteral("END"), QStringLiteral("MASK")}) {
      if (word == name) word = m_cli.path(name + QStringLiteral(".png"));
    }
    if (word == QLatin1String("CONTROL")) word = m_cli.path(QStringLiteral("CONTROL.mp4"));
    all << word;
  }
  return m_cli.run(all);
}

void TestArchitectures::runsFromTheCommandLine_data() {
  QTest::addColumn<QString>("model");
  QTest::addColumn<QString>("arguments");
  const auto row = [](const char* name, const char* model, const char* arguments) {
    QTest::newRow(name) << QString::fromLatin1(model) << QString::fromLatin1(arguments);
  };
  row("T2V 2.1", "tiny-wan21", "");
  row("TI2V", "tiny-wan22", "--size 64x32 --image START");
  row("I2V 2.1", "tiny-wan21-i2v", "--image START");
  row("FLF2V 2.1", "tiny-wan21-flf2v", "--image START --end-image END");
  row("T2V-A14B", "tiny-wan22-t2v-a14b", "--guidance 4 --guidance-2 3");
  row("I2V-A14B", "tiny-wan22-i2v-a14b", "--image START");
  row("I2V-A14B, first and last frame", "tiny-wan22-i2v-a14b", "--image START --end-image END");
  row("VACE, text", "tiny-wan21-vace", "");
  row("VACE, first frame", "tiny-wan21-vace", "--image START");
  row("VACE, inpainting", "tiny-wan21-vace", "--control CONTROL --mask MASK");
  row("VACE, extension", "tiny-wan21-vace", "--control CONTROL --mask MASK --frames 13");
  row("several devices", "tiny-wan22-i2v-a14b", "--image START --device cpu,cpu");
  row("weights in int8", "tiny-wan22-i2v-a14b", "--image START --dtype int8");
  row("weights in fp8", "tiny-wan21", "--dtype fp8");
  row("VACE, references", "tiny-wan21-vace", "--reference START --reference END --control-scale 0.8");
}

void TestArchitectures::runsFromTheCommandLine() {
  QFETCH(QString, model);
  QFETCH(QString, arguments);
  const CliResult result = generate(model, arguments, QStringLiteral("clip.mp4"));
  QVERIFY2(result.exitCode == 0, result.err);
  const QJsonObject finished = result.event(QStringLiteral("finished"));
  QVERIFY(finished[QStringLiteral("frames")].toInt() >= 5);
  QVERIFY(QFile::exists(m_cli.path(QStringLiteral("clip.mp4"))));
  QVERIFY(QFile::remove(m_cli.path(QStringLiteral("clip.mp4"))));
}

void TestArchitectures::aWrongModelIsRefusedWithWhatIsNeeded_data() {
  QTest::addColumn<QString>("model");
  QTest::addColumn<QString>("arguments");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* name, const char* model, const char* arguments, const char* says) {
    QTest::newRow(name) << QString::fromLatin1(model) << QString::fromLatin1(arguments) << QString::fromLatin1(says);
  };
  row("picture for text only", "tiny-wan21", "--image START", "makes video from text only");
  row("picture for text only, and who could", "tiny-wan21", "--image START", "of those installed these could: Mini");
  row("text for pictures only", "tiny-wan21-i2v", "", "needs a start picture");
  row("no end for first and last", "tiny-wan21-flf2v", "--image START", "needs an end picture");
  row("end for one picture", "tiny-wan21-i2v", "--image START --end-image END", "takes no end picture");
  row("control without VACE", "tiny-wan22", "--size 64x32 --control CONTROL", "a VACE model");
  row("references without VACE", "tiny-wan21", "--reference START", "a VACE model");
  row("mask alone", "tiny-wan21-vace", "--mask MASK", "without a control video");
  row("control that is no video", "tiny-wan21-vace", "--control " KINORA_SOURCE_DIR "/README.md", "README.md");
  row("missing control", "tiny-wan21-vace", "--control /nonexistent.mp4", "nonexistent");
  row("scale", "tiny-wan21-vace", "--control CONTROL --control-scale 11", "controlScale");
}

void TestArchitectures::aWrongModelIsRefusedWithWhatIsNeeded() {
  QFETCH(QString, model);
  QFETCH(QString, arguments);
  QFETCH(QString, says);
  const CliResult result = generate(model, arguments, QStringLiteral("refused.mp4"));
  const QString all = QString::fromUtf8(result.err + result.out);
  QVERIFY2(all.contains(says), qPrintable(all));
  QVERIFY(result.exitCode != 0);
  QVERIFY(!QFile::exists(m_cli.path(QStringLiteral("refused.mp4"))));
}

void TestArchitectures::controlChangesTheClip() {
  const auto hash = [&](const QString& arguments) {
    const CliResult result = generate(QStringLiteral("tiny-wan21-vace"), arguments, QStringLiteral("vace.mp4"));
    QFile::remove(m_cli.path(QStringLiteral("vace.mp4")));
    return result.event(QStringLiteral("finished"))[QStringLiteral("sha256")].toString();
  };
  const QString plain = hash(QString());
  const QString controlled = hash(QStringLiteral("--control CONTROL"));
  QVERIFY(!plain.isEmpty());
  QVERIFY(plain != controlled);
  QVERIFY(controlled != hash(QStringLiteral("--control CONTROL --mask MASK")));
  QVERIFY(controlled != hash(QStringLiteral("--control CONTROL --control-scale 0.2")));
}

QTEST_GUILESS_MAIN(TestArchitectures)
#include "tst_architectures.moc"
