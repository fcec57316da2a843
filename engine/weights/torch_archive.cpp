// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/weights/torch_archive.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/weights/pickle.h"
#include "engine/weights/zip_directory.h"

namespace kinora::weights {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using Bytes = std::span<const std::byte>;

constexpr std::string_view kPickle = "/data.pkl";

Bytes bytesOf(Bytes file, const ZipEntry& entry) {
  return file.subspan(entry.begin, entry.end - entry.begin);
}

Error corrupt(std::string message) {
  return {ErrorCode::Corrupt, std::move(message), {}};
}

}  // namespace

Result<WeightHeader> parseTorchArchive(Bytes file) {
  const auto directory = readZipDirectory(file);
  if (!directory) return directory.error();
  std::map<std::string, ZipEntry, std::less<>> entries;
  std::string root;
  for (const ZipEntry& entry : *directory) {
    entries.emplace(entry.name, entry);
    if (!entry.name.ends_with(kPickle)) continue;
    if (!root.empty()) return corrupt("zip archive: more than one data.pkl");
    root = entry.name.substr(0, entry.name.size() - kPickle.size());
  }
  if (root.empty()) return Error{ErrorCode::Unsupported, "a zip archive without data.pkl is no torch file", {}};
  if (const auto order = entries.find(root + "/byteorder"); order != entries.end()) {
    const Bytes text = bytesOf(file, order->second);
    if (std::string_view(reinterpret_cast<const char*>(text.data()), text.size()) != "little") {
      return Error{ErrorCode::Unsupported, "byte order; expected little", {}};
    }
  }
  const auto tensors = readStateDict(bytesOf(file, entries.at(root + std::string(kPickle))));
  if (!tensors) return tensors.error();

  WeightHeader header;
  for (const PickledTensor& tensor : *tensors) {
    const auto fault = [&](const std::string& what) { return corrupt("tensor \"" + tensor.name + "\": " + what); };
    const auto storage = entries.find(root + "/data/" + tensor.storage);
    if (storage == entries.end()) return fault("its data is not in the archive");
    const Dtype& dtype = *findDtype(tensor.dtype);
    const auto bytes = tensorBytes(dtype, tensor.shape);
    const std::uint64_t room = storage->second.end - storage->second.begin;
    if (!bytes || tensor.firstElement > room / dtype.blockBytes ||
        *bytes > room - tensor.firstElement * dtype.blockBytes) {
      return fault("it ends behind its storage");
    }
    const std::uint64_t begin = storage->second.begin + tensor.firstElement * dtype.blockBytes;
    header.tensors.push_back({tensor.name, std::string(tensor.dtype), tensor.shape, begin, begin + *bytes});
  }
  std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  return header;
}

}  // namespace kinora::weights
