// SPDX-License-Identifier: GPL-3.0-or-later
// models add from parts, and runs of what was added: one tiny model as original folder, as ComfyUI's files and as GGUF
// makes the same video.
#include <QDir>
#include <QDirIterator>
#include <QImage>
#include <QJsonDocument>
#include <QtTest>
#include <cmath>
#include <limits>

#include "tests/cli/cli_run.h"
#include "tests/cli/tiny_weights.h"

using namespace kinora::test;

namespace {

/// Of pixels in [-1,1]: weights at another place in memory may go through another kernel.
constexpr double kRounding = 1e-4;

// What shapes do not say of a network with heads that are not 128 wide.
const std::string kConfig = R"({"_class_name":"WanModel","dim":40,"num_heads":2})";
const std::string kSmallConfig = R"({"_class_name":"WanModel","dim":28,"num_heads":2})";

}  // namespace

class TestModelParts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase();
  void theOriginalFolder();
  void comfyFiles();
  void gguf();
  void theOriginalFolderOfTwoExperts();
  void imageToVideoWithItsClipTower();
  void infoSaysWhereEachPartLies();
  void aFileIsAModelForOneRun();
  void whatIsMissingIsSaid();
  void partsThatDoNotFitAreRefused();

 private:
  QString write(const QString& name, const std::string& bytes) const;
  CliResult models(const QStringList& arguments) const;
  /// A copy of a golden model in the diffusers layout, without the statistics of its latents: what no other form says
  /// has the published values.
  QString diffusers(const QString& golden) const;
  /// The video that a model makes, before rounding; empty with a failure noted.
  std::vector<float> videoOf(const QString& model, const QStringList& more = {}) const;
  /// Largest difference between the videos of a model and of the one expected; infinity for one of another size.
  static double difference(const std::vector<float>& video, const std::vector<float>& expected);
  void checkAdded(const QStringList& paths, const QString& id) const;
  /// models add; gives the architecture, "" with a failure noted.
  QString added(const QStringList& paths, const QString& id) const;

  CliRun m_cli;
  std::string m_vocabulary;
  std::vector<float> m_expected;
};

QString TestModelParts::write(const QString& name, const std::string& bytes) const {
  const QString path = m_cli.path(name);
  QDir().mkpath(QFileInfo(path).path());
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes.data(), static_cast<qint64>(bytes.size())) < 0)
    qFatal("cannot be written: %s", qPrintable(path));
  return path;
}

CliResult TestModelParts::models(const QStringList& arguments) const {
  return m_cli.run(QStringList{QStringLiteral("models")} + arguments);
}

QString TestModelParts::diffusers(const QString& golden) const {
  const QString from = kModels + golden + QLatin1Char('/');
  for (QDirIterator it(from, QDir::Files, QDirIterator::Subdirectories | QDirIterator::FollowSymlinks); it.hasNext();) {
    const QString file = it.next().mid(from.size());
    QByteArray bytes = bytesOf(from + file);
    if (file == QLatin1String("vae/config.json")) {
      QJsonObject config = QJsonDocument::fromJson(bytes).object();
      config.remove(QStringLiteral("latents_mean"));
      config.remove(QStringLiteral("latents_std"));
      bytes = QJsonDocument(config).toJson();
    }
    write(QStringLiteral("diffusers/") + golden + QLatin1Char('/') + file, bytes.toStdString());
  }
  return m_cli.path(QStringLiteral("diffusers/") + golden);
}

std::vector<float> TestModelParts::videoOf(const QString& model, const QStringList& more) const {
  const QString output = m_cli.path(QStringLiteral("clip.mp4"));
  const QString dump = m_cli.path(QStringLiteral("dump"));
  const QString arguments = QStringLiteral(
      "generate --prompt waves --size 48x32 --frames 5 --steps 3 --seed 4 --guidance 3 --shift 5 --sampler unipc");
  const CliResult result = m_cli.run(arguments.split(QLatin1Char(' ')) + more +
                                     QStringList{QStringLiteral("--model"), model, QStringLiteral("--dump"), dump,
                                                 QStringLiteral("--output"), output});
  if (result.exitCode != 0) {
    qWarning("%s", result.err.constData());
    return {};
  }
  const std::string bytes = readTensors(dump + QStringLiteral("/video.safetensors")).at("video").data;
  std::vector<float> video(bytes.size() / sizeof(float));
  std::memcpy(video.data(), bytes.data(), bytes.size());
  QFile::remove(output);
  QDir(dump).removeRecursively();
  return video;
}

double TestModelParts::difference(const std::vector<float>& video, const std::vector<float>& expected) {
  if (video.empty() || video.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double most = 0;
  for (std::size_t i = 0; i < video.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(video[i]) - static_cast<double>(expected[i])));
  return most;
}

