// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/lora_file.h"

#include <ATen/ATen.h>

#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "engine/tensor/weight_reader.h"
#include "engine/wan/lora_names.h"

namespace kinora::wan {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using tensor::shapeText;
using tensor::TensorInfo;
using tensor::WeightFile;
using Shape = std::vector<std::int64_t>;

constexpr std::size_t kNamesInMessage = 10;

std::int64_t count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

bool isFloat(const TensorInfo& info) {
  c10::ScalarType type;
  return tensor::scalarTypeOf(info.dtype, type) && c10::isFloatingType(type);
}

/// What PEFT says in the file's metadata of the scale of modules without an alpha tensor. What is not as expected
/// counts as not said.
class AdapterMetadata {
 public:
  /// network: "transformer" or "transformer_2"; keys have it in front where the file is saved by a pipeline.
  AdapterMetadata(const WeightFile& file, const std::string& network) {
    const auto entry = file.metadata().find("lora_adapter_metadata");
    if (entry == file.metadata().end()) return;
    const nlohmann::json json = nlohmann::json::parse(entry->second, nullptr, false);
    if (!json.is_object()) return;
    const auto value = [&](const char* key) {
      return json.value(network + "." + key, json.value(key, nlohmann::json()));
    };
    if (const auto alpha = value("lora_alpha"); alpha.is_number()) m_alpha = alpha.get<double>();
    if (const auto root = value("use_rslora"); root.is_boolean()) m_rootOfRank = root.get<bool>();
    const auto patterns = value("alpha_pattern");
    for (const auto& [module, alpha] : patterns.items()) {
      if (alpha.is_number()) m_alphas.emplace_back(module, alpha.get<double>());
    }
  }

  /// module: table name without ".weight".
  double factor(std::string_view module, std::int64_t rank) const {
    std::optional<double> alpha = m_alpha;
    for (const auto& [pattern, own] : m_alphas) {
      if (module == pattern || module.ends_with("." + pattern)) alpha = own;
    }
    const double divisor = m_rootOfRank ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank);
    return alpha ? *alpha / divisor : 1.0;
  }

 private:
  std::optional<double> m_alpha;
  std::vector<std::pair<std::string, double>> m_alphas;
  bool m_rootOfRank = false;
};

/// Sorts a file's tensors by module, then makes each module's terms. Collects all faults.
class Reader {
 public:
  Reader(std::shared_ptr<const WeightFile> file, const TransformerConfig& config)
      : m_file(std::move(file)),
        m_modules(config),
        m_metadata{{{*m_file, "transformer"}, {*m_file, "transformer_2"}}} {}

  Result<LoraFile> read(const tensor::StopCheck& stop) {
    for (const TensorInfo& info : m_file->tensors()) {
      stop();
      sortIn(info);
    }
    for (const auto& [place, parts] : m_parts) addModule(place.first, *m_modules.find(place.second), parts);
    if (!m_notFinite.empty()) return Error{ErrorCode::Corrupt, "values are not finite: " + m_notFinite, m_file->path()};
    if (!m_faults.empty() || m_out.deltas[0].size() + m_out.deltas[1].size() == 0) return mismatch();
    if (m_out.deltas[1].empty()) m_out.deltas[1] = m_out.deltas[0];
    addNotes();
    m_out.path = m_file->path();
    return std::move(m_out);
  }

 private:
  using Parts = std::map<LoraRole, const TensorInfo*>;

  void sortIn(const TensorInfo& info);
  void addModule(bool low, const LoraModules::Module& module, const Parts& parts);
  void addProduct(bool low, const LoraModules::Module& module, const Parts& parts);
  void addDifference(bool low, const std::optional<tensor::TensorSpec>& spec, const TensorInfo* info, double factor);
  std::optional<double> factor(bool low, const std::string& name, std::int64_t rank, const TensorInfo* alpha);
  at::Tensor values(const TensorInfo& info);
  void fault(const TensorInfo& info, const std::string& what) { m_faults.insert(info.name + " (" + what + ")"); }
  Error mismatch() const;
  void addNotes();

  std::shared_ptr<const WeightFile> m_file;
  LoraModules m_modules;
  std::array<AdapterMetadata, 2> m_metadata;
  std::map<std::pair<bool, std::string>, Parts> m_parts;  ///< by (low expert, module)
  LoraFile m_out;
  std::set<std::string> m_faults;
  std::string m_notFinite;  ///< the first of them
  std::size_t m_superfluous = 0;
  std::size_t m_magnitudes = 0;
};

void Reader::sortIn(const TensorInfo& info) {
  const auto key = parseLoraKey(info.name);
  if (!key) return fault(info, "not a LoRA's name");
  if (!m_modules.find(key->module)) {
    if (!m_modules.isSuperfluous(key->module)) return fault(info, "no such module");
    ++m_superfluous;
  } else if (key->role != LoraRole::Alpha && !isFloat(info)) {
    fault(info, "dtype " + info.dtype + ", expected a floating-point type");
  } else if (!m_parts[{key->lowExpert, key->module}].emplace(key->role, &info).second) {
    fault(info, "given twice");
  }
}

