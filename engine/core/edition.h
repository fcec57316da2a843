// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/rational.h"

namespace kinora::core {

/// One row of resources/catalogue/editions.json: what the user chooses and pays for.
struct Edition {
  std::string id;       ///< "standard-720p-2.1"
  std::string name;     ///< "standard" or "master"
  std::string version;  ///< "2.1"
  std::string quality;  ///< "720p" or "1080p"
  bool textToVideo = false;
  bool imageToVideo = false;
  bool endFrame = false;
  int shortSide = 720;  ///< output: 1280×720 for 16:9, 720×1280 for 9:16, 720×720 for 1:1
  Rational fps{24};
  struct Price {
    int seconds = 0;
    int credits = 0;
  };
  std::vector<Price> prices;  ///< 5 s and 10 s; other lengths are not offered
  int promptLimit = 2500;     ///< characters (Unicode code points)
};

}  // namespace kinora::core
