// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "engine/weights/weight_file.h"

namespace kinora::weights {

/// A tensor and the file it lies in.
struct TensorPlace {
  std::shared_ptr<const WeightFile> file;
  const TensorInfo* info = nullptr;  ///< owned by file
};

/// The weights of one component, whatever form they came in: one file of any format, or the shards that a
/// `*.safetensors.index.json` lists. Cheap to copy; immutable, so any thread may read it.
///
/// A prefix that all names have and that only says which part of a pipeline this is (`model.diffusion_model.`, …) is
/// taken off. The helpers of quantised files are no entries of their own: scales hang on the weight they belong to,
/// markers (`scaled_fp8`, `comfy_quant`) and scales of activations are read or dropped.
class WeightSource {
 public:
  struct Entry : TensorPlace {
    TensorPlace scale;  ///< values are to be multiplied by it: a scalar or one number a row ([out] or [out,1])
    /// What `comfy_quant` or `_quantization_metadata` calls the layer's format; empty where the file does not say.
    std::string quantFormat;
  };

  /// A weight file, an index of shards, or a folder that holds one of them (in a folder of several those of the
  /// diffusers layout).
  /// In an index each shard must be a plain file name in the same folder, and each listed tensor must be in the shard
  /// it is listed for. Errors: NotFound (also a missing shard), Unreadable, Corrupt, Unsupported.
  static core::Result<WeightSource> open(const std::string& path);
  /// Opens `directory/baseName.safetensors`, or where that is not there `directory/baseName.safetensors.index.json`.
  static core::Result<WeightSource> open(const std::string& directory, const std::string& baseName);

  /// The file or index that was opened, for messages.
  const std::string& path() const { return m_path; }
  /// All weight files, in order of name.
  const std::vector<std::shared_ptr<const WeightFile>>& files() const { return m_files; }
  const std::map<std::string, Entry, std::less<>>& entries() const { return m_entries; }
  /// nullptr where there is none of that name.
  const Entry* find(std::string_view name) const;
  /// What was taken off all names; often empty.
  const std::string& prefix() const { return m_prefix; }

 private:
  static core::Result<WeightSource> openFile(const std::string& path);
  static core::Result<WeightSource> openIndex(const std::string& path);
  core::Result<void> addShard(const std::string& path, const std::vector<std::string>& names);
  void addTensor(const std::shared_ptr<const WeightFile>& file, const TensorInfo& info);
  void finish();
  void stripPrefix();
  void attachScales();
  void readQuantMetadata();
  Entry* weightOf(std::string_view layer);

  std::string m_path;
  std::string m_prefix;
  std::vector<std::shared_ptr<const WeightFile>> m_files;
  std::map<std::string, Entry, std::less<>> m_entries;
};

}  // namespace kinora::weights
