// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "app/runtime/open_library.h"

/// Opens the studio's library; see openLibrary for why it is one.
int main(int argc, char** argv) {
  const auto entry = kinora::runtime::openLibrary("libkinora_studio.so", "kinora_studio_main");
  if (!entry) {
    std::fprintf(stderr, "kinora: %s\n", entry.error().text().c_str());
    return 1;
  }
  return reinterpret_cast<int (*)(int, char**)>(*entry)(argc, argv);
}
