// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonArray>
#include <QRegularExpression>
#include <QtTest>

#include "tests/cli/cli_run.h"

using kinora::test::CliResult;
using kinora::test::CliRun;

namespace {

QStringList words(const QString& text) {
  return text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

/// The smallest real generation: seconds, not minutes.
QStringList shortDraft(const QString& output) {
  return words(QStringLiteral("generate --frames 5 --steps 2 --seed 3 --json --prompt beach --output")) << output;
}

/// Long enough to be stopped in the middle.
QStringList longStandard(const QString& picture, const QString& output) {
  return words(QStringLiteral(
             "generate --edition standard --quality 720p --seconds 10 --steps 60 --json --prompt beach --image"))
         << picture << QStringLiteral("--output") << output;
}

QString blankPicture(const CliRun& cli) {
  QImage image(640, 400, QImage::Format_RGB888);
  image.fill(QColor(70, 130, 180));
  const QString path = cli.path(QStringLiteral("picture.png"));
  image.save(path);
  return path;
}

/// Reads events until one with these words comes by.
bool waitForEvent(QProcess& process, const char* what) {
  QByteArray seen;
  while (process.state() == QProcess::Running && process.waitForReadyRead(60'000)) {
    seen += process.readAllStandardOutput();
    if (seen.contains(what)) return true;
  }
  return false;
}

bool waitForStep(QProcess& process) {
  return waitForEvent(process, "\"stage\":\"denoise\"");
}

}  // namespace

class TestGenerate : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void makesAClipThatFfprobeAccepts();
  void sameRequestGivesTheSameFile();
  void pictureBecomesAClipOfTheEditionsSize();
  void anEnlargedClipKeepsThePicturesDetailUnlessToldNotTo();
  void dryRunStartsNothing();
  void dumpWritesEveryTensor();
  void lorasChangeTheLatents();
  void loraOfAnotherModelIsRefused();
  void fewStepsAndReusedPassesAreCounted();
  void interruptReturnsCreditsAndLeavesNoFile();
  void killedRunIsMarkedInterruptedAndPaidBack();
  void resumedRunGivesTheSameFileAndIsPaidForAgain();
  void whatCannotBeResumedIsRefused();
  void badInputIsRefused_data();
  void badInputIsRefused();
  void unusualPromptsAreFine_data();
  void unusualPromptsAreFine();
  void tooFewCreditsAreExitCode3();
  void tooLittleMemoryIsExitCode4();
  void aLimitIsKeptWithTheSameLatents();
};

void TestGenerate::makesAClipThatFfprobeAccepts() {
  const CliRun cli;
  const QString output = cli.path(QStringLiteral("clip.mp4"));
  const CliResult result = cli.run(shortDraft(output));
  QVERIFY2(result.exitCode == 0, result.err);
  const QJsonObject finished = result.event(QStringLiteral("finished"));
  QCOMPARE(finished[QStringLiteral("frames")].toInt(), 5);
  QCOMPARE(finished[QStringLiteral("width")].toInt(), 128);
  QCOMPARE(finished[QStringLiteral("seed")].toInt(), 3);
  QCOMPARE(finished[QStringLiteral("sha256")].toString().size(), 64);
  QVERIFY(!result.event(QStringLiteral("progress")).isEmpty());

  QProcess probe;
  probe.start(QStringLiteral("ffprobe"), words(QStringLiteral("-v error -show_streams")) << output);
  QVERIFY(probe.waitForFinished());
  const QByteArray streams = probe.readAllStandardOutput();
  QVERIFY(streams.contains("codec_name=h264"));
  QVERIFY(streams.contains("profile=High"));
  QVERIFY(streams.contains("color_space=bt709"));
}

void TestGenerate::sameRequestGivesTheSameFile() {
  const CliRun cli;
  const CliResult first = cli.run(shortDraft(cli.path(QStringLiteral("a.mp4"))));
  const CliResult second = cli.run(shortDraft(cli.path(QStringLiteral("b.mp4"))));
  QCOMPARE(first.exitCode, 0);
  const auto hash = [](const CliResult& r) {
    return r.event(QStringLiteral("finished"))[QStringLiteral("sha256")].toString();
  };
  QCOMPARE(hash(first), hash(second));
  const CliResult other =
      cli.run(shortDraft(cli.path(QStringLiteral("c.mp4"))) << words(QStringLiteral("--negative rain --guidance 3")));
  QVERIFY(hash(other) != hash(first));
}

void TestGenerate::pictureBecomesAClipOfTheEditionsSize() {
  const CliRun cli;
  const int before = cli.availableCredits();
  const CliResult result =
      cli.run(words(QStringLiteral("generate --edition standard --quality 720p --seconds 5 --steps 2 --seed 1 "
                                   "--json --prompt beach --image"))
              << blankPicture(cli));
  QVERIFY2(result.exitCode == 0, result.err);
  const QJsonObject finished = result.event(QStringLiteral("finished"));
  QCOMPARE(finished[QStringLiteral("height")].toInt(), 720);
  QCOMPARE(finished[QStringLiteral("width")].toInt(), 1152);
  QCOMPARE(finished[QStringLiteral("fps")].toString(), QStringLiteral("24/1"));
  QCOMPARE(finished[QStringLiteral("frames")].toInt(), 120);
  QCOMPARE(cli.availableCredits(), before - 20);
}

void TestGenerate::anEnlargedClipKeepsThePicturesDetailUnlessToldNotTo() {
  const CliRun cli;
  QImage picture(640, 400, QImage::Format_RGB888);
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) picture.setPixelColor(x, y, QColor((x * 37) % 200, (y * 91) % 180, 120));
  }
  const QString file = cli.path(QStringLiteral("pattern.png"));
  QVERIFY(picture.save(file));
  const auto generate = [&](const char* name, const QStringList& further) {
    const QString output = cli.path(QString::fromLatin1(name));
    const CliResult result =
        cli.run(words(QStringLiteral("generate --edition standard --quality 720p --seconds 5 --steps 1 --seed 1 "
                                     "--json --prompt beach --image"))
                << file << QStringLiteral("--output") << output << further);
    return result.exitCode == 0 ? QFileInfo(output).size() : 0;
  };
  const qint64 detailed = generate("detailed.mp4", {});
  const qint64 plain = generate("plain.mp4", {QStringLiteral("--no-detail")});
  QVERIFY(plain > 0);
  QVERIFY2(detailed > plain, "detail that compresses to nothing is none");
}

