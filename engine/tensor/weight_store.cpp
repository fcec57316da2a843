// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/weight_store.h"

#include <ATen/ATen.h>

#include <algorithm>
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

bool sameShape(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  const auto notOne = [](std::int64_t extent) { return extent != 1; };
  return std::equal(std::find_if(a.begin(), a.end(), notOne), a.end(), std::find_if(b.begin(), b.end(), notOne),
                    b.end());
}

bool allFinite(const WeightSource::Entry& entry, const StopCheck& stop) {
  const TensorInfo& info = *entry.info;
  const bool isDouble = info.dtype == "F64";
  const std::int64_t rows = info.shape.empty() ? 1 : info.shape[0];
  const auto elements = static_cast<std::int64_t>(*weights::elementCount(info.shape));
  if (elements == 0) return true;
  const std::int64_t step = std::max<std::int64_t>(1, kValuesAtOnce / (elements / rows));
  for (std::int64_t row = 0; row < rows; row += step) {
    stop();
    const RowRange range{row, std::min(step, rows - row)};
    if (!at::isfinite(readWeight(entry, isDouble ? at::kDouble : at::kFloat, range)).all().item<bool>()) return false;
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

StoredTensor findTensor(const WeightSource& source, const TensorSpec& spec) {
  if (const auto* entry = source.find(spec.name)) return {spec.name, entry};
  for (const std::string& alias : spec.aliases) {
    if (const auto* entry = source.find(alias)) return {alias, entry};
  }
  return {};
}

std::vector<TableFault> checkTable(const WeightSource& source, const std::vector<TensorSpec>& table,
                                   const NamePredicate& ignored, bool readValues, const StopCheck& stop) {
  std::vector<TableFault> faults;
  std::set<std::string, std::less<>> used;
  for (const TensorSpec& spec : table) {
    stop();
    const StoredTensor found = findTensor(source, spec);
    if (!found.entry) {
      if (!spec.optional) faults.push_back({source.path(), spec.name, "missing"});
      continue;
    }
    used.insert(found.name);
    const auto report = [&](std::string what) {
      faults.push_back({found.entry->file->path(), found.name, std::move(what)});
    };
    const TensorInfo& info = *found.entry->info;
    const std::string unreadable = unreadableBecause(*found.entry);
    if (!sameShape(info.shape, spec.shape)) {
      report("shape " + shapeText(info.shape) + ", expected " + shapeText(spec.shape));
    } else if (!unreadable.empty()) {
      report(unreadable);
    } else if (readValues && !allFinite(*found.entry, stop)) {
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
  const StoredTensor found = findTensor(source, spec);
  if (!found.entry) throw std::out_of_range("no weight named " + spec.name);
  const bool f32 = options.keepF32 && options.keepF32(spec.name);
  const bool changed = options.overlay.names.contains(spec.name);
  const at::ScalarType type = f32 || changed ? at::kFloat : options.dtype;
  at::Tensor values = readWeight(*found.entry, type, {}, options.stop).view(spec.shape);
  if (changed) values = options.overlay.apply(spec.name, values, options.stop);
  values = values.to(atDevice(options.device), f32 ? at::kFloat : options.dtype);
  const auto stored = found.entry->file->bytes(*found.entry->info);
  const auto* data = values.is_cpu() ? static_cast<const std::byte*>(values.const_data_ptr()) : nullptr;
  const bool viewed = data >= stored.data() && data < stored.data() + stored.size();
  if (viewed && !options.copied) return values;
  if (viewed) values = values.clone();
  found.entry->file->forget(*found.entry->info);
  return values;
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
    if (spec.optional && !findTensor(source, spec).entry) continue;
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
