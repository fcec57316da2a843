// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/pickle.h"

#include <optional>
#include <set>

#include "engine/weights/pickle_machine.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using Kind = PickleValue::Kind;

constexpr std::size_t kMaxPickle = 16u << 20;

bool holdsTensors(const PickleMachine& machine, PickleId id) {
  const PickleValue& dict = machine[id];
  if (dict.kind != Kind::Dict) return false;
  for (std::size_t i = 1; i < dict.items.size(); i += 2) {
    if (machine[dict.items[i]].kind == Kind::Tensor) return true;
  }
  return false;
}

/// The dict itself, or the only one in it that holds tensors.
std::optional<PickleId> findStateDict(const PickleMachine& machine, PickleId top) {
  if (holdsTensors(machine, top)) return top;
  if (machine[top].kind != Kind::Dict) return std::nullopt;
  std::set<PickleId> found;
  const std::vector<PickleId>& items = machine[top].items;
  for (std::size_t i = 1; i < items.size(); i += 2) {
    if (holdsTensors(machine, items[i])) found.insert(items[i]);
  }
  return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

}  // namespace

core::Result<std::vector<PickledTensor>> readStateDict(std::span<const std::byte> pickle) {
  if (pickle.size() > kMaxPickle) return Error{ErrorCode::Corrupt, "pickle: expected at most 16 MiB", {}};
  PickleMachine machine(pickle);
  const auto top = machine.run();
  if (!top) return top.error();
  const auto dict = findStateDict(machine, *top);
  if (!dict) {
    return Error{ErrorCode::Unsupported, "pickle: expected a dict of tensors, or a dict with one such dict in it", {}};
  }
  std::vector<PickledTensor> tensors;
  std::set<std::string_view> names;
  const std::vector<PickleId>& items = machine[*dict].items;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const PickleValue& key = machine[items[i]];
    const PickleValue& value = machine[items[i + 1]];
    if (value.kind != Kind::Tensor) continue;
    if (key.kind != Kind::Text) return Error{ErrorCode::Corrupt, "pickle: a tensor whose name is no text", {}};
    if (!names.insert(key.text).second) {
      return Error{ErrorCode::Corrupt, "pickle: duplicate name \"" + std::string(key.text) + "\"", {}};
    }
    const PickleValue& storage = machine[value.items.front()];
    tensors.push_back({std::string(key.text), storage.name, std::string(storage.text),
                       static_cast<std::uint64_t>(value.integer), value.shape});
  }
  return tensors;
}

}  // namespace kinora::weights
