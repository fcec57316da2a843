// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/pickle_machine.h"

#include <array>
#include <limits>

#include "engine/weights/tensor_info.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using Kind = PickleValue::Kind;

/// A value costs about 120 bytes; the largest Wan model has 1331 tensors of some 20 values each.
constexpr std::size_t kMaxValues = 1u << 20;

struct StorageType {
  std::string_view name;
  std::string_view dtype;
};
constexpr std::array kStorageTypes{StorageType{"FloatStorage", "F32"},     StorageType{"HalfStorage", "F16"},
                                   StorageType{"BFloat16Storage", "BF16"}, StorageType{"DoubleStorage", "F64"},
                                   StorageType{"LongStorage", "I64"},      StorageType{"IntStorage", "I32"},
                                   StorageType{"ShortStorage", "I16"},     StorageType{"CharStorage", "I8"},
                                   StorageType{"ByteStorage", "U8"},       StorageType{"BoolStorage", "BOOL"}};

std::string_view storageDtype(const PickleValue& global) {
  if (global.kind != Kind::Global || global.text != "torch") return {};
  for (const StorageType& type : kStorageTypes) {
    if (type.name == global.name) return type.dtype;
  }
  return {};
}

bool isGlobal(const PickleValue& value, std::string_view module, std::string_view name) {
  return value.kind == Kind::Global && value.text == module && value.name == name;
}

bool isOrderedDict(const PickleValue& value) {
  return isGlobal(value, "collections", "OrderedDict");
}

bool isRebuild(const PickleValue& value) {
  return isGlobal(value, "torch._utils", "_rebuild_tensor_v2");
}

}  // namespace

core::Result<PickleId> PickleMachine::run() {
  while (true) {
    const auto opcode = m_bytes.number<std::uint8_t>();
    if (m_bytes.failed()) return Error{ErrorCode::Corrupt, "pickle: cut off", {}};
    if (opcode == '.') break;
    if (!step(opcode)) return m_error;
    if (m_bytes.failed()) return Error{ErrorCode::Corrupt, "pickle: cut off", {}};
  }
  PickleId top = 0;
  if (!pop(top)) return m_error;
  return top;
}

bool PickleMachine::step(std::uint8_t opcode) {
  switch (opcode) {
    case 0x80: {  // PROTO
      const int protocol = m_bytes.number<std::uint8_t>();
      if (protocol >= 2 && protocol <= 5) return true;
      return fail("protocol; expected 2 to 5, got " + std::to_string(protocol), ErrorCode::Unsupported);
    }
    case 0x95:  // FRAME: only says how much follows
      m_bytes.skip(8);
      return true;
    case 'N':
      return push({});
    case 'J':
    case 'K':
    case 'M':
    case 'G':
    case 0x8a:
    case 0x88:
    case 0x89:
      return stepNumber(opcode);
    case 'X':
      return pushText(m_bytes.number<std::uint32_t>());
    case 0x8c:
      return pushText(m_bytes.number<std::uint8_t>());
    case 0x8d:
      return pushText(m_bytes.number<std::uint64_t>());
    case '(':
    case ')':
    case ']':
    case '}':
    case 't':
    case 'a':
    case 'e':
    case 's':
    case 'u':
    case 0x85:
    case 0x86:
    case 0x87:
      return stepContainer(opcode);
    case 'q':
    case 'r':
    case 'h':
    case 'j':
    case 0x94:
      return stepMemo(opcode);
    default:
      return stepObject(opcode);
  }
}

bool PickleMachine::stepNumber(std::uint8_t opcode) {
  switch (opcode) {
    case 'J':
      return pushInteger(m_bytes.number<std::int32_t>());
    case 'K':
      return pushInteger(m_bytes.number<std::uint8_t>());
    case 'M':
      return pushInteger(m_bytes.number<std::uint16_t>());
    case 'G': {  // big-endian; no caller wants its value
      m_bytes.skip(8);
      PickleValue value;
      value.kind = Kind::Real;
      return push(std::move(value));
    }
    case 0x8a: {  // LONG1: two's complement of so many bytes
      const std::string_view digits = m_bytes.text(m_bytes.number<std::uint8_t>());
      if (digits.size() > 8) return fail("a number of more than 64 bits");
      std::uint64_t bits = !digits.empty() && (digits.back() & 0x80) ? ~std::uint64_t{0} : 0;
      for (std::size_t i = digits.size(); i > 0; --i) bits = bits << 8 | static_cast<unsigned char>(digits[i - 1]);
      return pushInteger(static_cast<std::int64_t>(bits));
    }
    default: {
      PickleValue value;
      value.kind = Kind::Bool;
      value.integer = opcode == 0x88;
      return push(std::move(value));
    }
  }
}

