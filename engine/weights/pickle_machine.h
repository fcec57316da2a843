// SPDX-License-Identifier: GPL-3.0-or-later
// The stack machine behind readStateDict. Internal to engine/weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/byte_reader.h"

namespace kinora::weights {

/// Values refer to each other by number, so that a pickle may tie knots (a dict that holds itself) and nothing
/// recurses.
using PickleId = std::uint32_t;

struct PickleValue {
  enum class Kind { None, Bool, Integer, Real, Text, Tuple, List, Dict, Global, Storage, Tensor };

  Kind kind = Kind::None;
  std::int64_t integer = 0;         ///< Bool, Integer; Storage: its elements; Tensor: first element
  std::string_view text;            ///< Text; Global: module; Storage: key
  std::string_view name;            ///< Global: name; Storage: dtype
  std::vector<PickleId> items;      ///< Tuple, List; Dict: key, value, key, value, …; Tensor: its storage
  std::vector<std::int64_t> shape;  ///< Tensor
};

class PickleMachine {
 public:
  explicit PickleMachine(std::span<const std::byte> pickle) : m_bytes(pickle) {}

  /// The value on top when the pickle stops.
  core::Result<PickleId> run();
  const PickleValue& operator[](PickleId id) const { return m_values[id]; }

 private:
  bool step(std::uint8_t opcode);
  bool stepNumber(std::uint8_t opcode);
  bool stepContainer(std::uint8_t opcode);
  bool stepMemo(std::uint8_t opcode);
  bool stepObject(std::uint8_t opcode);

  bool fail(std::string what, core::ErrorCode code = core::ErrorCode::Corrupt);
  bool push(PickleValue value);
  bool pushInteger(std::int64_t value);
  bool pushText(std::uint64_t length);
  bool pop(PickleId& id);
  /// All above the last mark, which goes too.
  bool popToMark(std::vector<PickleId>& items);
  bool pushTuple(std::size_t count);
  bool append(std::vector<PickleId> items, PickleValue::Kind kind);
  bool remember(std::uint64_t index);
  bool recall(std::uint64_t index);

  bool pushGlobal(std::string_view module, std::string_view name);
  bool pushStorage();
  bool call();
  bool rebuildTensor(const std::vector<PickleId>& arguments);
  bool readExtents(PickleId id, std::vector<std::int64_t>& extents);
  bool setState();

  ByteReader m_bytes;
  std::vector<PickleValue> m_values;
  std::vector<PickleId> m_stack;
  std::vector<std::size_t> m_marks;
  std::map<std::uint64_t, PickleId> m_memo;
  core::Error m_error;
};

}  // namespace kinora::weights
