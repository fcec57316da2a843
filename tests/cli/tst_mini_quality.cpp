// SPDX-License-Identifier: GPL-3.0-or-later
// What the model that ships makes, measured through kinora-cli. training/evaluate.py measures more; here stands what
// must not get worse unseen. Minutes on two cores, so the label is slow and `make test` leaves it out.
#include <QLinearGradient>
#include <QPainter>
#include <QRandomGenerator>
#include <QtTest>

#include "engine/image/resample.h"
#include "engine/media/picture.h"
#include "tests/cli/cli_run.h"
#include "tests/cli/clip_judges.h"

using kinora::test::Clip;
using kinora::test::CliResult;
using kinora::test::CliRun;

namespace {

/// A figure of the model card. Where the shipped model falls short, its card says so: the test then holds it to what it
/// reaches (0 where it is at chance), and fails once a better model gets to the aim, so that the line is mended.
struct Figure {
  const char* what;
  double aim;
  double shipped;
};
constexpr Figure kCameraRight{"share of camera moves on pictures that go the right way", 0.90, 0.08};
constexpr Figure kDirectionRight{"share of things that move the right way", 0.90, 0};
constexpr Figure kFirstFrameRaw{"first frame against the picture at model size, dB", 30, 24.5};
constexpr Figure kFirstFrameDelivered{"first frame against the picture as delivered, dB", 30, 30};
constexpr Figure kSteadiness{"steadiness of a static prompt", 0.98, 0.98};

constexpr int kPatience = 20 * 60 * 1000;  ///< ms a clip may take on a loaded machine
constexpr QSize kPictureSize(512, 320);

/// Compares what was measured with a figure.
void check(const Figure& figure, double measured) {
  qInfo("%s: %.3f, meant for %.3f", figure.what, measured, figure.aim);
  QVERIFY2(measured >= figure.shipped, figure.what);
  if (figure.shipped < figure.aim) QEXPECT_FAIL("", "the shipped model falls short here", Continue);
  QVERIFY2(measured >= figure.aim, figure.what);
}

/// A landscape with texture everywhere: sky, clouds, hills, trees.
QImage landscape(quint32 seed) {
  QRandomGenerator random(seed);
  const auto within = [&](double low, double high) { return low + (high - low) * random.generateDouble(); };
  QImage image(kPictureSize, QImage::Format_RGB888);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  QLinearGradient sky(0, 0, 0, 200);
  sky.setColorAt(0, QColor(70, 140, 225));
  sky.setColorAt(1, QColor(215, 228, 245));
  painter.fillRect(image.rect(), sky);
  const auto ellipses = [&](int count, QColor colour, double top, double bottom, double width, double height) {
    for (int i = 0; i < count; ++i) {
      painter.setBrush(colour.darker(100 + random.bounded(25)));
      painter.drawEllipse(QPointF(within(0, 512), within(top, bottom)), width * within(0.6, 1),
                          height * within(0.6, 1));
    }
  };
  ellipses(14, QColor(250, 250, 252), 15, 110, 34, 12);
  ellipses(9, QColor(110, 130, 150), 210, 230, 110, 70);
  ellipses(12, QColor(95, 165, 75), 290, 340, 120, 70);
  ellipses(60, QColor(50, 110, 50), 210, 310, 14, 22);
  ellipses(60, QColor(230, 90, 90), 260, 318, 4, 4);
  return image;
}

/// kinora-cli with the model that ships.
class Mini {
 public:
  /// The clip of a request, at size; empty, with a warning, where it fails.
  Clip make(const QStringList& request, kinora::core::Size size = {}) const {
    const QString output = m_cli.path(QStringLiteral("clip.mp4"));
    const QStringList start{
        QStringLiteral("generate"), QStringLiteral("--model"), QStringLiteral("mini"),     QStringLiteral("--json"),
        QStringLiteral("--seed"),   QStringLiteral("7"),       QStringLiteral("--output"), output};
    const CliResult result = m_cli.run(start + request, {}, kPatience);
    if (result.exitCode != 0) qWarning("%s", result.err.constData());
    return result.exitCode == 0 ? kinora::test::readClip(output.toStdString(), size) : Clip();
  }

