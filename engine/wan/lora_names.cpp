// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/lora_names.h"

#include <algorithm>

#include "engine/wan/tensor_tables.h"

namespace kinora::wan {
namespace {

struct Prefix {
  std::string_view text;
  bool lowExpert = false;
};

/// Stripped as long as one fits: some tools stack them.
constexpr Prefix kPrefixes[] = {{"base_model."},  {"model."},     {"diffusion_model."},
                                {"transformer."}, {"lora_unet_"}, {"transformer_2.", true}};

struct Suffix {
  std::string_view text;
  LoraRole role;
  std::string_view moduleEnd = {};  ///< what the suffix says of the module
};

constexpr Suffix kSuffixes[] = {
    // PEFT and diffusers; "default" is PEFT's adapter name
    {".lora_A.weight", LoraRole::Down},
    {".lora_B.weight", LoraRole::Up},
    {".lora_B.bias", LoraRole::UpBias},
    {".lora_A.default.weight", LoraRole::Down},
    {".lora_B.default.weight", LoraRole::Up},
    {".lora_B.default.bias", LoraRole::UpBias},
    // Kohya, ComfyUI
    {".lora_down.weight", LoraRole::Down},
    {".lora_up.weight", LoraRole::Up},
    {".lora_up.bias", LoraRole::UpBias},
    {".alpha", LoraRole::Alpha},
    {".diff", LoraRole::Diff},
    {".diff_b", LoraRole::BiasDiff},
    {".diff_m", LoraRole::Diff, "_modulation"},
    // diffusers before PEFT
    {".lora.down.weight", LoraRole::Down},
    {".lora.up.weight", LoraRole::Up},
    {"_lora.down.weight", LoraRole::Down},
    {"_lora.up.weight", LoraRole::Up},
    {".dora_scale", LoraRole::Dora},
    {".lora_magnitude_vector", LoraRole::Dora},
    {".lora_magnitude_vector.weight", LoraRole::Dora},
    {".lora_magnitude_vector.default.weight", LoraRole::Dora},
};

/// A piece of the path that attention processors of old diffusers add.
constexpr std::string_view kProcessor = "processor_";

/// '_' for each '.': what Kohya's names are, and one look-up for all.
std::string flat(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

bool cutEnd(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

std::map<std::string, LoraModules::Module, std::less<>> modulesOf(const TransformerConfig& config) {
  std::map<std::string, LoraModules::Module, std::less<>> modules;
  for (const tensor::TensorSpec& spec : transformerTable(config)) {
    const auto add = [&](std::string_view name) {
      const bool bias = cutEnd(name, ".bias");
      if (!bias) cutEnd(name, ".weight");
      const auto put = [&](std::string_view module) {
        auto& entry = modules[flat(module)];
        (bias ? entry.bias : entry.weight) = spec;
      };
      put(name);
      // Old diffusers files name the linear inside to_out by its parent.
      if (cutEnd(name, ".to_out.0")) put(std::string(name) + ".to_out");
    };
    add(spec.name);
    for (const std::string& alias : spec.aliases) add(alias);
  }
  return modules;
}

/// config with the CLIP branch of Wan 2.1 image-to-video, sizes as upstream.
TransformerConfig withImageParts(TransformerConfig config) {
  if (!config.imageDim) config.imageDim = 1280;
  if (!config.addedKvDim) config.addedKvDim = config.dim();
  if (!config.imagePositions) config.imagePositions = 514;
  return config;
}

}  // namespace

std::optional<LoraKey> parseLoraKey(std::string_view name) {
  const auto suffix =
      std::find_if(std::begin(kSuffixes), std::end(kSuffixes), [&](const Suffix& s) { return name.ends_with(s.text); });
  if (suffix == std::end(kSuffixes)) return std::nullopt;
  name.remove_suffix(suffix->text.size());
  LoraKey key{{}, suffix->role};
  const auto isAtStart = [&](const Prefix& p) { return name.starts_with(p.text); };
  for (auto prefix = std::find_if(std::begin(kPrefixes), std::end(kPrefixes), isAtStart); prefix != std::end(kPrefixes);
       prefix = std::find_if(std::begin(kPrefixes), std::end(kPrefixes), isAtStart)) {
    name.remove_prefix(prefix->text.size());
    key.lowExpert = key.lowExpert || prefix->lowExpert;
  }
  key.module = flat(name) + std::string(suffix->moduleEnd);
  key.module.erase(0, std::min(key.module.find_first_not_of('_'), key.module.size()));
  if (const auto at = key.module.find(kProcessor); at != std::string::npos) key.module.erase(at, kProcessor.size());
  return key;
}

LoraModules::LoraModules(const TransformerConfig& config) : m_modules(modulesOf(config)) {
  for (const auto& [name, module] : modulesOf(withImageParts(config))) {
    if (!m_modules.contains(name)) m_superfluous.insert(name);
  }
}

const LoraModules::Module* LoraModules::find(std::string_view module) const {
  const auto found = m_modules.find(module);
  return found == m_modules.end() ? nullptr : &found->second;
}

bool LoraModules::isSuperfluous(std::string_view module) const {
  return m_superfluous.contains(module) || ignoredTransformerTensor(module);
}

}  // namespace kinora::wan
