// SPDX-License-Identifier: GPL-3.0-or-later
// models add from parts, and runs of what was added: one tiny model as original folder, as ComfyUI's files and as GGUF
// makes the same video.
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>
#include <cmath>
#include <limits>
#include <map>

#include "tests/cli/cli_run.h"
#include "tests/engine/weights/builders.h"

using kinora::test::CliResult;
using kinora::test::CliRun;
using kinora::test::GgufBuilder;
namespace pickle = kinora::test::pickle;

namespace {

const QString kTiny = QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/models/tiny-wan21/");

/// Of pixels in [-1,1]: weights at another place in memory may go through another kernel.
constexpr double kRounding = 1e-4;

struct Tensor {
  std::vector<std::int32_t> shape;
  std::string data;  ///< f32
};
using Tensors = std::map<std::string, Tensor>;

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot be read: %s", qPrintable(path));
  return file.readAll();
}

Tensors readTensors(const QString& path) {
  const QByteArray bytes = bytesOf(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.constData(), sizeof length);
  const QJsonObject header = QJsonDocument::fromJson(bytes.mid(8, static_cast<qsizetype>(length))).object();
  Tensors tensors;
  for (auto it = header.begin(); it != header.end(); ++it) {
    if (it.key() == QLatin1String("__metadata__")) continue;
    const QJsonArray place = it.value()[QLatin1String("data_offsets")].toArray();
    Tensor& tensor = tensors[it.key().toStdString()];
    for (const QJsonValue& extent : it.value()[QLatin1String("shape")].toArray())
      tensor.shape.push_back(extent.toInt());
    tensor.data = bytes.mid(8 + static_cast<qsizetype>(length) + place[0].toInt(), place[1].toInt() - place[0].toInt())
                      .toStdString();
  }
  return tensors;
}

/// Each replacement in turn, once in every name.
Tensors renamed(const Tensors& tensors, const std::vector<std::pair<std::string, std::string>>& replacements) {
  Tensors out;
  for (const auto& [name, tensor] : tensors) {
    std::string theirs = name;
    for (const auto& [from, to] : replacements) {
      if (const auto at = theirs.find(from); at != theirs.npos) theirs.replace(at, from.size(), to);
    }
    out[theirs] = tensor;
  }
  return out;
}

/// wan.md section 3 and 5.4.
Tensors originalTransformer() {
  Tensors tensors = readTensors(kTiny + QStringLiteral("transformer/diffusion_pytorch_model.safetensors"));
  auto head = tensors.extract("scale_shift_table");
  head.key() = "head.modulation";
  tensors = renamed(tensors, {{"condition_embedder.text_embedder.linear_1", "text_embedding.0"},
                              {"condition_embedder.text_embedder.linear_2", "text_embedding.2"},
                              {"condition_embedder.time_embedder.linear_1", "time_embedding.0"},
                              {"condition_embedder.time_embedder.linear_2", "time_embedding.2"},
                              {"condition_embedder.time_proj", "time_projection.1"},
                              {"scale_shift_table", "modulation"},
                              {"norm2", "norm3"},
                              {"attn1", "self_attn"},
                              {"attn2", "cross_attn"},
                              {".to_q.", ".q."},
                              {".to_k.", ".k."},
                              {".to_v.", ".v."},
                              {"to_out.0", "o"},
                              {"ffn.net.0.proj", "ffn.0"},
                              {"ffn.net.2", "ffn.2"},
                              {"proj_out", "head.head"}});
  tensors.insert(std::move(head));
  return tensors;
}
Tensors text() {
  return readTensors(kTiny + QStringLiteral("text_encoder/model.safetensors"));
}
Tensors originalText() {
  return renamed(text(), {{"shared", "token_embedding"},
                          {"encoder.final_layer_norm", "norm"},
                          {"encoder.block.", "blocks."},
                          {"layer.0.layer_norm", "norm1"},
                          {"layer.1.layer_norm", "norm2"},
                          {"layer.0.SelfAttention.relative_attention_bias", "pos_embedding.embedding"},
                          {"layer.0.SelfAttention", "attn"},
                          {"layer.1.DenseReluDense.wi_0", "ffn.gate.0"},
                          {"layer.1.DenseReluDense.wi_1", "ffn.fc1"},
                          {"layer.1.DenseReluDense.wo", "ffn.fc2"}});
}
Tensors vae() {
  return readTensors(kTiny + QStringLiteral("vae/diffusion_pytorch_model.safetensors"));
}

