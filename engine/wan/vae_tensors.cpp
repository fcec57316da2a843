// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_tensors.h"

namespace kinora::wan {
namespace {

using Shape = std::vector<std::int64_t>;

/// Name of one part in both namings, each ending in a dot.
struct Part {
  std::string ours;
  std::string original;
};

class Table {
 public:
  explicit Table(const VaeConfig& config) : m_config(config) {}

  std::vector<tensor::TensorSpec> build() {
    encoder();
    conv({"quant_conv.", "conv1."}, 2 * m_config.latentChannels, 2 * m_config.latentChannels, {1, 1, 1});
    conv({"post_quant_conv.", "conv2."}, m_config.latentChannels, m_config.latentChannels, {1, 1, 1});
    decoder();
    return std::move(m_specs);
  }

 private:
  void add(const Part& part, const char* ours, const char* original, Shape shape) {
    m_specs.push_back({part.ours + ours, std::move(shape), {part.original + original}});
  }

  void conv(const Part& part, std::int64_t out, std::int64_t in, const Shape& kernel) {
    Shape shape{out, in};
    shape.insert(shape.end(), kernel.begin(), kernel.end());
    add(part, "weight", "weight", shape);
    add(part, "bias", "bias", {out});
  }

  void resnet(const Part& part, std::int64_t in, std::int64_t out) {
    add(part, "norm1.gamma", "residual.0.gamma", {in, 1, 1, 1});
    conv({part.ours + "conv1.", part.original + "residual.2."}, out, in, {3, 3, 3});
    add(part, "norm2.gamma", "residual.3.gamma", {out, 1, 1, 1});
    conv({part.ours + "conv2.", part.original + "residual.6."}, out, out, {3, 3, 3});
    if (in != out) conv({part.ours + "conv_shortcut.", part.original + "shortcut."}, out, in, {1, 1, 1});
  }

  void middle(const std::string& side, std::int64_t dim) {
    resnet({side + "mid_block.resnets.0.", side + "middle.0."}, dim, dim);
    const Part attention{side + "mid_block.attentions.0.", side + "middle.1."};
    add(attention, "norm.gamma", "norm.gamma", {dim, 1, 1});
    conv({attention.ours + "to_qkv.", attention.original + "to_qkv."}, 3 * dim, dim, {1, 1});
    conv({attention.ours + "proj.", attention.original + "proj."}, dim, dim, {1, 1});
    resnet({side + "mid_block.resnets.1.", side + "middle.2."}, dim, dim);
  }

  void head(const std::string& side, std::int64_t dim, std::int64_t out) {
    add({side, side}, "norm_out.gamma", "head.0.gamma", {dim, 1, 1, 1});
    conv({side + "conv_out.", side + "head.2."}, out, dim, {3, 3, 3});
  }

  void resample(const Part& part, std::int64_t dim, std::int64_t out, bool time, std::int64_t timeOut) {
    conv({part.ours + "resample.1.", part.original + "resample.1."}, out, dim, {3, 3});
    if (time) conv({part.ours + "time_conv.", part.original + "time_conv."}, timeOut, dim, {3, 1, 1});
  }

  /// The original counts flat in VAE 2.1 (flat is its running number), and by stage in VAE 2.2.
  std::string originalName(const char* side, const char* list, std::size_t stage, std::int64_t index,
                           std::int64_t flat) const {
    const std::string start = std::string(side) + list + ".";
    if (!m_config.residual) return start + std::to_string(flat) + ".";
    return start + std::to_string(stage) + "." + list + "." + std::to_string(index) + ".";
  }

  void encoder() {
    conv({"encoder.conv_in.", "encoder.conv1."}, m_config.baseDim, m_config.pixelChannels, {3, 3, 3});
    std::int64_t flat = 0;
    for (std::size_t stage = 0; stage < m_config.stages(); ++stage) {
      const std::int64_t out = m_config.encoderOut(stage);
      for (std::int64_t i = 0; i < m_config.resBlocks; ++i) {
        resnet({encoderResnet(m_config, stage, i), originalName("encoder.", "downsamples", stage, i, flat++)},
               i == 0 ? m_config.encoderIn(stage) : out, out);
      }
      if (stage + 1 == m_config.stages()) break;
      resample({encoderDownsampler(m_config, stage),
                originalName("encoder.", "downsamples", stage, m_config.resBlocks, flat++)},
               out, out, m_config.temporalDownsample[stage], out);
    }
    const std::int64_t dim = m_config.encoderOut(m_config.stages() - 1);
    middle("encoder.", dim);
    head("encoder.", dim, 2 * m_config.latentChannels);
  }

  void decoder() {
    const std::int64_t dim = m_config.decoderIn(0);
    conv({"decoder.conv_in.", "decoder.conv1."}, dim, m_config.latentChannels, {3, 3, 3});
    middle("decoder.", dim);
    std::int64_t flat = 0;
    for (std::size_t stage = 0; stage < m_config.stages(); ++stage) {
      const std::int64_t out = m_config.decoderOut(stage);
      for (std::int64_t i = 0; i <= m_config.resBlocks; ++i) {
        resnet({decoderResnet(stage, i), originalName("decoder.", "upsamples", stage, i, flat++)},
               i == 0 ? m_config.decoderIn(stage) : out, out);
      }
      if (stage + 1 == m_config.stages()) break;
      resample({decoderUpsampler(m_config, stage),
                originalName("decoder.", "upsamples", stage, m_config.resBlocks + 1, flat++)},
               out, m_config.upsampledOut(stage), m_config.temporalUpsample(stage), 2 * out);
    }
    head("decoder.", m_config.decoderOut(m_config.stages() - 1), m_config.pixelChannels);
  }

  const VaeConfig& m_config;
  std::vector<tensor::TensorSpec> m_specs;
};

/// First flat number of an encoder stage in VAE 2.1: each stage before has its blocks and a down-sampler.
std::string flatEncoder(const VaeConfig& config, std::size_t stage, std::int64_t index) {
  const std::int64_t number = static_cast<std::int64_t>(stage) * (config.resBlocks + 1) + index;
  return "encoder.down_blocks." + std::to_string(number) + ".";
}

}  // namespace

std::vector<tensor::TensorSpec> vaeTensorTable(const VaeConfig& config) {
  return Table(config).build();
}

bool isDecoderTensor(std::string_view name) {
  return name.starts_with("decoder.") || name.starts_with("post_quant_conv.") || name.starts_with("conv2.");
}

std::string encoderResnet(const VaeConfig& config, std::size_t stage, std::int64_t index) {
  if (!config.residual) return flatEncoder(config, stage, index);
  return "encoder.down_blocks." + std::to_string(stage) + ".resnets." + std::to_string(index) + ".";
}

std::string encoderDownsampler(const VaeConfig& config, std::size_t stage) {
  if (!config.residual) return flatEncoder(config, stage, config.resBlocks);
  return "encoder.down_blocks." + std::to_string(stage) + ".downsampler.";
}

std::string decoderResnet(std::size_t stage, std::int64_t index) {
  return "decoder.up_blocks." + std::to_string(stage) + ".resnets." + std::to_string(index) + ".";
}

std::string decoderUpsampler(const VaeConfig& config, std::size_t stage) {
  return "decoder.up_blocks." + std::to_string(stage) + (config.residual ? ".upsampler." : ".upsamplers.0.");
}

}  // namespace kinora::wan
