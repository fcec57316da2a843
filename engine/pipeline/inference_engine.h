// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/core/frame.h"
#include "engine/core/frame_scaler.h"
#include "engine/core/frame_sink.h"
#include "engine/core/model_info.h"
#include "engine/core/model_memory.h"
#include "engine/core/plan.h"
#include "engine/core/progress.h"
#include "engine/core/result.h"

namespace kinora::pipeline {

struct GenerationInputs {
  core::Plan plan;
  core::ModelInfo model;
  core::Frame startImage;  ///< full-size picture; the pipeline covers and crops it to the model's size
  core::Frame endImage;
  std::vector<core::Frame> control;     ///< frames of the control video at the model's rate, for VACE models
  std::vector<core::Frame> mask;        ///< white: to be made; one for all frames of the control video, or one each
  std::vector<core::Frame> references;  ///< pictures of what shall appear, for VACE models
  std::shared_ptr<core::FrameScaler> scaler;  ///< brings frames to the plan's output size; null: Lanczos
  std::string dumpDirectory;                  ///< where to write the --dump files; empty: none
  std::string journalDirectory;               ///< where the latents are kept after each step; empty: nowhere
  bool resume = false;         ///< go on from what lies in journalDirectory; of no use: a note, from the start
  std::string cacheDirectory;  ///< where encoded prompts are kept; empty: nowhere

  /// Whether frames of the clip are given, which are squeezed to the model's shape.
  bool hasPictures() const { return !startImage.isNull() || !endImage.isNull() || !control.empty(); }
};

struct GenerationObserver {
  std::function<void(const core::Progress&)> progress;  ///< after each step and each decoded chunk
  std::function<void(const core::Frame&)> preview;      ///< a small picture of the half-finished clip, after each step
};

struct GenerationReport {
  std::uint64_t seed = 0;
  std::int64_t frames = 0;  ///< pushed to the sink
  /// Seconds: "load", "text", "encode", "denoise", of that "keep" (writing steps to the disk), "decode".
  std::map<std::string, double> timings;
  std::vector<std::string> loaded;  ///< parts that were read from their files for this run, as core::ResidentPart::name
  std::uint64_t peakBytes = 0;      ///< resident memory high-water mark during the run
  /// Most that tensors took at once in each stage ("load" to "decode"), on the CPU; without mapped files.
  std::map<std::string, std::uint64_t> tensorPeaks;
  core::MemoryPlan memory;         ///< how it was laid out
  int decodeRetries = 0;           ///< memory ran out so often while decoding, and smaller pieces were tried
  std::vector<std::string> notes;  ///< what was left out or went another way, in words
  int passes = 0;                  ///< through the transformer, those that step caching reused included
  int reusedPasses = 0;
  int resumedSteps = 0;  ///< done by an earlier run
  std::string device;    ///< "cpu"
  std::string dtype;     ///< "f32"
};

struct DeviceInfo {
  std::string id;  ///< "cpu", "cuda:0"
  std::string name;
  std::uint64_t memoryBytes = 0;
  bool usable = false;
  std::string note;  ///< why not, or e.g. "2 threads · AVX-512"
};

/// One tensor that is not as the model's table says; see InferenceEngine::checkModel.
struct TensorFault {
  std::string file;
  std::string tensor;
  std::string what;  ///< "missing", "surplus", "shape [2,3], expected [3,3]", "not finite"
};

/// The whole of inference behind one object. generate() may run on one thread at a time; the others any time.
/// Implemented in libkinora_inference.so, which is the only binary that links torch.
class InferenceEngine {
 public:
  virtual ~InferenceEngine() = default;
  /// Runs text -> (picture -> latent) -> noise -> steps -> decode -> delivery, pushing frames of plan.outputSize at
  /// plan.outputFps into sink. stop is seen within 250 ms on the CPU. Never throws.
  virtual core::Result<GenerationReport> generate(const GenerationInputs& inputs, core::FrameSink& sink,
                                                  const GenerationObserver& observer, std::stop_token stop) = 0;
  virtual std::vector<DeviceInfo> devices() = 0;
  /// Opens every weight file and walks the tensor table; empty = sound. readValues also looks for NaN and infinity.
  virtual core::Result<std::vector<TensorFault>> checkModel(const core::ModelInfo& model, bool readValues) = 0;
  /// Loads a model ahead of its first use, without its text encoder, which known prompts do not need; what is resident
  /// already stays.
  virtual core::Result<void> preload(const core::ModelInfo& model) = 0;
  /// What is in memory, as of the end of the last call that loads or unloads.
  virtual core::ResidentModel resident() const = 0;
  virtual void unload() = 0;
};

/// The one symbol libkinora_inference.so exports ("kinora_create_inference_engine"); the caller owns the result.
using CreateInferenceEngine = InferenceEngine* (*)();

/// Opens libkinora_inference.so (beside the program in ../lib, or where KINORA_INFERENCE_LIBRARY says) and makes its
/// engine. Takes about half a second: torch is loaded here and nowhere else. The library stays open for good.
core::Result<std::unique_ptr<InferenceEngine>> loadInferenceEngine();

}  // namespace kinora::pipeline
