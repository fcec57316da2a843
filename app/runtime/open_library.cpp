// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runtime/open_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

namespace kinora::runtime {

core::Result<void*> openLibrary(const std::string& name, const char* entry) {
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = (program.parent_path() / "../lib" / name).lexically_normal().string();
  void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* address = library ? dlsym(library, entry) : nullptr;
  if (!address) return core::Error{core::ErrorCode::Unsupported, std::string("cannot be loaded: ") + dlerror(), path};
  return address;
}

}  // namespace kinora::runtime
