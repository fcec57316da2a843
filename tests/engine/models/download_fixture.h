// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/models/file_download.h"
#include "tests/engine/models/loopback_server.h"

namespace kinora::test {

/// A clock that moves only when someone waits, and remembers the pauses.
class FakeTime {
 public:
  void addTo(models::DownloadOptions& options) {
    options.now = [this] { return m_now; };
    options.wait = [this](std::chrono::milliseconds pause, std::stop_token) {
      m_now += pause;
      pauses.push_back(pause.count());
    };
  }
  std::vector<long> pauses;  ///< milliseconds

 private:
  std::chrono::milliseconds m_now{1'000'000};
};

inline std::string sha256Of(const std::string& bytes) {
  models::Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.finish();
}

}  // namespace kinora::test