void TestGenerate::dryRunStartsNothing() {
  const CliRun cli;
  const CliResult result =
      cli.run(words(QStringLiteral("generate --dry-run --json --prompt beach --edition master --seconds 5")));
  QVERIFY2(result.exitCode == 0, result.err);
  const QJsonObject plan = result.event(QStringLiteral("plan"));
  QCOMPARE(plan[QStringLiteral("credits")].toInt(), 100);
  QCOMPARE(plan[QStringLiteral("output_width")].toInt(), 1920);
  QCOMPARE(plan[QStringLiteral("output_height")].toInt(), 1080);
  QVERIFY(plan[QStringLiteral("peak_bytes")].toDouble() > 1e6);
  QVERIFY(plan[QStringLiteral("tokens")].toInt() > 0);
  const QJsonObject memory = plan[QStringLiteral("memory")].toObject();
  QCOMPARE(memory[QStringLiteral("keep_idle")].toBool(), true);
  QCOMPARE(memory[QStringLiteral("decode_bytes")].toDouble(), plan[QStringLiteral("peak_bytes")].toDouble());
  const CliResult said = cli.run(words(QStringLiteral("generate --dry-run --prompt beach")));
  QVERIFY2(said.out.contains("steps") && said.out.contains("all networks stay in memory"), said.out);
  QVERIFY(cli.run(words(QStringLiteral("queue list --json"))).out.isEmpty());
  QVERIFY(QDir(cli.dataFolder()).entryList({QStringLiteral("*.mp4")}, QDir::Files).isEmpty());
}

