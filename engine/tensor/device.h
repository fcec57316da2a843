// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::tensor {

/// Where tensors live. A value; converts to torch's own with atDevice().
struct ComputeDevice {
  bool cuda = false;
  int index = 0;  ///< of the GPU; 0 for the CPU

  /// "cpu" or "cuda:0".
  std::string id() const { return cuda ? "cuda:" + std::to_string(index) : "cpu"; }
  bool operator==(const ComputeDevice&) const = default;
};

c10::Device atDevice(const ComputeDevice& device);

struct DeviceDescription {
  ComputeDevice device;
  std::string name;               ///< "Intel(R) Xeon(R) Processor", "NVIDIA H100 80GB HBM3"
  std::uint64_t memoryBytes = 0;  ///< total
  bool usable = false;
  std::string note;  ///< why not, or e.g. "2 threads, AVX512"
};

/// The CPU, then each GPU the driver knows. Opens libtorch_cuda.so where there is a GPU (seconds, first call only) and
/// never fails: a GPU that cannot be used is listed with the reason. Any thread. Call this or chooseDevice before other
/// torch work: torch looks for its GPU part once, and what it did not find then it never finds.
std::vector<DeviceDescription> listDevices();

/// "" or "auto": the first usable GPU, else the CPU. "cpu", "cuda", "cuda:1".
/// Errors: InvalidInput (not a device word), Unsupported (no such GPU, or torch cannot use it).
core::Result<ComputeDevice> chooseDevice(const std::string& text);

/// Words of chooseDevice, separated by commas: devices that share the work, the first of which does what is not shared.
/// One may be named several times, to split work on it. Errors: as chooseDevice.
core::Result<std::vector<ComputeDevice>> chooseDevices(const std::string& text);

/// "cuda:0,cuda:1".
std::string idsOf(const std::vector<ComputeDevice>& devices);

/// What a dtype choice may depend on.
struct DtypeHint {
  std::int64_t dim = 0;        ///< width of the model's linears; under 512 auto means f32 on the CPU
  std::string cacheDirectory;  ///< where the calibration is kept; empty: measure each time
};

/// "" or "auto": bf16 on a GPU (f16 on one without bf16); on the CPU whichever of f32 and bf16 a calibration of well
/// under half a second found faster on this CPU model with this torch. "f32", "bf16", "f16" (GPU only). Errors:
/// InvalidInput, Unsupported. "int8" and "fp8" are words for how weights are kept: as "auto".
core::Result<c10::ScalarType> chooseDtype(const std::string& text, const ComputeDevice& device, const DtypeHint& hint);

/// What "int8" and "fp8" keep weights in; none for other words: the compute dtype.
std::optional<c10::ScalarType> packedDtype(const std::string& text);

/// "f32", "bf16", "f16", "int8", "fp8".
std::string dtypeWord(c10::ScalarType type);

/// Threads torch uses inside one operation; 0: as many as this process may run on. Process-wide, so set it before a
/// run, from the thread that runs the model. Returns the number in force.
int setThreads(int threads);

/// Seconds per call of a linear of 512 tokens, dim 1024, in both dtypes; what chooseDtype's auto decides by.
struct LinearTiming {
  double f32 = 0;
  double bf16 = 0;
};
LinearTiming measureLinear();

}  // namespace kinora::tensor
