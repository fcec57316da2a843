// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

namespace kinora::test {

/// tests/data/schedules/diffusers.json, written by tests/goldens/make_schedules.py.
inline nlohmann::json diffusersRuns() {
  std::ifstream stream(KINORA_SOURCE_DIR "/tests/data/schedules/diffusers.json");
  return nlohmann::json::parse(stream);
}

}  // namespace kinora::test