bool PickleMachine::stepContainer(std::uint8_t opcode) {
  std::vector<PickleId> items;
  switch (opcode) {
    case '(':
      m_marks.push_back(m_stack.size());
      return m_marks.size() <= kMaxValues || fail("too many marks");
    case ')':
      return pushTuple(0);
    case 0x85:
    case 0x86:
    case 0x87:
      return pushTuple(opcode - 0x84u);
    case ']':
    case '}': {
      PickleValue value;
      value.kind = opcode == ']' ? Kind::List : Kind::Dict;
      return push(std::move(value));
    }
    case 't': {
      PickleValue value;
      value.kind = Kind::Tuple;
      return popToMark(value.items) && push(std::move(value));
    }
    case 'a':
      items.resize(1);
      return pop(items[0]) && append(std::move(items), Kind::List);
    case 's':
      items.resize(2);
      return pop(items[1]) && pop(items[0]) && append(std::move(items), Kind::Dict);
    default:
      return popToMark(items) && append(std::move(items), opcode == 'e' ? Kind::List : Kind::Dict);
  }
}

bool PickleMachine::stepMemo(std::uint8_t opcode) {
  switch (opcode) {
    case 'q':
      return remember(m_bytes.number<std::uint8_t>());
    case 'r':
      return remember(m_bytes.number<std::uint32_t>());
    case 'h':
      return recall(m_bytes.number<std::uint8_t>());
    case 'j':
      return recall(m_bytes.number<std::uint32_t>());
    default:
      return remember(m_memo.size());  // MEMOIZE
  }
}

bool PickleMachine::stepObject(std::uint8_t opcode) {
  switch (opcode) {
    case 'c': {
      const std::string_view module = m_bytes.line();
      const std::string_view name = m_bytes.line();
      return m_bytes.failed() || pushGlobal(module, name);
    }
    case 0x93: {  // STACK_GLOBAL
      PickleId name = 0;
      PickleId module = 0;
      if (!pop(name) || !pop(module)) return false;
      if (m_values[name].kind != Kind::Text || m_values[module].kind != Kind::Text) return fail("a name is no text");
      return pushGlobal(m_values[module].text, m_values[name].text);
    }
    case 'Q':
      return pushStorage();
    case 'R':
      return call();
    case 'b':
      return setState();
    default: {
      constexpr char kDigits[] = "0123456789abcdef";
      return fail(std::string("operation 0x") + kDigits[opcode >> 4] + kDigits[opcode & 15] +
                      " is not needed for tensors and is not done",
                  ErrorCode::Unsupported);
    }
  }
}

bool PickleMachine::fail(std::string what, ErrorCode code) {
  m_error = {code, "pickle: " + std::move(what), {}};
  return false;
}

bool PickleMachine::push(PickleValue value) {
  if (m_values.size() >= kMaxValues || m_stack.size() >= kMaxValues) return fail("too many values");
  m_stack.push_back(static_cast<PickleId>(m_values.size()));
  m_values.push_back(std::move(value));
  return true;
}

bool PickleMachine::pushInteger(std::int64_t number) {
  PickleValue value;
  value.kind = Kind::Integer;
  value.integer = number;
  return push(std::move(value));
}

bool PickleMachine::pushText(std::uint64_t length) {
  PickleValue value;
  value.kind = Kind::Text;
  value.text = m_bytes.text(length);
  return push(std::move(value));
}

bool PickleMachine::pop(PickleId& id) {
  const std::size_t floor = m_marks.empty() ? 0 : m_marks.back();
  if (m_stack.size() <= floor) return fail("takes from an empty stack");
  id = m_stack.back();
  m_stack.pop_back();
  return true;
}

bool PickleMachine::popToMark(std::vector<PickleId>& items) {
  if (m_marks.empty()) return fail("a mark is missing");
  items.assign(m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back()), m_stack.end());
  m_stack.resize(m_marks.back());
  m_marks.pop_back();
  return true;
}

bool PickleMachine::pushTuple(std::size_t count) {
  PickleValue value;
  value.kind = Kind::Tuple;
  value.items.resize(count);
  for (std::size_t i = count; i > 0; --i) {
    if (!pop(value.items[i - 1])) return false;
  }
  return push(std::move(value));
}

bool PickleMachine::append(std::vector<PickleId> items, Kind kind) {
  PickleId target = 0;
  if (!pop(target)) return false;
  PickleValue& value = m_values[target];
  if (value.kind != kind) return fail("adds to something that is no list or dict");
  if (kind == Kind::Dict && items.size() % 2 != 0) return fail("a dict entry without value");
  // Only through the memo can one value be added to often; the limit holds for what that makes too.
  if (value.items.size() + items.size() > 2 * kMaxValues) return fail("too many values");
  value.items.insert(value.items.end(), items.begin(), items.end());
  m_stack.push_back(target);
  return true;
}

bool PickleMachine::remember(std::uint64_t index) {
  if (m_stack.empty()) return fail("remembers the top of an empty stack");
  m_memo[index] = m_stack.back();
  return m_memo.size() <= kMaxValues || fail("too many values");
}