void TestGenerate::dumpWritesEveryTensor() {
  const CliRun cli;
  const QString folder = cli.path(QStringLiteral("dump"));
  const CliResult result =
      cli.run(shortDraft(cli.path(QStringLiteral("clip.mp4"))) << QStringLiteral("--dump") << folder);
  QVERIFY2(result.exitCode == 0, result.err);
  const QStringList files = QDir(folder).entryList(QDir::Files);
  const QStringList expected{QStringLiteral("first_latents.safetensors"),  // mini draws the first frame first
                             QStringLiteral("first_step_000.safetensors"), QStringLiteral("first_step_001.safetensors"),
                             QStringLiteral("latents.safetensors"),        QStringLiteral("prompt.safetensors"),
                             QStringLiteral("step_000.safetensors"),       QStringLiteral("step_001.safetensors"),
                             QStringLiteral("video.safetensors")};
  QCOMPARE(files, expected);
}

void TestGenerate::lorasChangeTheLatents() {
  const CliRun cli;
  const QString goldens = QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/");
  const QString lora = goldens + QStringLiteral("lora-linear/musubi.safetensors");
  // The clip's own metadata names the LoRA, so its bytes always differ: the latents tell.
  const auto latents = [&](const QString& name, const QStringList& options) {
    const QString dump = cli.path(name);
    const CliResult result = cli.run(shortDraft(cli.path(name + QStringLiteral(".mp4")))
                                     << QStringLiteral("--model") << goldens + QStringLiteral("models/tiny-wan22")
                                     << words(QStringLiteral("--size 96x64 --dump")) << dump << options);
    if (result.exitCode != 0) qWarning("%s", result.err.constData());
    QFile file(dump + QStringLiteral("/latents.safetensors"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  };
  const QString option = QStringLiteral("--lora");
  const QByteArray base = latents(QStringLiteral("base"), {});
  QVERIFY(!base.isEmpty());
  QCOMPARE(latents(QStringLiteral("none"), {option, lora + QStringLiteral("=0")}), base);
  const QByteArray whole = latents(QStringLiteral("whole"), {option, lora});
  QVERIFY(!whole.isEmpty() && whole != base);
  const QByteArray halves = latents(QStringLiteral("halves"),
                                    {option, lora + QStringLiteral("=0.25"), option, lora + QStringLiteral("=0.5")});
  QVERIFY(!halves.isEmpty() && halves != base && halves != whole);
}

void TestGenerate::loraOfAnotherModelIsRefused() {
  const CliRun cli;
  const QString output = cli.path(QStringLiteral("clip.mp4"));
  const CliResult result = cli.run(
      shortDraft(output) << QStringLiteral("--lora")
                         << QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors"));
  QCOMPARE(result.exitCode, 2);
  QVERIFY2((result.err + result.out).contains("of 40 tensors 40 do not fit"), result.err);
  QVERIFY(!QFile::exists(output));
}

void TestGenerate::fewStepsAndReusedPassesAreCounted() {
  const CliRun cli;
  const CliResult few = cli.run(words(QStringLiteral("generate --frames 5 --seed 3 --json --prompt beach --sampler dmd "
                                                     "--nag 4 --negative rain --output"))
                                << cli.path(QStringLiteral("few.mp4")));
  QVERIFY2(few.exitCode == 0, few.err);
  // Three for the first frame, three for the clip.
  QCOMPARE(few.event(QStringLiteral("finished"))[QStringLiteral("passes")].toInt(), 6);
  // With any change allowed, all steps but the first reuse it; the weakened passes come in steps 1 and 2 of 6.
  const CliResult cached = cli.run(words(QStringLiteral("generate --frames 5 --steps 6 --seed 3 --json --prompt beach "
                                                        "--guidance 3 --guidance-kind cfg-zero --skip-layers 2,3 "
                                                        "--skip-to 0.5 --cache firstblock --cache-threshold 2 "
                                                        "--output"))
                                   << cli.path(QStringLiteral("cached.mp4")));
  QVERIFY2(cached.exitCode == 0, cached.err);
  const QJsonObject finished = cached.event(QStringLiteral("finished"));
  QCOMPARE(finished[QStringLiteral("passes")].toInt(), 28);
  QCOMPARE(finished[QStringLiteral("reused_passes")].toInt(), 22);
  QVERIFY(cached.err.contains("step caching reused 22 of 28 passes"));
}

void TestGenerate::interruptReturnsCreditsAndLeavesNoFile() {
  const CliRun cli;
  const int before = cli.availableCredits();
  const QString output = cli.path(QStringLiteral("clip.mp4"));
  QProcess process;
  cli.start(process, longStandard(blankPicture(cli), output));
  QVERIFY(waitForStep(process));
  QVERIFY(cli.availableCredits() < before);
  QElapsedTimer timer;
  timer.start();
  ::kill(static_cast<pid_t>(process.processId()), SIGINT);
  QVERIFY(process.waitForFinished(10'000));
  qInfo("stopped after %lld ms", timer.elapsed());
  QCOMPARE(process.exitCode(), 130);
  QCOMPARE(cli.availableCredits(), before);
  QVERIFY(!QFile::exists(output));
  QCOMPARE(QDir(cli.path({})).entryList({QStringLiteral("clip*")}).size(), 0);
}

void TestGenerate::killedRunIsMarkedInterruptedAndPaidBack() {
  const CliRun cli;
  const int before = cli.availableCredits();
  const QString output = cli.path(QStringLiteral("clip.mp4"));
  QProcess process;
  cli.start(process, longStandard(blankPicture(cli), output));
  QVERIFY(waitForStep(process));
  process.kill();
  QVERIFY(process.waitForFinished());
  const CliResult queue = cli.run(words(QStringLiteral("queue list --json")));
  QCOMPARE(queue.events().size(), 1);
  QCOMPARE(queue.events().front()[QStringLiteral("state")].toString(), QStringLiteral("failed"));
  QCOMPARE(queue.events().front()[QStringLiteral("error")].toObject()[QStringLiteral("code")].toString(),
           QStringLiteral("interrupted"));
  QCOMPARE(cli.availableCredits(), before);
  QVERIFY(!QFile::exists(output));
}

void TestGenerate::resumedRunGivesTheSameFileAndIsPaidForAgain() {
  const CliRun cli;
  const int before = cli.availableCredits();
  const QString picture = blankPicture(cli);
  const auto standard = [&](const char* output) {
    return words(QStringLiteral("generate --edition standard --quality 720p --seconds 5 --steps 8 --seed 4 --json "
                                "--prompt beach --image"))
           << picture << QStringLiteral("--output") << cli.path(QLatin1String(output));
  };
  const CliResult whole = cli.run(standard("whole.mp4"));
  QVERIFY2(whole.exitCode == 0, whole.err);
  QCOMPARE(cli.availableCredits(), before - 20);
  QVERIFY(QDir(cli.dataFolder() + QStringLiteral("/jobs")).isEmpty());

  QProcess process;
  cli.start(process, standard("cut.mp4"));
  QVERIFY(waitForEvent(process, "\"stage\":\"denoise\",\"step\":2"));
  process.kill();
  QVERIFY(process.waitForFinished());
  const QList<QJsonObject> jobs = cli.run(words(QStringLiteral("queue list --json"))).events();
  QCOMPARE(jobs.size(), 2);
  const QString id = jobs.front()[QStringLiteral("job")].toString();
  QCOMPARE(jobs.front()[QStringLiteral("state")].toString(), QStringLiteral("failed"));
  QVERIFY(jobs.front()[QStringLiteral("resumable")].toBool());
  QVERIFY(!jobs.back()[QStringLiteral("resumable")].toBool());
  QCOMPARE(cli.availableCredits(), before - 20);

  const CliResult rest = cli.run({QStringLiteral("resume"), id, QStringLiteral("--json")});
  QVERIFY2(rest.exitCode == 0, rest.err);
  // It went on, and did not begin anew.
  QVERIFY(!rest.out.contains("\"stage\":\"denoise\",\"step\":1,"));
  const auto hash = [](const CliResult& r) {
    return r.event(QStringLiteral("finished"))[QStringLiteral("sha256")].toString();
  };
  QCOMPARE(hash(rest), hash(whole));
  QCOMPARE(cli.availableCredits(), before - 40);
  QVERIFY(QDir(cli.dataFolder() + QStringLiteral("/jobs")).isEmpty());
  QCOMPARE(cli.run({QStringLiteral("resume"), id}).exitCode, 2);
}

void TestGenerate::whatCannotBeResumedIsRefused() {
  const CliRun cli;
  const CliResult unknown = cli.run(words(QStringLiteral("resume j000000000000")));
  QCOMPARE(unknown.exitCode, 2);
  const CliResult done = cli.run(shortDraft(cli.path(QStringLiteral("clip.mp4"))));
  QVERIFY2(done.exitCode == 0, done.err);
  const QString id = done.event(QStringLiteral("finished"))[QStringLiteral("job")].toString();
  const CliResult ended = cli.run({QStringLiteral("resume"), id});
  QCOMPARE(ended.exitCode, 2);
  QVERIFY2(ended.err.contains("generate it again"), ended.err);
}

void TestGenerate::badInputIsRefused_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* name, const QString& arguments, const char* says) {
    QTest::newRow(name) << words(arguments) << QString::fromUtf8(says);
  };
  row("no command", QString(), "subcommand");
  row("unknown option", QStringLiteral("generate --prompt a --wobble 3"), "wobble");
  row("no prompt", QStringLiteral("generate"), "prompt");
  row("size", QStringLiteral("generate --prompt a --size big"), "WIDTHxHEIGHT");
  row("absurd size", QStringLiteral("generate --prompt a --size 200000x200000"), "16384 pixels a side");
  row("frames and seconds", QStringLiteral("generate --prompt a --frames 5 --seconds 2"), "excludes");
  row("unknown model", QStringLiteral("generate --prompt a --model nowhere"), "nowhere");
  row("unknown sampler", QStringLiteral("generate --prompt a --sampler magic"), "magic");
  row("steps of a fixed list", QStringLiteral("generate --prompt a --sampler dmd --steps 4"), "takes 3");
  row("kind of guidance", QStringLiteral("generate --prompt a --guidance-kind odd"), "cfg-zero");
  row("layers", QStringLiteral("generate --prompt a --skip-layers 2,99"), "99");
  row("layers by name", QStringLiteral("generate --prompt a --skip-layers all"), "skip-layers");
  row("caching", QStringLiteral("generate --prompt a --cache everything"), "firstblock");
  row("threshold without caching", QStringLiteral("generate --prompt a --cache-threshold 0.1"), "--cache");
  row("nag", QStringLiteral("generate --prompt a --nag 0.2"), "nag");
  row("tau without nag", QStringLiteral("generate --prompt a --nag-tau 3"), "--nag");
  row("unknown edition", QStringLiteral("generate --prompt a --edition gold"), "gold");
  row("text for standard", QStringLiteral("generate --prompt a --edition standard --seconds 5"), "picture");
  row("missing picture", QStringLiteral("generate --prompt a --image /nonexistent.png"), "nonexistent");
  row("lora without a number", QStringLiteral("generate --prompt a --lora some.safetensors=heavy"), "FILE=WEIGHT");
  row("missing lora", QStringLiteral("generate --prompt a --lora nowhere.safetensors=0.5"), "/nowhere.safetensors");
  row("lora for one of two experts", QStringLiteral("generate --prompt a --lora nowhere.safetensors=1@low"), "expert");
  row("device", QStringLiteral("generate --prompt a --device toaster"), "toaster");
  row("seven seconds of master", QStringLiteral("generate --prompt a --edition master --seconds 7"), "7");
  QTest::newRow("long prompt") << (QStringList{QStringLiteral("generate"), QStringLiteral("--prompt"),
                                               QString(2501, QLatin1Char('a'))})
                               << QStringLiteral("2500");
}

void TestGenerate::badInputIsRefused() {
  QFETCH(QStringList, arguments);
  QFETCH(QString, says);
  const CliRun cli;
  const CliResult result = cli.run(arguments);
  const QString words = QString::fromUtf8(result.err + result.out);
  QVERIFY2(words.contains(says), qPrintable(words));
  QVERIFY2(result.exitCode == 2 || result.exitCode == 4, qPrintable(QString::number(result.exitCode)));
}

void TestGenerate::unusualPromptsAreFine_data() {
  QTest::addColumn<QString>("prompt");
  QTest::newRow("emoji") << QString::fromUtf8("🏖️🚗💨");
  QTest::newRow("right to left") << QString::fromUtf8("شاطئ جميل");
  QTest::newRow("control characters") << QString::fromUtf8("a\x01 beach\x1b[31m");
  QTest::newRow("2500 characters") << QString(2500, QChar(0x6d77));
}

void TestGenerate::unusualPromptsAreFine() {
  QFETCH(QString, prompt);
  const CliRun cli;
  QStringList arguments = shortDraft(cli.path(QStringLiteral("clip.mp4")));
  arguments[arguments.indexOf(QStringLiteral("beach"))] = prompt;
  const CliResult result = cli.run(arguments);
  QVERIFY2(result.exitCode == 0, result.err);
}

void TestGenerate::tooFewCreditsAreExitCode3() {
  const CliRun cli;
  // Six takes of 200 credits are more than a new user has: none is made and nothing is taken.
  const CliResult result =
      cli.run(words(QStringLiteral("generate --prompt a --edition master --seconds 10 --variants 6 --json")));
  QVERIFY2(result.exitCode == 3, result.err);
  QCOMPARE(result.event(QStringLiteral("error"))[QStringLiteral("code")].toString(),
           QStringLiteral("not_enough_credits"));
  QCOMPARE(cli.availableCredits(), 1000);
}

void TestGenerate::tooLittleMemoryIsExitCode4() {
  const CliRun cli;
  const CliResult result = cli.run(words(QStringLiteral("generate --prompt a --memory 0.001")));
  QVERIFY2(result.exitCode == 4, result.err);
  // Before anything starts, with what would fit.
  const CliResult large =
      cli.run(words(QStringLiteral("generate --prompt a --size 2048x1280 --frames 25 --memory 0.4")));
  QVERIFY2(large.exitCode == 4, large.err);
  QVERIFY2(large.err.contains("which is enough for"), large.err);
  QVERIFY(cli.run(words(QStringLiteral("queue list --json"))).out.isEmpty());
}

void TestGenerate::aLimitIsKeptWithTheSameLatents() {
  const CliRun cli;
  const auto latents = [&](const QString& memory) {
    const QString folder = cli.path(QStringLiteral("dump") + memory);
    const CliResult result = cli.run(shortDraft(cli.path(QStringLiteral("clip") + memory + QStringLiteral(".mp4")))
                                     << QStringLiteral("--dump") << folder << QStringLiteral("--memory") << memory);
    if (result.exitCode != 0) qWarning("%s", result.err.constData());
    QFile file(folder + QStringLiteral("/latents.safetensors"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  };
  const QByteArray whole = latents(QStringLiteral("8"));
  QVERIFY(!whole.isEmpty());
  // Streamed: smaller than what all networks together take.
  const CliResult plan = cli.run(shortDraft(cli.path(QStringLiteral("clip.mp4")))
                                 << QStringLiteral("--dry-run") << QStringLiteral("--json"));
  const QJsonObject memory = plan.event(QStringLiteral("plan"))[QStringLiteral("memory")].toObject();
  const double limit = memory[QStringLiteral("denoise_bytes")].toDouble() - 6e6;
  QCOMPARE(latents(QString::number(limit / (1 << 30), 'f', 6)), whole);
}

QTEST_GUILESS_MAIN(TestGenerate)
#include "tst_generate.moc"
