// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tensor/torch_fwd.h"

namespace kinora::pipeline {

/// What the text encoder made of prompts, kept on disk, so that a prompt seen before needs no encoder. One safetensors
/// file an entry, written whole or not at all; the least recently used go first. Nothing here fails a run: an entry
/// that is damaged, of other weights or cannot be written is as good as none. Several processes may share a folder.
class TextCache {
 public:
  static constexpr std::uint64_t kMostBytes = 128u << 20;

  /// directory: made when needed; empty: keeps nothing. encoder: names all that the result depends on beside the
  /// tokens, such as weight files, device and dtype.
  TextCache(std::string directory, std::string encoder, std::uint64_t mostBytes = kMostBytes);

  /// States of the real tokens, f32 [n, D] on the CPU; undefined where there are none.
  at::Tensor find(const std::vector<std::int64_t>& ids) const;
  void keep(const std::vector<std::int64_t>& ids, const at::Tensor& rows) const;

 private:
  std::string keyOf(const std::vector<std::int64_t>& ids) const;
  std::string pathOf(const std::string& key) const;
  void trim() const;

  std::string m_directory;
  std::string m_encoder;
  std::uint64_t m_mostBytes;
};

/// Names files as they are now: path, size and time of the last change of each (a folder: of all files in it), as text.
/// A file that is replaced gets another name; hashing ten gigabytes would take longer than the encoder.
std::string filesAsTheyAre(const std::vector<std::string>& paths);

}  // namespace kinora::pipeline