bool PickleMachine::recall(std::uint64_t index) {
  const auto found = m_memo.find(index);
  if (found == m_memo.end()) return fail("recalls what was not remembered");
  if (m_stack.size() >= kMaxValues) return fail("too many values");
  m_stack.push_back(found->second);
  return true;
}

bool PickleMachine::pushGlobal(std::string_view module, std::string_view name) {
  PickleValue value;
  value.kind = Kind::Global;
  value.text = module;
  value.name = name;
  if (!isOrderedDict(value) && !isRebuild(value) && storageDtype(value).empty()) {
    return fail("the file wants to use " + std::string(module.substr(0, 100)) + "." + std::string(name.substr(0, 100)) +
                    "; only tensors are read and no code is run (save the model as safetensors)",
                ErrorCode::Unsupported);
  }
  return push(std::move(value));
}

/// ("storage", type, key, location, elements)
bool PickleMachine::pushStorage() {
  PickleId id = 0;
  if (!pop(id)) return false;
  const std::vector<PickleId>& parts = m_values[id].items;
  const bool sound = m_values[id].kind == Kind::Tuple && parts.size() == 5 && m_values[parts[0]].text == "storage" &&
                     !storageDtype(m_values[parts[1]]).empty() && m_values[parts[2]].kind == Kind::Text &&
                     m_values[parts[4]].kind == Kind::Integer && m_values[parts[4]].integer >= 0;
  if (!sound) return fail("a reference that is no storage of a known type");
  PickleValue value;
  value.kind = Kind::Storage;
  value.text = m_values[parts[2]].text;
  value.name = storageDtype(m_values[parts[1]]);
  value.integer = m_values[parts[4]].integer;
  return push(std::move(value));
}

bool PickleMachine::call() {
  PickleId arguments = 0;
  PickleId function = 0;
  if (!pop(arguments) || !pop(function)) return false;
  if (m_values[arguments].kind != Kind::Tuple) return fail("a call without arguments");
  if (isRebuild(m_values[function])) return rebuildTensor(m_values[arguments].items);
  if (!isOrderedDict(m_values[function]) || !m_values[arguments].items.empty()) {
    return fail("calls something else than OrderedDict() and _rebuild_tensor_v2", ErrorCode::Unsupported);
  }
  PickleValue value;
  value.kind = Kind::Dict;
  return push(std::move(value));
}

/// (storage, first element, size, stride, requires_grad, hooks[, metadata])
bool PickleMachine::rebuildTensor(const std::vector<PickleId>& arguments) {
  if (arguments.size() < 6 || arguments.size() > 7) return fail("_rebuild_tensor_v2; expected 6 or 7 arguments");
  const PickleValue& storage = m_values[arguments[0]];
  const PickleValue& first = m_values[arguments[1]];
  if (storage.kind != Kind::Storage) return fail("a tensor without storage");
  if (first.kind != Kind::Integer || first.integer < 0) return fail("a tensor's first element; expected 0 or more");
  PickleValue value;
  value.kind = Kind::Tensor;
  value.integer = first.integer;
  value.items = {arguments[0]};
  std::vector<std::int64_t> strides;
  if (!readExtents(arguments[2], value.shape) || !readExtents(arguments[3], strides)) return false;
  if (strides.size() != value.shape.size()) return fail("a tensor with as many strides as axes expected");
  const auto count = elementCount(value.shape);
  if (!count) return fail("shape " + shapeText(value.shape) + " overflows");
  std::int64_t expected = 1;
  for (std::size_t i = strides.size(); i > 0 && *count > 1; --i) {
    if (value.shape[i - 1] != 1 && strides[i - 1] != expected) {
      return fail("a tensor whose elements do not lie in order; save the model as safetensors", ErrorCode::Unsupported);
    }
    expected *= value.shape[i - 1];
  }
  const std::uint64_t end = static_cast<std::uint64_t>(first.integer) + *count;  // both under 2^63
  if (end > static_cast<std::uint64_t>(storage.integer)) return fail("a tensor that ends behind its storage");
  return push(std::move(value));
}

bool PickleMachine::readExtents(PickleId id, std::vector<std::int64_t>& extents) {
  const PickleValue& list = m_values[id];
  if (list.kind != Kind::Tuple || list.items.size() > kMaxAxes) return fail("a shape that is no tuple of numbers");
  for (const PickleId item : list.items) {
    if (m_values[item].kind != Kind::Integer || m_values[item].integer < 0) {
      return fail("a shape with something else than numbers from 0");
    }
    extents.push_back(m_values[item].integer);
  }
  return true;
}

/// The attributes of a state dict (`_metadata`): nothing we need.
bool PickleMachine::setState() {
  PickleId state = 0;
  PickleId object = 0;
  if (!pop(state) || !pop(object)) return false;
  if (m_values[object].kind != Kind::Dict || m_values[state].kind != Kind::Dict) {
    return fail("sets the state of something that is no dict", ErrorCode::Unsupported);
  }
  m_stack.push_back(object);
  return true;
}

}  // namespace kinora::weights
