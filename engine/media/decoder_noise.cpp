// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/media/decoder_noise.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace kinora::media {
namespace {

std::mutex& stderrMutex() {
  static std::mutex mutex;  // file descriptor 2 is the process's, so its guard is too
  return mutex;
}

bool isDecoderLine(std::string_view line) {
  using namespace std::string_view_literals;
  constexpr std::array kBeginnings{"Corrupt JPEG data"sv,
                                   "Premature end of JPEG"sv,
                                   "Inconsistent progression"sv,
                                   "Invalid SOS"sv,
                                   "Invalid progressive"sv,
                                   "Warning: unknown JFIF"sv,
                                   "Unknown Adobe"sv,
                                   "libpng "sv,
                                   "imdecode_("sv,
                                   "Application transfer"sv,
                                   "TIFF"sv,
                                   "OpenCV("sv};
  if (line.empty()) return true;
  for (const std::string_view beginning : kBeginnings) {
    if (line.starts_with(beginning)) return true;
  }
  return false;
}

void writeAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string withoutDecoderLines(const std::string& text) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    if (!isDecoderLine(line)) {
      kept += line;
      if (end < text.size()) kept += '\n';
    }
    at = end + 1;
  }
  return kept;
}

DecoderNoise::DecoderNoise() : m_lock(stderrMutex()) {
  m_memory = ::memfd_create("decoder-noise", MFD_CLOEXEC);
  m_stderr = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (m_memory < 0 || m_stderr < 0) return;
  std::fflush(stderr);
  ::dup2(m_memory, STDERR_FILENO);
}

DecoderNoise::~DecoderNoise() {
  if (m_memory >= 0 && m_stderr >= 0) {
    std::fflush(stderr);
    ::dup2(m_stderr, STDERR_FILENO);
    const off_t size = ::lseek(m_memory, 0, SEEK_END);
    if (size > 0) {
      std::string text(static_cast<std::size_t>(size), '\0');
      const ssize_t got = ::pread(m_memory, text.data(), text.size(), 0);
      text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
      writeAll(STDERR_FILENO, withoutDecoderLines(text));
    }
  }
  if (m_memory >= 0) ::close(m_memory);
  if (m_stderr >= 0) ::close(m_stderr);
}

}  // namespace kinora::media