  Clip make(const QString& prompt) const { return make({QStringLiteral("--prompt"), prompt}); }

  /// Saves a start picture; returns the options that use it.
  QStringList starting(const QImage& picture, const QString& prompt) const {
    picture.save(picturePath());
    return {QStringLiteral("--prompt"), prompt, QStringLiteral("--image"), picturePath()};
  }
  QString picturePath() const { return m_cli.path(QStringLiteral("start.png")); }

 private:
  CliRun m_cli;
};

}  // namespace

class TestMiniQuality : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cameraMovesFollowThePrompt();
  void thingsMoveWhereThePromptSays();
  void theFirstFrameIsThePicture();
  void aStaticPromptIsSteady();
};

void TestMiniQuality::cameraMovesFollowThePrompt() {
  const Mini mini;
  const std::pair<const char*, std::string> moves[] = {
      {"the camera pans left", "pan_left"}, {"the camera pans right", "pan_right"},
      {"the camera tilts up", "tilt_up"},   {"the camera tilts down", "tilt_down"},
      {"the camera zooms in", "zoom_in"},   {"镜头拉远", "zoom_out"},
  };
  int right = 0, all = 0;
  for (const quint32 seed : {1u, 2u}) {
    for (const auto& [prompt, move] : moves) {
      const Clip clip = mini.make(mini.starting(landscape(seed), QString::fromUtf8(prompt)));
      QVERIFY(!clip.empty());
      const std::string seen = kinora::test::cameraOf(clip);
      qInfo("%s: %s", prompt, seen.c_str());
      right += seen == move;
      ++all;
    }
  }
  check(kCameraRight, static_cast<double>(right) / all);
}

void TestMiniQuality::thingsMoveWhereThePromptSays() {
  const Mini mini;
  const std::pair<const char*, std::string> prompts[] = {
      {"a red ball moves to the left on the beach", "left"},
      {"a yellow balloon rises in the sky", "up"},
      {"a blue car drives to the right on a city street", "right"},
      {"a star falls in the night sky", "down"},
      {"a dog walks to the right in a meadow", "right"},
      {"a fish swims to the left under water", "left"},
      {"一颗黄色的星星在太空中向上移动", "up"},
      {"一个红色的球在农场里落下", "down"},
  };
  int right = 0;
  for (const auto& [prompt, direction] : prompts) {
    const Clip clip = mini.make(QString::fromUtf8(prompt));
    QVERIFY(!clip.empty());
    const std::string seen = kinora::test::directionOf(clip);
    qInfo("%s: %s", prompt, seen.c_str());
    right += seen == direction;
  }
  check(kDirectionRight, static_cast<double>(right) / static_cast<double>(std::size(prompts)));
}

void TestMiniQuality::theFirstFrameIsThePicture() {
  const Mini mini;
  const QStringList request = mini.starting(landscape(3), QStringLiteral("the camera zooms in"));
  const auto picture = kinora::media::loadPicture(mini.picturePath().toStdString());
  QVERIFY(picture.ok());
  const Clip raw = mini.make(request);
  QVERIFY(!raw.empty());
  check(kFirstFrameRaw, kinora::test::psnrOf(raw.front(), kinora::image::coverCrop(*picture, raw.front().size())));
  const Clip delivered = mini.make(
      request + QStringList{QStringLiteral("--edition"), QStringLiteral("standard"), QStringLiteral("--quality"),
                            QStringLiteral("720p"), QStringLiteral("--seconds"), QStringLiteral("5")},
      picture->size());
  QVERIFY(!delivered.empty());
  check(kFirstFrameDelivered, kinora::test::psnrOf(delivered.front(), *picture));
}

void TestMiniQuality::aStaticPromptIsSteady() {
  const Clip clip = Mini().make(QStringLiteral("a dog stands still in a room"));
  QVERIFY(!clip.empty());
  check(kSteadiness, kinora::test::steadinessOf(clip));
}

QTEST_MAIN(TestMiniQuality)
#include "tst_mini_quality.moc"
