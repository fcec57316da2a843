// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <sched.h>
#include <torch/headeronly/version.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace kinora::tensor {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
namespace fs = std::filesystem;

constexpr std::int64_t kSmallDim = 512;
constexpr double kWorthwhile = 1.3;  // bf16 costs accuracy, so it must win clearly

/// What the driver and torch say of the GPUs, found once a process: libraries cannot be unloaded again.
struct Gpus {
  std::vector<DeviceDescription> list;
  std::vector<int> major;  ///< compute capability
  std::string problem;     ///< why there are none
};

/// The few driver functions we need, without CUDA headers. Signatures: CUDA Driver API reference.
struct Driver {
  void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);

  template <class Function>
  Function* get(const char* name) const {
    return library ? reinterpret_cast<Function*>(::dlsym(library, name)) : nullptr;
  }
};

std::string torchCudaPath() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&at::get_num_threads), &info) == 0 || !info.dli_fname) return {};
  return (fs::path(info.dli_fname).parent_path() / "libtorch_cuda.so").string();
}

/// "" or why torch cannot use a GPU.
std::string openTorchCuda() {
  const std::string path = torchCudaPath();
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return "this libtorch was built without CUDA";
  if (!::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
    const char* reason = ::dlerror();
    return std::string("libtorch_cuda.so cannot be opened: ") + (reason ? reason : "unknown");
  }
  if (!at::hasCUDA() || at::detail::getCUDAHooks().deviceCount() == 0) return "torch finds no GPU";
  return {};
}

Gpus findGpus() {
  Gpus gpus;
  const Driver driver;
  auto* init = driver.get<int(unsigned)>("cuInit");
  auto* count = driver.get<int(int*)>("cuDeviceGetCount");
  auto* name = driver.get<int(char*, int, int)>("cuDeviceGetName");
  auto* memory = driver.get<int(std::size_t*, int)>("cuDeviceTotalMem_v2");
  auto* attribute = driver.get<int(int*, int, int)>("cuDeviceGetAttribute");
  int devices = 0;
  if (!init || !count || !name || !memory || !attribute || init(0) != 0 || count(&devices) != 0 || devices == 0) {
    gpus.problem = "no NVIDIA GPU or driver found";
    return gpus;
  }
  const std::string problem = openTorchCuda();
  const int visible = problem.empty() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  for (int index = 0; index < devices; ++index) {
    char text[256] = {};
    std::size_t bytes = 0;
    int major = 0;
    constexpr int kCapabilityMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    name(text, sizeof text - 1, index);
    memory(&bytes, index);
    attribute(&major, kCapabilityMajor, index);
    const bool usable = problem.empty() && index < visible;
    gpus.list.push_back({{true, index},
                         text,
                         bytes,
                         usable,
                         usable            ? ""
                         : problem.empty() ? "hidden from torch"
                                           : problem});
    gpus.major.push_back(major);
  }
  gpus.problem = problem;
  return gpus;
}

const Gpus& gpus() {
  static const Gpus found = findGpus();
  return found;
}

int availableThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
}

std::string cpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != line.npos) return line.substr(line.find(": ") + 2);
  }
  return "CPU";
}

/// Best of a few calls, in seconds; stops after 60 ms.
double timeLinear(std::int64_t tokens, at::ScalarType type) {
  constexpr std::int64_t kDim = 1024;
  const at::Tensor x = at::ones({tokens, kDim}, type);
  const at::Tensor weight = at::full({kDim, kDim}, 0.01, type);
  double best = 1e9;
  double total = 0;
  for (int i = 0; i < 6 && total < 0.06; ++i) {
    const auto start = std::chrono::steady_clock::now();
    at::linear(x, weight);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::min(best, seconds);
    total += seconds;
  }
  return best;
}

/// The CPU as calibrations know it; its flags count, because a hypervisor may hide some under the same name.
std::string calibrationKey() {
  return cpuName() + " / " + at::get_cpu_capability() + " / " + std::to_string(at::get_num_threads()) +
         " threads / torch " + TORCH_VERSION;
}

std::optional<LinearTiming> readCalibration(const fs::path& file, const std::string& key) {
  std::ifstream stream(file);
  const auto document = nlohmann::json::parse(stream, nullptr, false);
  if (!document.is_object() || !document.contains("format") || document["format"] != "kinora-calibration") {
    return std::nullopt;
  }
  const auto found = document.find(key);
  if (found == document.end() || !found->is_object()) return std::nullopt;
  const auto f32 = found->find("linear_f32");
  const auto bf16 = found->find("linear_bf16");
  if (f32 == found->end() || bf16 == found->end() || !f32->is_number() || !bf16->is_number()) return std::nullopt;
  return LinearTiming{f32->get<double>(), bf16->get<double>()};
}

/// A cache that cannot be written only costs the next run a new measurement, so failure is no error here.
void writeCalibration(const fs::path& file, const std::string& key, const LinearTiming& timing) {
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  const fs::path part = file.string() + ".part-" + std::to_string(::getpid());
  {
    std::ofstream stream(part);
    const nlohmann::json entry{{"linear_f32", timing.f32}, {"linear_bf16", timing.bf16}};
    stream << nlohmann::json{{"format", "kinora-calibration"}, {key, entry}}.dump(2) << '\n';
    if (!stream) failure = std::make_error_code(std::errc::io_error);
  }
  if (!failure) fs::rename(part, file, failure);
  if (failure) fs::remove(part, failure);
}

