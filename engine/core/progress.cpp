// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/progress.h"

namespace kinora::core {

const char* stageName(Stage stage) {
  switch (stage) {
    case Stage::Text:
      return "text";
    case Stage::Encode:
      return "encode";
    case Stage::Denoise:
      return "denoise";
    case Stage::Decode:
      return "decode";
    case Stage::Write:
      return "write";
  }
  return "text";
}

}  // namespace kinora::core
