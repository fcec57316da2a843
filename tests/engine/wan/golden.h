// SPDX-License-Identifier: GPL-3.0-or-later
// Reads tests/data/goldens (see the README there).
#pragma once

#include <ATen/ATen.h>

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"

namespace kinora::test {

inline const std::string kGoldens = KINORA_SOURCE_DIR "/tests/data/goldens/";

inline nlohmann::json readJson(const std::string& path) {
  std::ifstream stream(path);
  REQUIRE_MESSAGE(stream.good(), path);
  return nlohmann::json::parse(stream);
}

/// One case: inputs.json and the tensors of expected.safetensors.
class Golden {
 public:
  explicit Golden(const std::string& name) : inputs(readJson(kGoldens + name + "/inputs.json")) {
    auto opened = tensor::WeightFile::open(kGoldens + name + "/expected.safetensors");
    REQUIRE_MESSAGE(opened.ok(), name);
    m_file = *opened;
  }

  at::Tensor operator[](const std::string& name) const {
    const auto* info = m_file->find(name);
    REQUIRE_MESSAGE(info, name);
    return tensor::storedTensor(m_file, *info);
  }
  bool has(const std::string& name) const { return m_file->find(name) != nullptr; }
  /// Folder of the case's model.
  std::string model() const { return KINORA_SOURCE_DIR "/" + inputs.at("model").get<std::string>(); }

  nlohmann::json inputs;

 private:
  std::shared_ptr<const tensor::WeightFile> m_file;
};

/// |actual - expected| / |expected| in f64; shapes must be equal.
inline double relativeError(const at::Tensor& actual, const at::Tensor& expected) {
  REQUIRE(actual.sizes() == expected.sizes());
  const at::Tensor difference = actual.to(at::kDouble) - expected.to(at::kDouble);
  return (difference.norm() / expected.to(at::kDouble).norm()).item<double>();
}

}  // namespace kinora::test
