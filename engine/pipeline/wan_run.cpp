// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/wan_run.h"

#include "engine/core/sampling.h"
#include "engine/pipeline/decode.h"
#include "engine/pipeline/experts.h"
#include "engine/pipeline/text_stage.h"
#include "engine/tensor/memory_meter.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/rng.h"
#include "engine/tensor/weight_reader.h"

namespace kinora::pipeline {
namespace {

/// Expected shares of a run: passes read every token, decoding costs by pixels. From measurements of mini; for larger
/// models the share of decoding is smaller, and the meter's time left corrects itself.
std::vector<ProgressMeter::Share> shares(const WanModel& model, const GenerationInputs& inputs) {
  const core::GenerationRequest& request = inputs.plan.request;
  const double denoising = 2.5 * core::networkPasses(request);
  std::vector<ProgressMeter::Share> out{{core::Stage::Text, 1}, {core::Stage::Encode, 1}};
  if (drawsFirstFrame(model, inputs)) {
    const auto frames = static_cast<double>(model.configs.vae.latentFrames(request.frames));
    out.push_back({core::Stage::Denoise, denoising / frames, request.steps});
  }
  out.push_back({core::Stage::Denoise, denoising});
  out.push_back({core::Stage::Decode, 60});
  return out;
}

/// Of the seed's noise for the first frame. The clip's own is stream 0, and samplers that add noise take 1 and on, one
/// for each step.
constexpr std::uint64_t kFirstFrameStream = std::uint64_t{1} << 32;

}  // namespace

WanRun::WanRun(WanModel& model, const GenerationInputs& inputs, const GenerationObserver& observer,
               core::MemoryPlan memory, tensor::StopCheck stop)
    : m_context{model,
                inputs,
                observer,
                std::move(stop),
                Dump(inputs.dumpDirectory),
                ProgressMeter(shares(model, inputs), observer.progress),
                memory,
                {}} {}

core::Result<GenerationReport> WanRun::run(core::FrameSink& sink) {
  try {
    return runStages(sink);
  } catch (const RunFailed& failed) {
    return failed.error;
  }
}

template <class Stage>
auto WanRun::metered(const char* name, const Stage& stage) {
  tensor::resetMeteredPeak();
  auto result = stage();
  m_context.report.tensorPeaks[name] = tensor::meteredPeak();
  return result;
}

void WanRun::freeIdle() {
  if (m_context.memory.keepIdle) return;
  WanModel& model = m_context.model;
  model.textEncoder.reset();
  model.clip.reset();
  model.experts->free();
}

core::Result<void> WanRun::loadExpert() {
  const Timer timer(m_context.report.timings["load"]);
  auto loaded = needExpert(m_context.model, 0, m_context.stop);
  if (!loaded) return loaded.error();
  return {};
}

core::Result<GenerationReport> WanRun::runStages(core::FrameSink& sink) {
  if (auto fits = checkInputs(); !fits) return fits.error();
  freeIdle();
  auto text = metered("text", [&] { return encodeText(m_context); });
  if (!text) return text.error();
  freeIdle();
  auto conditioning = metered("encode", [&] { return makeConditioning(m_context, std::move(text).value()); });
  if (!conditioning) return conditioning.error();
  freeIdle();
  if (auto loaded = loadExpert(); !loaded) return loaded.error();
  auto latents = metered("denoise", [&] { return denoiseClip(*conditioning); });
  if (!latents) return latents.error();
  freeIdle();
  auto decoded = metered("decode", [&] { return decode(m_context, *latents, sink); });
  if (!decoded) return decoded.error();
  GenerationReport& report = m_context.report;
  report.seed = m_context.request().seed.value_or(0);
  report.memory = m_context.memory;
  report.device = tensor::idsOf(m_context.model.placement.devices);
  report.dtype = m_context.model.placement.dtypeWord();
  return report;
}

core::Result<at::Tensor> WanRun::denoiseClip(Conditioning& conditioning) {
  if (drawsFirstFrame(m_context.model, m_context.inputs)) {
    const auto noise = startNoise(Target::FirstFrame, latentShape(1));
    if (!noise) return noise.error();
    Conditioning textAlone;
    textAlone.text = conditioning.text;
    auto frame = denoise(m_context, textAlone, *noise, Target::FirstFrame);
    if (!frame) return frame.error();
    conditioning.firstFrame = std::move(frame).value();
  }
  const auto noise = startNoise(Target::Clip, latentShape(latentFrames() + conditioning.references));
  if (!noise) return noise.error();
  return denoise(m_context, conditioning, *noise, Target::Clip);
}

std::int64_t WanRun::latentFrames() const {
  return m_context.model.configs.vae.latentFrames(m_context.request().frames);
}

std::vector<std::int64_t> WanRun::latentShape(std::int64_t frames) const {
  const wan::VaeConfig& vae = m_context.model.configs.vae;
  const core::Size size = m_context.request().size;
  return {1, vae.latentChannels, frames, size.height / vae.spatialStride(), size.width / vae.spatialStride()};
}

core::Result<void> WanRun::checkInputs() const {
  const wan::VaeConfig& vae = m_context.model.configs.vae;
  const auto& patch = m_context.model.configs.transformer.patch;
  const core::GenerationRequest& request = m_context.request();
  const core::Size size = request.size;
  if (size.isEmpty() || size.width % (vae.spatialStride() * patch[2]) ||
      size.height % (vae.spatialStride() * patch[1]) || request.frames < 1 ||
      (request.frames - 1) % vae.temporalStride()) {
    return core::Error{core::ErrorCode::InvalidInput,
                       "size or frames do not fit the model; got " + std::to_string(size.width) + "x" +
                           std::to_string(size.height) + " and " + std::to_string(request.frames) + " frames",
                       "request"};
  }
  if (auto fits = checkPictures(m_context); !fits) return fits;
  const auto shape = latentShape(latentFrames());
  return wan::checkLatentSize(m_context.model.configs.transformer, shape[2], shape[3], shape[4]);
}

core::Result<at::Tensor> WanRun::startNoise(Target target, const std::vector<std::int64_t>& shape) const {
  const core::GenerationRequest& request = m_context.request();
  const bool first = target == Target::FirstFrame;
  const auto seeded = [&] {
    return tensor::normal(request.seed.value_or(0), first ? kFirstFrameStream : 0, shape).to(m_context.device());
  };
  if (request.noiseFile.empty()) return seeded();
  auto file = tensor::WeightFile::open(request.noiseFile);
  if (!file) return file.error();
  const std::string name = std::string(prefixOf(target)) + "noise";
  const tensor::TensorInfo* info = (*file)->find(name);
  if (!info && first) return seeded();
  if (!info || info->shape != shape || info->dtype != "F32") {
    return core::Error{core::ErrorCode::InvalidInput,
                       "no fitting noise; expected a tensor \"" + name + "\" of F32 " + tensor::shapeText(shape) +
                           ", got " + (info ? info->dtype + " " + tensor::shapeText(info->shape) : "none"),
                       request.noiseFile};
  }
  const at::Tensor noise = tensor::storedTensor(*file, *info).clone().to(m_context.device());
  if (!allFinite(noise))
    return core::Error{core::ErrorCode::InvalidInput, "the noise has values that are no numbers", request.noiseFile};
  return noise;
}

}  // namespace kinora::pipeline
