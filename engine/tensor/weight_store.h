// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/device.h"
#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"
#include "engine/tensor/weight_reader.h"
#include "engine/tensor/weight_source.h"

namespace kinora::tensor {

/// One line of a component's tensor table. Axes of size 1 in front do not count: [1,1,d] in a file fits [d].
struct TensorSpec {
  std::string name;  ///< how our code and the store call it
  std::vector<std::int64_t> shape;
  std::vector<std::string> aliases = {};  ///< other names a file may use; tried in order after name
  bool optional = false;                  ///< may be absent (then WeightStore::has is false)
};

/// Where a table line's tensor lies.
struct StoredTensor {
  std::string name;                            ///< in the file
  const WeightSource::Entry* entry = nullptr;  ///< of the source; nullptr: it is not there
};

/// Under its name or one of the aliases.
StoredTensor findTensor(const WeightSource& source, const TensorSpec& spec);

/// One tensor that is not as the table says.
struct TableFault {
  std::string file;  ///< weight file, or the index for a missing tensor
  std::string tensor;
  std::string what;  ///< "missing", "surplus", "shape [2,3], expected [3,3]", "dtype I64, expected …", "not finite"
};

/// Says yes for tensors of a file that may be there although no table line names them.
using NamePredicate = std::function<bool(std::string_view name)>;

/// Walks the whole table; empty: sound. readValues also reads every value and reports NaN and infinity ("not finite").
/// stop is called between tensors.
std::vector<TableFault> checkTable(const WeightSource& source, const std::vector<TensorSpec>& table,
                                   const NamePredicate& ignored = {}, bool readValues = false,
                                   const StopCheck& stop = {});

/// Changes to weights that are made while they are loaded, e.g. LoRAs.
struct Overlay {
  std::set<std::string, std::less<>> names;  ///< the tensors it changes, by table name
  /// Called for these: the stored tensor (f32, dequantised, not to be written) -> the f32 tensor in its place.
  /// Any thread may call it. Throws Stopped.
  std::function<at::Tensor(std::string_view name, const at::Tensor& stored, const StopCheck& stop)> apply;
};

/// As checkTable without values, with all missing, surplus and misshapen tensors in one ModelMismatch error, the first
/// 20 of each kind by name.
core::Result<void> requireTable(const WeightSource& source, const std::vector<TensorSpec>& table,
                                const NamePredicate& ignored = {}, const StopCheck& stop = {});

struct LoadOptions {
  /// Compute dtype of everything keepF32 does not name; f32 (checked where it is used: torch fixes the number).
  c10::ScalarType dtype = static_cast<c10::ScalarType>(6);
  ComputeDevice device;   ///< where the tensors shall lie
  NamePredicate keepF32;  ///< tensors (by table name) that stay f32 whatever dtype says, e.g. norms
  NamePredicate ignored;  ///< surplus tensors to overlook
  Overlay overlay;        ///< applied before a tensor is converted to its dtype
  StopCheck stop;         ///< asked between tensors
  bool copied = false;    ///< nothing is a view of a file
};

/// One tensor of a table as the options want it; the source must have it. What the file already holds in that dtype is
/// viewed on the CPU, so never write into it; of what is not viewed no page stays in memory. Throws what the overlay
/// throws.
at::Tensor loadTensor(const WeightSource& source, const TensorSpec& spec, const LoadOptions& options);

class WeightScope;

/// The weights of one component by table name, dequantised and converted to the compute dtype. What the file already
/// holds in that dtype is viewed on the CPU, not copied, so never write into a weight. Const after load: any thread may
/// read.
class WeightStore {
 public:
  /// Errors: those of requireTable. Throws Stopped.
  static core::Result<WeightStore> load(const WeightSource& source, const std::vector<TensorSpec>& table,
                                        const LoadOptions& options);
  WeightStore(WeightStore&&) noexcept;
  WeightStore& operator=(WeightStore&&) noexcept;
  ~WeightStore();

  /// Throws std::out_of_range with the name for one that is not in the table: our own bug.
  const at::Tensor& operator[](std::string_view name) const;
  bool has(std::string_view name) const;
  /// Names under a prefix: scope("blocks.0.")["norm.weight"]. The scope refers to this store.
  WeightScope scope(std::string prefix) const;
  /// Moves a tensor out of the store, for code that repacks weights and wants the original freed.
  at::Tensor take(std::string_view name);
  std::size_t size() const;
  /// Bytes of all tensors.
  std::uint64_t bytes() const;

 private:
  struct Impl;
  explicit WeightStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> m_impl;
};

/// A WeightStore seen through a name prefix. Refers to the store; copy freely.
class WeightScope {
 public:
  WeightScope(const WeightStore& store, std::string prefix) : m_store(&store), m_prefix(std::move(prefix)) {}

  const at::Tensor& operator[](std::string_view name) const { return (*m_store)[full(name)]; }
  bool has(std::string_view name) const { return m_store->has(full(name)); }
  WeightScope scope(std::string_view prefix) const { return {*m_store, full(prefix)}; }
  const std::string& prefix() const { return m_prefix; }

 private:
  std::string full(std::string_view name) const { return m_prefix + std::string(name); }

  const WeightStore* m_store;
  std::string m_prefix;
};

}  // namespace kinora::tensor