QString TestModelParts::added(const QStringList& paths, const QString& id) const {
  const CliResult result =
      models(QStringList{QStringLiteral("add"), QStringLiteral("--json"), QStringLiteral("--id"), id} + paths);
  if (result.exitCode != 0) qWarning("%s", (result.err + result.out).constData());
  return result.event(QStringLiteral("added"))[QStringLiteral("architecture")].toString();
}

void TestModelParts::checkAdded(const QStringList& paths, const QString& id) const {
  QCOMPARE(added(paths, id), QStringLiteral("wan2.1-t2v"));
  const double most = difference(videoOf(id), m_expected);
  QVERIFY2(most <= kRounding, qPrintable(QString::number(most)));
}

void TestModelParts::initTestCase() {
  m_vocabulary = bytesOf(kTiny + QStringLiteral("tokenizer/spiece.model")).toStdString();
  m_expected = videoOf(diffusers(QStringLiteral("tiny-wan21")));
  QVERIFY(!m_expected.empty());
}

void TestModelParts::theOriginalFolder() {
  write(QStringLiteral("original/config.json"), kConfig);
  write(QStringLiteral("original/diffusion_pytorch_model.safetensors"), safetensorsFile(originalTransformer()));
  write(QStringLiteral("original/models_t5_umt5-xxl-enc-bf16.pth"), torchFile(originalText()));
  write(QStringLiteral("original/Wan2.1_VAE.pth"), torchFile(vae()));
  write(QStringLiteral("original/google/umt5-xxl/spiece.model"), m_vocabulary);
  checkAdded({m_cli.path(QStringLiteral("original"))}, QStringLiteral("original"));
}

/// The transformer alone is named; the others lie where ComfyUI keeps them.
void TestModelParts::comfyFiles() {
  write(QStringLiteral("comfy/diffusion_models/config.json"), kConfig);
  const QString transformer =
      write(QStringLiteral("comfy/diffusion_models/wan.safetensors"), safetensorsFile(originalTransformer()));
  write(QStringLiteral("comfy/vae/wan_2.1_vae.safetensors"), safetensorsFile(vae()));
  write(QStringLiteral("comfy/text_encoders/umt5.safetensors"), safetensorsFile(text(), m_vocabulary));
  checkAdded({transformer}, QStringLiteral("comfy"));
}

/// Parts on three drives, each named.
void TestModelParts::gguf() {
  write(QStringLiteral("one/config.json"), kConfig);
  const QString transformer = write(QStringLiteral("one/wan-Q8_0.gguf"), ggufFile(originalTransformer()));
  const QString autoencoder = write(QStringLiteral("two/vae.pth"), torchFile(vae()));
  const QString encoder = write(QStringLiteral("three/t5.gguf"), ggufFile(originalText()));
  const QString tokenizer = write(QStringLiteral("four/spiece.model"), m_vocabulary);
  checkAdded({transformer, autoencoder, encoder, tokenizer}, QStringLiteral("gguf"));
}

/// The boundary between the experts is that of the published architecture.
void TestModelParts::theOriginalFolderOfTwoExperts() {
  const QString golden = QStringLiteral("tiny-wan22-t2v-a14b");
  const QStringList guidance{QStringLiteral("--guidance-2"), QStringLiteral("2")};
  const std::vector<float> expected = videoOf(diffusers(golden), guidance);
  const QString source = kModels + golden;
  for (const auto& [theirs, ours] :
       {std::pair("a14b/low_noise_model/", "/transformer_2"), std::pair("a14b/high_noise_model/", "/transformer")}) {
    const QString folder = QString::fromLatin1(theirs);
    write(folder + QStringLiteral("config.json"), kSmallConfig);
    write(folder + QStringLiteral("diffusion_pytorch_model.safetensors"),
          safetensorsFile(originalTransformer(source + QString::fromLatin1(ours))));
  }
  write(QStringLiteral("a14b/models_t5_umt5-xxl-enc-bf16.pth"), torchFile(originalText()));
  write(QStringLiteral("a14b/Wan2.1_VAE.pth"), torchFile(vae()));
  write(QStringLiteral("a14b/google/umt5-xxl/spiece.model"), m_vocabulary);
  QCOMPARE(added({m_cli.path(QStringLiteral("a14b"))}, QStringLiteral("a14b")), QStringLiteral("wan2.2-t2v-a14b"));
  const double most = difference(videoOf(QStringLiteral("a14b"), guidance), expected);
  QVERIFY2(most <= kRounding, qPrintable(QString::number(most)));
}