std::string torchFile(const Tensors& tensors) {
  std::string items;
  std::vector<std::pair<std::string, std::string>> data;
  for (const auto& [name, tensor] : tensors) {
    std::vector<std::int32_t> strides(tensor.shape.size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
    const std::string key = std::to_string(data.size());
    items +=
        pickle::text(name) + pickle::tensor(pickle::storage(key, static_cast<std::int32_t>(tensor.data.size() / 4)), 0,
                                            tensor.shape, strides);
    data.emplace_back(key, tensor.data);
  }
  return kinora::test::torchArchive(pickle::kStart + pickle::dict(items) + ".", data);
}

std::string safetensorsFile(const Tensors& tensors, const std::string& vocabulary = {}) {
  std::string header = "{";
  std::string data;
  const auto add = [&](const std::string& name, const char* dtype, const std::vector<std::int32_t>& shape,
                       const std::string& bytes) {
    std::string extents;
    for (const std::int32_t extent : shape) extents += (extents.empty() ? "" : ",") + std::to_string(extent);
    header += (header.size() > 1 ? ",\"" : "\"") + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + extents +
              "],\"data_offsets\":[" + std::to_string(data.size()) + "," + std::to_string(data.size() + bytes.size()) +
              "]}";
    data += bytes;
  };
  for (const auto& [name, tensor] : tensors) add(name, "F32", tensor.shape, tensor.data);
  if (!vocabulary.empty()) add("spiece_model", "U8", {static_cast<std::int32_t>(vocabulary.size())}, vocabulary);
  header += "}";
  return kinora::test::le<std::uint64_t>(header.size()) + header + data;
}

std::string ggufFile(const Tensors& tensors) {
  GgufBuilder gguf;
  gguf.text("general.architecture", "wan");
  for (const auto& [name, tensor] : tensors)
    gguf.tensor(name, {tensor.shape.rbegin(), tensor.shape.rend()}, 0, tensor.data);
  return gguf.build();
}

// What shapes do not say of a network with heads that are not 128 wide.
const std::string kConfig = R"({"_class_name":"WanModel","dim":40,"num_heads":2})";

}  // namespace

class TestModelParts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase();
  void theOriginalFolder();
  void comfyFiles();
  void gguf();
  void infoSaysWhereEachPartLies();
  void aFileIsAModelForOneRun();
  void whatIsMissingIsSaid();
  void partsThatDoNotFitAreRefused();

 private:
  QString write(const QString& name, const std::string& bytes) const;
  CliResult models(const QStringList& arguments) const;
  /// The video that a model makes, before rounding; empty with a failure noted.
  std::vector<float> videoOf(const QString& model) const;
  /// Largest difference to the video of the diffusers folder; infinity for one of another size.
  double differenceTo(const QString& model) const;
  void checkAdded(const QStringList& paths, const QString& id) const;

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

std::vector<float> TestModelParts::videoOf(const QString& model) const {
  const QString output = m_cli.path(QStringLiteral("clip.mp4"));
  const QString dump = m_cli.path(QStringLiteral("dump"));
  const CliResult result =
      m_cli.run({QStringLiteral("generate"), QStringLiteral("--model"), model, QStringLiteral("--prompt"),
                 QStringLiteral("waves"), QStringLiteral("--size"), QStringLiteral("48x32"), QStringLiteral("--frames"),
                 QStringLiteral("5"), QStringLiteral("--steps"), QStringLiteral("2"), QStringLiteral("--seed"),
                 QStringLiteral("4"), QStringLiteral("--dump"), dump, QStringLiteral("--output"), output});
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

double TestModelParts::differenceTo(const QString& model) const {
  const std::vector<float> video = videoOf(model);
  if (video.size() != m_expected.size()) return std::numeric_limits<double>::infinity();
  double most = 0;
  for (std::size_t i = 0; i < video.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(video[i]) - static_cast<double>(m_expected[i])));
  return most;
}

void TestModelParts::checkAdded(const QStringList& paths, const QString& id) const {
  const CliResult added =
      models(QStringList{QStringLiteral("add"), QStringLiteral("--json"), QStringLiteral("--id"), id} + paths);
  QVERIFY2(added.exitCode == 0, added.err + added.out);
  QCOMPARE(added.event(QStringLiteral("added"))[QStringLiteral("architecture")].toString(),
           QStringLiteral("wan2.1-t2v"));
  const double difference = differenceTo(id);
  QVERIFY2(difference <= kRounding, qPrintable(QString::number(difference)));
}

/// The diffusers folder without the statistics of its latents: what no other form says has the published values.
void TestModelParts::initTestCase() {
  m_vocabulary = bytesOf(kTiny + QStringLiteral("tokenizer/spiece.model")).toStdString();
  QJsonObject vaeConfig = QJsonDocument::fromJson(bytesOf(kTiny + QStringLiteral("vae/config.json"))).object();
  vaeConfig.remove(QStringLiteral("latents_mean"));
  vaeConfig.remove(QStringLiteral("latents_std"));
  for (const QString& file :
       {QStringLiteral("model_index.json"), QStringLiteral("scheduler/scheduler_config.json"),
        QStringLiteral("transformer/config.json"), QStringLiteral("transformer/diffusion_pytorch_model.safetensors"),
        QStringLiteral("text_encoder/config.json"), QStringLiteral("text_encoder/model.safetensors"),
        QStringLiteral("vae/diffusion_pytorch_model.safetensors"), QStringLiteral("tokenizer/spiece.model")})
    write(QStringLiteral("diffusers/") + file, bytesOf(kTiny + file).toStdString());
  write(QStringLiteral("diffusers/vae/config.json"), QJsonDocument(vaeConfig).toJson().toStdString());
  m_expected = videoOf(m_cli.path(QStringLiteral("diffusers")));
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
  QVERIFY(differenceTo(m_cli.path(QStringLiteral("comfy/diffusion_models/wan.safetensors"))) <= kRounding);
  QVERIFY(differenceTo(m_cli.path(QStringLiteral("original"))) <= kRounding);
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
