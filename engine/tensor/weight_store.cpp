// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/weight_store.h"

#include <ATen/ATen.h>

#include <map>
#include <set>
#include <stdexcept>

namespace kinora::tensor {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

static_assert(static_cast<c10::ScalarType>(6) == at::kFloat, "LoadOptions::dtype defaults to f32 by number");

constexpr std::size_t kNamesInMessage = 20;
constexpr std::int64_t kValuesAtOnce = std::int64_t{1} << 24;

bool isFloat(std::string_view dtype) {
  return !dtype.empty() && (dtype.front() == 'F' || dtype == "BF16");
}

/// The file's entry for a table line, under its name or one of the aliases.
const WeightSource::Entry* findEntry(const WeightSource& source, const TensorSpec& spec, std::string* usedName) {
  if (const auto* entry = source.find(spec.name)) {
    *usedName = spec.name;
    return entry;
  }
  for (const std::string& alias : spec.aliases) {
    if (const auto* entry = source.find(alias)) {
      *usedName = alias;
      return entry;
    }
  }
  return nullptr;
}

bool allFinite(const at::Tensor& tensor, const StopCheck& stop) {
  const at::Tensor flat = tensor.reshape({-1});
  for (std::int64_t at = 0; at < flat.numel(); at += kValuesAtOnce) {
    stop();
    const at::Tensor part = flat.narrow(0, at, std::min(kValuesAtOnce, flat.numel() - at));
    if (!at::isfinite(part.to(part.element_size() == 8 ? at::kDouble : at::kFloat)).all().item<bool>()) return false;
  }
  return true;
}

/// " 3 missing: a, b, c;" or nothing.
std::string listFaults(const char* kind, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string text = std::to_string(names.size()) + " " + kind + ": ";
  for (std::size_t i = 0; i < names.size() && i < kNamesInMessage; ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > kNamesInMessage) text += ", …";
  return text + "; ";
}

Error mismatch(const WeightSource& source, const std::vector<TableFault>& faults) {
  std::vector<std::string> missing;
  std::vector<std::string> surplus;
  std::vector<std::string> wrong;
  for (const TableFault& fault : faults) {
    if (fault.what == "missing") {
      missing.push_back(fault.tensor);
    } else if (fault.what == "surplus") {
      surplus.push_back(fault.tensor);
    } else {
      wrong.push_back(fault.tensor + " (" + fault.what + ")");
    }
  }
  std::string message = "tensors do not fit the model: " + listFaults("missing", missing) +
                        listFaults("surplus", surplus) + listFaults("wrong", wrong);
  message.resize(message.size() - 2);
  return {ErrorCode::ModelMismatch, message, source.path()};
}

}  // namespace

std::vector<TableFault> checkTable(const WeightSource& source, const std::vector<TensorSpec>& table,
                                   const NamePredicate& ignored, bool readValues, const StopCheck& stop) {
  std::vector<TableFault> faults;
  std::set<std::string, std::less<>> used;
  for (const TensorSpec& spec : table) {
    stop();
    std::string name;
    const WeightSource::Entry* entry = findEntry(source, spec, &name);
    if (!entry) {
      if (!spec.optional) faults.push_back({source.path(), spec.name, "missing"});
      continue;
    }
    used.insert(name);
    const TensorInfo& info = *entry->info;
    const auto report = [&](std::string what) { faults.push_back({entry->file->path(), name, std::move(what)}); };
    if (info.shape != spec.shape) {
      report("shape " + shapeText(info.shape) + ", expected " + shapeText(spec.shape));
    } else if (!isFloat(info.dtype)) {
      report("dtype " + info.dtype + ", expected a floating-point type");
    } else if (readValues && !allFinite(entry->file->tensor(info), stop)) {
      report("not finite");
    }
  }
  for (const auto& [name, entry] : source.entries()) {
    if (!used.contains(name) && !(ignored && ignored(name))) faults.push_back({entry.file->path(), name, "surplus"});
  }
  return faults;
}

Result<void> requireTable(const WeightSource& source, const std::vector<TensorSpec>& table,
                          const NamePredicate& ignored, const StopCheck& stop) {
  const std::vector<TableFault> faults = checkTable(source, table, ignored, false, stop);
  if (!faults.empty()) return mismatch(source, faults);
  return {};
}

at::Tensor loadTensor(const WeightSource& source, const TensorSpec& spec, const LoadOptions& options) {
  std::string name;
  const WeightSource::Entry* entry = findEntry(source, spec, &name);
  if (!entry) throw std::out_of_range("no weight named " + spec.name);
  const bool f32 = options.keepF32 && options.keepF32(spec.name);
  at::Tensor stored = entry->file->tensor(*entry->info);
  if (options.overlay.names.contains(spec.name)) stored = options.overlay.apply(spec.name, stored, options.stop);
  return stored.to(atDevice(options.device), f32 ? at::kFloat : options.dtype);
}

struct WeightStore::Impl {
  std::map<std::string, at::Tensor, std::less<>> tensors;
};

WeightStore::WeightStore(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
WeightStore::WeightStore(WeightStore&&) noexcept = default;
WeightStore& WeightStore::operator=(WeightStore&&) noexcept = default;
WeightStore::~WeightStore() = default;

Result<WeightStore> WeightStore::load(const WeightSource& source, const std::vector<TensorSpec>& table,
                                      const LoadOptions& options) {
  if (auto fits = requireTable(source, table, options.ignored, options.stop); !fits) return fits.error();
  auto impl = std::make_unique<Impl>();
  for (const TensorSpec& spec : table) {
    options.stop();
    std::string name;
    if (spec.optional && !findEntry(source, spec, &name)) continue;
    impl->tensors.emplace(spec.name, loadTensor(source, spec, options));
  }
  return WeightStore(std::move(impl));
}

const at::Tensor& WeightStore::operator[](std::string_view name) const {
  const auto found = m_impl->tensors.find(name);
  if (found == m_impl->tensors.end()) throw std::out_of_range("no weight named " + std::string(name));
  return found->second;
}

bool WeightStore::has(std::string_view name) const {
  return m_impl->tensors.find(name) != m_impl->tensors.end();
}

WeightScope WeightStore::scope(std::string prefix) const {
  return {*this, std::move(prefix)};
}

at::Tensor WeightStore::take(std::string_view name) {
  const auto found = m_impl->tensors.find(name);
  if (found == m_impl->tensors.end()) throw std::out_of_range("no weight named " + std::string(name));
  at::Tensor tensor = std::move(found->second);
  m_impl->tensors.erase(found);
  return tensor;
}

std::size_t WeightStore::size() const {
  return m_impl->tensors.size();
}

std::uint64_t WeightStore::bytes() const {
  std::uint64_t total = 0;
  for (const auto& [name, tensor] : m_impl->tensors) total += tensor.nbytes();
  return total;
}

}  // namespace kinora::tensor
