// SPDX-License-Identifier: GPL-3.0-or-later
// The tensors of tiny-wan21 under other names and in other files, without torch.
#pragma once

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/weights/builders.h"

namespace kinora::test {

inline const QString kModels = QStringLiteral(KINORA_SOURCE_DIR "/tests/data/goldens/models/");
inline const QString kTiny = kModels + QStringLiteral("tiny-wan21/");

struct Tensor {
  std::vector<std::int32_t> shape;
  std::string data;  ///< f32
};
using Tensors = std::map<std::string, Tensor>;

inline QByteArray bytesOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot be read: %s", qPrintable(path));
  return file.readAll();
}

inline Tensors readTensors(const QString& path) {
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
inline Tensors renamed(const Tensors& tensors, const std::vector<std::pair<std::string, std::string>>& replacements) {
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
inline Tensors originalTransformer(const QString& folder = kTiny + QStringLiteral("transformer")) {
  Tensors tensors = readTensors(folder + QStringLiteral("/diffusion_pytorch_model.safetensors"));
  auto head = tensors.extract("scale_shift_table");
  head.key() = "head.modulation";
  tensors = renamed(tensors, {{"condition_embedder.image_embedder.norm1", "img_emb.proj.0"},
                              {"condition_embedder.image_embedder.ff.net.0.proj", "img_emb.proj.1"},
                              {"condition_embedder.image_embedder.ff.net.2", "img_emb.proj.3"},
                              {"condition_embedder.image_embedder.norm2", "img_emb.proj.4"},
                              {"add_k_proj", "k_img"},
                              {"add_v_proj", "v_img"},
                              {"norm_added_k", "norm_k_img"},
                              {"condition_embedder.text_embedder.linear_1", "text_embedding.0"},
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
inline Tensors text() {
  return readTensors(kTiny + QStringLiteral("text_encoder/model.safetensors"));
}
inline Tensors originalText() {
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
inline Tensors vae() {
  return readTensors(kTiny + QStringLiteral("vae/diffusion_pytorch_model.safetensors"));
}

inline std::string torchFile(const Tensors& tensors) {
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
  return torchArchive(pickle::kStart + pickle::dict(items) + ".", data);
}

inline std::string safetensorsFile(const Tensors& tensors, const std::string& vocabulary = {}) {
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
  return le<std::uint64_t>(header.size()) + header + data;
}

inline std::string ggufFile(const Tensors& tensors) {
  GgufBuilder gguf;
  gguf.text("general.architecture", "wan");
  for (const auto& [name, tensor] : tensors)
    gguf.tensor(name, {tensor.shape.rbegin(), tensor.shape.rend()}, 0, tensor.data);
  return gguf.build();
}

}  // namespace kinora::test
