// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/vae_tensors.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;

namespace {

std::int64_t parameters(const std::vector<tensor::TensorSpec>& table) {
  std::int64_t sum = 0;
  for (const auto& spec : table) {
    std::int64_t count = 1;
    for (const std::int64_t side : spec.shape) count *= side;
    sum += count;
  }
  return sum;
}

std::map<std::string, std::string> originalNames(const std::vector<tensor::TensorSpec>& table) {
  std::map<std::string, std::string> names;
  for (const auto& spec : table) {
    REQUIRE(spec.aliases.size() == 1);
    names[spec.name] = spec.aliases.front();
  }
  return names;
}

}  // namespace

TEST_CASE("the published models have as many tensors and parameters as wan.md says") {
  const auto flat = wan::vaeTensorTable(wan::officialVae21Config());
  CHECK(flat.size() == 194);
  CHECK(parameters(flat) == 126892531);
  const auto residual = wan::vaeTensorTable(wan::officialVae22Config());
  CHECK(residual.size() == 196);
  CHECK(parameters(residual) == 704688668);
}

TEST_CASE("the table fits the files that diffusers wrote") {
  for (const char* model : {"tiny-wan21", "tiny-wan22", "mini"}) {
    const auto faults = tensor::checkTable(vaeWeights(model), wan::vaeTensorTable(vaeConfig(model)));
    for (const auto& fault : faults) MESSAGE(fault.tensor << ": " << fault.what);
    CHECK(faults.empty());
  }
}

TEST_CASE("original names of VAE 2.1 count flat") {
  auto names = originalNames(wan::vaeTensorTable(wan::officialVae21Config()));
  CHECK(names["encoder.down_blocks.3.conv_shortcut.weight"] == "encoder.downsamples.3.shortcut.weight");
  CHECK(names["encoder.down_blocks.5.time_conv.bias"] == "encoder.downsamples.5.time_conv.bias");
  CHECK(names["decoder.up_blocks.1.resnets.0.conv_shortcut.weight"] == "decoder.upsamples.4.shortcut.weight");
  CHECK(names["decoder.up_blocks.2.upsamplers.0.resample.1.weight"] == "decoder.upsamples.11.resample.1.weight");
  CHECK(names["decoder.up_blocks.3.resnets.2.conv2.weight"] == "decoder.upsamples.14.residual.6.weight");
  CHECK(names["decoder.mid_block.attentions.0.to_qkv.weight"] == "decoder.middle.1.to_qkv.weight");
  CHECK(names["encoder.norm_out.gamma"] == "encoder.head.0.gamma");
  CHECK(names["quant_conv.weight"] == "conv1.weight");
}

TEST_CASE("original names of VAE 2.2 count by stage") {
  auto names = originalNames(wan::vaeTensorTable(wan::officialVae22Config()));
  CHECK(names["encoder.down_blocks.1.resnets.0.conv_shortcut.bias"] ==
        "encoder.downsamples.1.downsamples.0.shortcut.bias");
  CHECK(names["encoder.down_blocks.2.downsampler.time_conv.weight"] ==
        "encoder.downsamples.2.downsamples.2.time_conv.weight");
  CHECK(names["decoder.up_blocks.3.resnets.2.norm2.gamma"] == "decoder.upsamples.3.upsamples.2.residual.3.gamma");
  CHECK(names["decoder.up_blocks.0.upsampler.resample.1.bias"] == "decoder.upsamples.0.upsamples.3.resample.1.bias");
}

TEST_CASE("no name is used twice, and each tensor belongs to one half under both names") {
  for (const auto& config : {wan::officialVae21Config(), wan::officialVae22Config()}) {
    std::set<std::string> names;
    for (const auto& spec : wan::vaeTensorTable(config)) {
      CHECK(names.insert(spec.name).second);
      CHECK(names.insert(spec.aliases.front()).second);
      CHECK(wan::isDecoderTensor(spec.name) == wan::isDecoderTensor(spec.aliases.front()));
    }
  }
}
