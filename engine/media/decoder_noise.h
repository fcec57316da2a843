// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>
#include <string>

namespace kinora::media {

/// While it lives, stderr goes to memory: OpenCV and libjpeg write there what they think of a damaged picture, and
/// neither can be told not to. At the end their lines are dropped and all others (another thread's) are passed on. One
/// at a time; others wait.
class DecoderNoise {
 public:
  DecoderNoise();
  ~DecoderNoise();
  DecoderNoise(const DecoderNoise&) = delete;
  DecoderNoise& operator=(const DecoderNoise&) = delete;

 private:
  std::unique_lock<std::mutex> m_lock;
  int m_memory = -1;
  int m_stderr = -1;
};

/// text without the lines that a picture decoder writes.
std::string withoutDecoderLines(const std::string& text);

}  // namespace kinora::media
