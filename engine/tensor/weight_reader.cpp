// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/weight_reader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/weights/dequantise.h"

namespace kinora::tensor {
namespace {

using weights::Dtype;
using weights::TensorPlace;

struct DtypeType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array kTypes{DtypeType{"F64", at::kDouble},
                            DtypeType{"F32", at::kFloat},
                            DtypeType{"F16", at::kHalf},
                            DtypeType{"BF16", at::kBFloat16},
                            DtypeType{"I64", at::kLong},
                            DtypeType{"I32", at::kInt},
                            DtypeType{"I16", at::kShort},
                            DtypeType{"I8", at::kChar},
                            DtypeType{"U8", at::kByte},
                            DtypeType{"BOOL", at::kBool},
                            DtypeType{"F8_E4M3", at::kFloat8_e4m3fn},
                            DtypeType{"F8_E5M2", at::kFloat8_e5m2}};

/// Elements between two looks at the stop token; a multiple of every block.
constexpr std::int64_t kElementsAtOnce = std::int64_t{1} << 24;
/// Elements of scratch a thread unpacks at a time: 64 KiB of f32 stay in its cache.
constexpr std::int64_t kScratch = 16384;

bool isFloat(std::string_view dtype) {
  return dtype.front() == 'F' || dtype == "BF16";
}

/// count elements from first on, both whole blocks, as a flat tensor.
at::Tensor unpack(const WeightSource::Entry& entry, const Dtype& dtype, std::int64_t first, std::int64_t count,
                  at::ScalarType type, const StopCheck& stop) {
  const at::Tensor out = at::empty({count}, type);
  const std::byte* data = entry.file->bytes(*entry.info).data();
  const auto unpackRange = [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor scratch = type == at::kFloat ? out : at::empty({std::min(kScratch, end - begin)}, at::kFloat);
    for (std::int64_t i = begin; i < end; i += kScratch) {
      const std::int64_t length = std::min(kScratch, end - i);
      const std::byte* blocks = data + (first + i) / dtype.blockElements * dtype.blockBytes;
      float* target = scratch.data_ptr<float>() + (type == at::kFloat ? i : 0);
      weights::dequantise(dtype.name, blocks, static_cast<std::size_t>(length), target);
      if (type != at::kFloat) out.narrow(0, i, length).copy_(scratch.narrow(0, 0, length));
    }
  };
  for (std::int64_t piece = 0; piece < count; piece += kElementsAtOnce) {
    stop();
    const std::int64_t length = std::min(kElementsAtOnce, count - piece);
    // Ranges of whole scratch lengths are ranges of whole blocks.
    at::parallel_for(0, (length + kScratch - 1) / kScratch, 1, [&](std::int64_t from, std::int64_t to) {
      unpackRange(piece + from * kScratch, piece + std::min(to * kScratch, length));
    });
  }
  return out;
}

at::Tensor readBlocks(const WeightSource::Entry& entry, const Dtype& dtype, at::ScalarType type, const RowRange& rows,
                      std::int64_t count, const StopCheck& stop) {
  std::vector<std::int64_t> shape = entry.info->shape;
  const auto total = static_cast<std::int64_t>(*weights::elementCount(shape));
  const std::int64_t rowElements = shape[0] == 0 ? 0 : total / shape[0];
  if (rowElements % dtype.blockElements != 0) {  // a tensor that was flattened: rows begin inside blocks
    return unpack(entry, dtype, 0, total, type, stop).view(shape).narrow(0, rows.first, count);
  }
  shape[0] = count;
  return unpack(entry, dtype, rows.first * rowElements, count * rowElements, type, stop).view(shape);
}

at::Tensor readScaled(const at::Tensor& stored, const at::Tensor& scale, at::ScalarType type, const StopCheck& stop) {
  const at::Tensor out = at::empty(stored.sizes(), type);
  if (stored.numel() == 0) return out;
  if (stored.dim() == 0) return stored.to(at::kFloat).mul(scale).to(type);
  const std::int64_t step = std::max<std::int64_t>(1, kElementsAtOnce * stored.size(0) / stored.numel());
  for (std::int64_t row = 0; row < stored.size(0); row += step) {
    stop();
    const std::int64_t count = std::min(step, stored.size(0) - row);
    const at::Tensor factor = scale.dim() == 0 ? scale : scale.narrow(0, row, count);
    out.narrow(0, row, count).copy_(stored.narrow(0, row, count).to(at::kFloat).mul(factor));
  }
  return out;
}

/// A scalar, or [rows, 1, …] with as many axes as the weight.
at::Tensor scaleOf(const TensorPlace& scale, const std::vector<std::int64_t>& shape, const RowRange& rows,
                   std::int64_t count) {
  const at::Tensor values = storedTensor(scale.file, *scale.info).to(at::kFloat);
  if (values.numel() == 1) return values.reshape({});
  std::vector<std::int64_t> broadcast(shape.size(), 1);
  broadcast[0] = -1;
  return values.reshape(broadcast).narrow(0, rows.first, count);
}

}  // namespace

bool scalarTypeOf(std::string_view dtype, c10::ScalarType& type) {
  for (const DtypeType& entry : kTypes) {
    if (entry.name == dtype) {
      type = entry.type;
      return true;
    }
  }
  return false;
}

std::string_view dtypeName(c10::ScalarType type) {
  for (const DtypeType& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  return {};
}

at::Tensor storedTensor(const std::shared_ptr<const WeightFile>& file, const TensorInfo& info) {
  at::ScalarType type = at::kByte;
  TORCH_CHECK(scalarTypeOf(info.dtype, type), "no plain dtype: ", info.dtype);
  const auto bytes = file->bytes(info);
  if (bytes.empty()) return at::empty(info.shape, type);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % c10::elementSize(type) != 0) {
    at::Tensor copy = at::empty(info.shape, type);
    std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
    return copy;
  }
  auto keepAlive = [file](void*) {};
  auto* address = const_cast<std::byte*>(bytes.data());
  if (type == at::kBool) {
    // A byte that is neither 0 nor 1 must not become a bool.
    return at::from_blob(address, info.shape, keepAlive, at::TensorOptions(at::kByte)).ne(0);
  }
  return at::from_blob(address, info.shape, keepAlive, at::TensorOptions(type));
}

std::string unreadableBecause(const WeightSource::Entry& entry) {
  const TensorInfo& info = *entry.info;
  if (!entry.quantFormat.empty() && !entry.quantFormat.starts_with("float8_e") &&
      !entry.quantFormat.starts_with("int8")) {
    return "quantisation \"" + entry.quantFormat + "\", expected float8 or int8";
  }
  const bool integer = info.dtype == "I8" && entry.scale.info;
  if (!integer && !isFloat(info.dtype) && weights::findDtype(info.dtype)->isPlain()) {
    return "dtype " + info.dtype + ", expected a floating-point type";
  }
  if (!entry.scale.info) return {};
  const TensorInfo& scale = *entry.scale.info;
  const auto count = weights::elementCount(scale.shape);
  const bool perRow = !info.shape.empty() && !scale.shape.empty() && scale.shape[0] == info.shape[0] &&
                      count == static_cast<std::uint64_t>(info.shape[0]);
  if (!isFloat(scale.dtype) || !weights::findDtype(info.dtype)->isPlain() || (count != 1u && !perRow)) {
    return "scale " + scale.dtype + " " + shapeText(scale.shape) + ", expected one number or one a row";
  }
  return {};
}

at::Tensor readWeight(const WeightSource::Entry& entry, c10::ScalarType type, const RowRange& rows,
                      const StopCheck& stop) {
  const TensorInfo& info = *entry.info;
  const Dtype& dtype = *weights::findDtype(info.dtype);
  const std::int64_t all = info.shape.empty() ? 1 : info.shape[0];
  const std::int64_t count = rows.count < 0 ? all - rows.first : rows.count;
  if (!dtype.isPlain()) return readBlocks(entry, dtype, type, rows, count, stop);
  at::Tensor stored = storedTensor(entry.file, info);
  if (!info.shape.empty()) stored = stored.narrow(0, rows.first, count);
  if (!entry.scale.info) return stored.to(type);
  return readScaled(stored, scaleOf(entry.scale, info.shape, rows, count), type, stop);
}

at::Tensor readRows(const WeightSource::Entry& entry, const std::vector<std::int64_t>& rows) {
  std::vector<at::Tensor> parts;
  for (const std::int64_t row : rows) parts.push_back(readWeight(entry, at::kFloat, {row, 1}));
  return at::cat(parts);
}

}  // namespace kinora::tensor