at::ScalarType calibratedDtype(const DtypeHint& hint) {
  if (hint.dim < kSmallDim) return at::kFloat;
  const fs::path file = hint.cacheDirectory.empty() ? fs::path() : fs::path(hint.cacheDirectory) / "calibration.json";
  const std::string key = calibrationKey();
  std::optional<LinearTiming> timing;
  if (!file.empty()) timing = readCalibration(file, key);
  if (!timing) {
    timing = measureLinear();
    if (!file.empty()) writeCalibration(file, key, *timing);
  }
  return timing->bf16 * kWorthwhile < timing->f32 ? at::kBFloat16 : at::kFloat;
}

}  // namespace

c10::Device atDevice(const ComputeDevice& device) {
  return device.cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index)) : at::Device(at::kCPU);
}

std::vector<DeviceDescription> listDevices() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  const auto pageBytes = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGE_SIZE)));
  std::vector<DeviceDescription> devices{
      {{},
       cpuName(),
       pages * pageBytes,
       true,
       std::to_string(availableThreads()) + " threads, " + at::get_cpu_capability()}};
  devices.insert(devices.end(), gpus().list.begin(), gpus().list.end());
  return devices;
}

Result<ComputeDevice> chooseDevice(const std::string& text) {
  if (text == "cpu") return ComputeDevice{};
  if (text.empty() || text == "auto") {
    for (const DeviceDescription& gpu : gpus().list) {
      if (gpu.usable) return gpu.device;
    }
    return ComputeDevice{};
  }
  int index = 0;
  if (text.rfind("cuda", 0) != 0) {
    return Error{ErrorCode::InvalidInput, "device; expected auto, cpu, cuda or cuda:N, got \"" + text + "\"", {}};
  }
  if (text.size() > 4) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + std::min<std::size_t>(5, text.size()), end, index);
    if (text[4] != ':' || parsed.ec != std::errc() || parsed.ptr != end || index < 0) {
      return Error{ErrorCode::InvalidInput, "device; expected auto, cpu, cuda or cuda:N, got \"" + text + "\"", {}};
    }
  }
  const Gpus& found = gpus();
  if (static_cast<std::size_t>(index) >= found.list.size()) {
    return Error{ErrorCode::Unsupported,
                 "device " + text + ": " + (found.list.empty() ? found.problem : "there is no such GPU"),
                 {}};
  }
  const DeviceDescription& gpu = found.list[static_cast<std::size_t>(index)];
  if (!gpu.usable) return Error{ErrorCode::Unsupported, "device " + text + ": " + gpu.note, {}};
  return gpu.device;
}

Result<std::vector<ComputeDevice>> chooseDevices(const std::string& text) {
  std::vector<ComputeDevice> devices;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    auto device = chooseDevice(text.substr(from, comma - from));
    if (!device) return device.error();
    devices.push_back(*device);
    from = comma + 1;
  }
  return devices;
}

std::string idsOf(const std::vector<ComputeDevice>& devices) {
  std::string text;
  for (const ComputeDevice& device : devices) text += (text.empty() ? "" : ",") + device.id();
  return text;
}

Result<c10::ScalarType> chooseDtype(const std::string& text, const ComputeDevice& device, const DtypeHint& hint) {
  if (text == "f32") return at::kFloat;
  if (text == "bf16") return at::kBFloat16;
  if (text == "f16") {
    if (device.cuda) return at::kHalf;
    return Error{ErrorCode::Unsupported, "dtype f16 needs a GPU; expected auto, f32 or bf16 on the CPU", {}};
  }
  if (!text.empty() && text != "auto" && !packedDtype(text)) {
    return Error{
        ErrorCode::InvalidInput, "dtype; expected auto, f32, bf16, f16, int8 or fp8, got \"" + text + "\"", {}};
  }
  if (!device.cuda) return calibratedDtype(hint);
  constexpr int kAmpere = 8;  // the first with bf16 arithmetic
  const auto index = static_cast<std::size_t>(device.index);
  return index < gpus().major.size() && gpus().major[index] >= kAmpere ? at::kBFloat16 : at::kHalf;
}

std::optional<c10::ScalarType> packedDtype(const std::string& text) {
  if (text == "int8") return at::kChar;
  if (text == "fp8") return at::kFloat8_e4m3fn;
  return std::nullopt;
}

std::string dtypeWord(c10::ScalarType type) {
  if (type == at::kFloat) return "f32";
  if (type == at::kBFloat16) return "bf16";
  if (type == at::kHalf) return "f16";
  if (type == at::kChar) return "int8";
  if (type == at::kFloat8_e4m3fn) return "fp8";
  return c10::toString(type);
}

int setThreads(int threads) {
  at::set_num_threads(threads > 0 ? threads : availableThreads());
  return at::get_num_threads();
}

LinearTiming measureLinear() {
  constexpr std::int64_t kTokens = 512;
  constexpr std::int64_t kFewTokens = 32;
  // Where bf16 has no kernel one full-size call can take seconds, so a small one goes first.
  const LinearTiming few{timeLinear(kFewTokens, at::kFloat), timeLinear(kFewTokens, at::kBFloat16)};
  constexpr double kScale = static_cast<double>(kTokens) / kFewTokens;
  if (few.bf16 > 4 * few.f32) return {few.f32 * kScale, few.bf16 * kScale};
  return {timeLinear(kTokens, at::kFloat), timeLinear(kTokens, at::kBFloat16)};
}

}  // namespace kinora::tensor