void Reader::addModule(bool low, const LoraModules::Module& module, const Parts& parts) {
  const auto find = [&](LoraRole role) {
    const auto found = parts.find(role);
    return found == parts.end() ? nullptr : found->second;
  };
  addProduct(low, module, parts);
  addDifference(low, module.weight, find(LoraRole::Diff), 1);
  addDifference(low, module.bias, find(LoraRole::BiasDiff), 1);
  if (find(LoraRole::Dora)) ++m_magnitudes;
}

void Reader::addProduct(bool low, const LoraModules::Module& module, const Parts& parts) {
  const auto find = [&](LoraRole role) {
    const auto found = parts.find(role);
    return found == parts.end() ? nullptr : found->second;
  };
  const TensorInfo* down = find(LoraRole::Down);
  const TensorInfo* up = find(LoraRole::Up);
  const TensorInfo* upBias = find(LoraRole::UpBias);
  const TensorInfo* alpha = find(LoraRole::Alpha);
  if (!down || !up) {
    for (const TensorInfo* lone : {down, up, upBias, alpha}) {
      if (lone) fault(*lone, "without its counterpart");
    }
    return;
  }
  const Shape& shape = module.weight ? module.weight->shape : Shape{};
  if (shape.size() < 2) return fault(*down, "this module is no product");
  const std::int64_t rows = shape.front();
  const std::int64_t columns = count(shape) / rows;
  const std::int64_t rank = down->shape.empty() ? 0 : down->shape.front();
  const bool downFits = rank > 0 && count(down->shape) == rank * columns;
  const bool upFits = !up->shape.empty() && up->shape.front() == rows && count(up->shape) == rows * rank;
  if (!downFits) fault(*down, "shape " + shapeText(down->shape) + ", expected " + shapeText({rank, columns}));
  if (!upFits) fault(*up, "shape " + shapeText(up->shape) + ", expected " + shapeText({rows, rank}));
  if (!downFits || !upFits) return;
  const auto scale = factor(low, module.weight->name, rank, alpha);
  if (!scale) return;
  m_out.deltas[low][module.weight->name].push_back(
      {values(*up).reshape({rows, rank}), values(*down).reshape({rank, columns}), *scale});
  addDifference(low, module.bias, upBias, *scale);
}

void Reader::addDifference(bool low, const std::optional<tensor::TensorSpec>& spec, const TensorInfo* info,
                           double factor) {
  if (!info) return;
  if (!spec) return fault(*info, "this module has none");
  if (count(info->shape) != count(spec->shape)) {
    return fault(*info, "shape " + shapeText(info->shape) + ", expected " + shapeText(spec->shape));
  }
  m_out.deltas[low][spec->name].push_back({values(*info), {}, factor});
}

/// alpha / rank. Nothing (and a fault) for an alpha that is no number.
std::optional<double> Reader::factor(bool low, const std::string& name, std::int64_t rank, const TensorInfo* alpha) {
  if (!alpha) {
    std::string_view module = name;
    module.remove_suffix(std::string_view(".weight").size());
    return m_metadata[low].factor(module, rank);
  }
  if (count(alpha->shape) != 1) {
    fault(*alpha, "shape " + shapeText(alpha->shape) + ", expected one number");
    return std::nullopt;
  }
  return values(*alpha).to(at::kDouble).item<double>() / static_cast<double>(rank);
}

at::Tensor Reader::values(const TensorInfo& info) {
  const at::Tensor tensor = tensor::storedTensor(m_file, info);
  if (m_notFinite.empty() && !at::isfinite(tensor.to(at::kFloat)).all().item<bool>()) m_notFinite = info.name;
  return tensor;
}

Error Reader::mismatch() const {
  if (m_file->tensors().empty() || m_faults.empty()) {
    return {ErrorCode::ModelMismatch, "this LoRA changes nothing in the model", m_file->path()};
  }
  std::string message = "this LoRA is made for another model: of " + std::to_string(m_file->tensors().size()) +
                        " tensors " + std::to_string(m_faults.size()) + " do not fit: ";
  std::size_t shown = 0;
  for (const std::string& fault : m_faults) {
    if (shown == kNamesInMessage) break;
    message += (shown++ ? ", " : "") + fault;
  }
  if (m_faults.size() > shown) message += ", …";
  return {ErrorCode::ModelMismatch, message, m_file->path()};
}

void Reader::addNotes() {
  if (m_superfluous > 0) {
    m_out.notes.push_back(std::to_string(m_superfluous) + " tensors for parts that this model does not have left out");
  }
  if (m_magnitudes > 0) {
    m_out.notes.push_back("DoRA magnitudes of " + std::to_string(m_magnitudes) +
                          " modules left out: the result is that of the plain LoRA");
  }
}

}  // namespace

Result<LoraFile> LoraFile::open(const std::string& path, const TransformerConfig& config,
                                const tensor::StopCheck& stop) {
  auto file = WeightFile::open(path);
  if (!file) return file.error();
  return Reader(std::move(*file), config).read(stop);
}

}  // namespace kinora::wan
