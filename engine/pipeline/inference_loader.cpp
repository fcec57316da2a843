// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "engine/pipeline/inference_engine.h"

namespace kinora::pipeline {
namespace {

// OpenCV's codecs bring the reference BLAS into programs that load pictures, and torch calls BLAS by the same names:
// without this flag torch's matrix products bind to it and run twenty times slower. The address sanitizer cannot work
// with it.
#ifdef __SANITIZE_ADDRESS__
constexpr int kOwnSymbolsFirst = 0;
#else
constexpr int kOwnSymbolsFirst = RTLD_DEEPBIND;
#endif

std::string libraryPath() {
  if (const char* path = std::getenv("KINORA_INFERENCE_LIBRARY")) return path;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path() / "../lib/libkinora_inference.so").lexically_normal().string();
}

}  // namespace

core::Result<std::unique_ptr<InferenceEngine>> loadInferenceEngine() {
  // Read by OpenMP's runtime when it is loaded, here at the latest. Threads that spin at every barrier cost a factor of
  // ten on a machine that has something else to do.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  const std::string path = libraryPath();
  // Never closed: torch keeps threads and registries that do not survive dlclose.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | kOwnSymbolsFirst);
  if (!library) {
    return core::Error{core::ErrorCode::Unsupported,
                       std::string("the inference library cannot be loaded: ") + dlerror(), path};
  }
  const auto create = reinterpret_cast<CreateInferenceEngine>(dlsym(library, "kinora_create_inference_engine"));
  if (!create) return core::Error{core::ErrorCode::Unsupported, "the inference library has no entry point", path};
  return std::unique_ptr<InferenceEngine>(create());
}

}  // namespace kinora::pipeline