void TestModelParts::imageToVideoWithItsClipTower() {
  QImage picture(120, 80, QImage::Format_RGB888);
  picture.fill(QColor(70, 130, 180));
  const QString start = m_cli.path(QStringLiteral("start.png"));
  QVERIFY(picture.save(start));
  const QString golden = QStringLiteral("tiny-wan21-i2v");
  const QStringList image{QStringLiteral("--image"), start};
  const std::vector<float> expected = videoOf(diffusers(golden), image);
  const QString source = kModels + golden;
  write(QStringLiteral("i2v/diffusion_models/config.json"), kSmallConfig);
  const QString transformer = write(QStringLiteral("i2v/diffusion_models/wan.safetensors"),
                                    safetensorsFile(originalTransformer(source + QStringLiteral("/transformer"))));
  for (const QString& file : {QStringLiteral("config.json"), QStringLiteral("model.safetensors")}) {
    write(QStringLiteral("i2v/clip_vision/") + file,
          bytesOf(source + QStringLiteral("/image_encoder/") + file).toStdString());
  }
  write(QStringLiteral("i2v/vae/vae.safetensors"), safetensorsFile(vae()));
  write(QStringLiteral("i2v/text_encoders/umt5.safetensors"), safetensorsFile(text(), m_vocabulary));
  QCOMPARE(added({transformer}, QStringLiteral("i2v")), QStringLiteral("wan2.1-i2v"));
  const double most = difference(videoOf(QStringLiteral("i2v"), image), expected);
  QVERIFY2(most <= kRounding, qPrintable(QString::number(most)));
}

void TestModelParts::infoSaysWhereEachPartLies() {
  const CliResult result = models({QStringLiteral("info"), QStringLiteral("comfy"), QStringLiteral("--json")});
  QVERIFY2(result.exitCode == 0, result.err);
  const QJsonObject parts = result.events().front()[QStringLiteral("parts")].toObject();
  QCOMPARE(parts[QStringLiteral("transformer")].toString(),
           m_cli.path(QStringLiteral("comfy/diffusion_models/wan.safetensors")));
  QCOMPARE(parts[QStringLiteral("vae")].toString(), m_cli.path(QStringLiteral("comfy/vae/wan_2.1_vae.safetensors")));
  QCOMPARE(parts[QStringLiteral("tokenizer")].toString(), parts[QStringLiteral("text_encoder")].toString());
  const CliResult lines = models({QStringLiteral("info"), QStringLiteral("gguf")});
  QVERIFY(lines.out.contains("text_encoder: " + m_cli.path(QStringLiteral("three/t5.gguf")).toUtf8()));
  const CliResult verified = models({QStringLiteral("verify"), QStringLiteral("original")});
  QVERIFY2(verified.exitCode == 0, verified.err + verified.out);
  QVERIFY2(verified.out.contains("Wan2.1_VAE.pth"), verified.out);
}

void TestModelParts::aFileIsAModelForOneRun() {
  const QString file = m_cli.path(QStringLiteral("comfy/diffusion_models/wan.safetensors"));
  QVERIFY(difference(videoOf(file), m_expected) <= kRounding);
  QVERIFY(difference(videoOf(m_cli.path(QStringLiteral("original"))), m_expected) <= kRounding);
}

void TestModelParts::whatIsMissingIsSaid() {
  write(QStringLiteral("alone/down/here/now/config.json"), kConfig);
  const QString transformer =
      write(QStringLiteral("alone/down/here/now/wan.safetensors"), safetensorsFile(originalTransformer()));
  CliRun other;  // nothing is installed there but mini, whose parts do not fit
  const CliResult result =
      other.run({QStringLiteral("models"), QStringLiteral("add"), transformer, QStringLiteral("--json")});
  QVERIFY(result.exitCode != 0);
  const QString all = QString::fromUtf8(result.err + result.out);
  QVERIFY2(all.contains(QLatin1String("a VAE (latent channels 16)")), qPrintable(all));
  QVERIFY2(all.contains(QLatin1String("a UMT5 text encoder (width of its states 32)")), qPrintable(all));
}

void TestModelParts::partsThatDoNotFitAreRefused() {
  const QString transformer = m_cli.path(QStringLiteral("comfy/diffusion_models/wan.safetensors"));
  const QString other = QStringLiteral(KINORA_SOURCE_DIR
                                       "/tests/data/goldens/models/tiny-wan22/vae/"
                                       "diffusion_pytorch_model.safetensors");
  const CliResult result =
      models({QStringLiteral("add"), transformer, other, QStringLiteral("--id"), QStringLiteral("mixed")});
  QVERIFY(result.exitCode != 0);
  QVERIFY2(result.err.contains("the VAE does not belong to the transformer"), result.err);
  QVERIFY(!models({QStringLiteral("list")}).out.contains("mixed"));
}

QTEST_GUILESS_MAIN(TestModelParts)
#include "tst_model_parts.moc"
