// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipeline/wan_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/diffusion/guidance.h"
#include "engine/diffusion/sampler.h"
#include "engine/image/resample.h"
#include "engine/pipeline/delivery.h"
#include "engine/pipeline/pixels.h"
#include "engine/tensor/pch.h"
#include "engine/tensor/rng.h"
#include "engine/tensor/safetensors.h"
#include "engine/wan/prompt_cleaner.h"

namespace kinora::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

/// Adds the seconds it lives to a timing.
class Timer {
 public:
  explicit Timer(double& seconds) : m_seconds(seconds) {}
  ~Timer() { m_seconds += std::chrono::duration<double>(Clock::now() - m_began).count(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  double& m_seconds;
  Clock::time_point m_began = Clock::now();
};

/// Carries a sink's error out of the decoder.
struct SinkFailed {
  core::Error error;
};

/// Expected shares of a run: a step reads every token twice with guidance, decoding costs by pixels. From measurements
/// of mini; for larger models the share of decoding is smaller, and the meter's time left corrects itself.
std::vector<ProgressMeter::Share> shares(const core::GenerationRequest& request) {
  const double steps = request.steps * (request.guidance.value_or(1.0) > 1 ? 2.0 : 1.0);
  return {
      {core::Stage::Text, 1}, {core::Stage::Encode, 1}, {core::Stage::Denoise, 2.5 * steps}, {core::Stage::Decode, 60}};
}

at::Device atenDevice(const WanModel& model) {
  return tensor::atDevice(model.device);
}

}  // namespace

WanRun::WanRun(const WanModel& model, const GenerationInputs& inputs, const GenerationObserver& observer,
               tensor::StopCheck stop)
    : m_model(model),
      m_inputs(inputs),
      m_request(inputs.plan.request),
      m_observer(observer),
      m_stop(std::move(stop)),
      m_dump(inputs.dumpDirectory),
      m_progress(shares(inputs.plan.request), observer.progress) {}

core::Result<GenerationReport> WanRun::run(core::FrameSink& sink) {
  if (auto fits = checkInputs(); !fits) return fits.error();
  auto text = encodeText();
  if (!text) return text.error();
  const Conditioning conditioning{std::move(text).value(), encodePicture()};
  auto noise = startNoise();
  if (!noise) return noise.error();
  auto latents = denoise(conditioning, std::move(noise).value());
  if (!latents) return latents.error();
  if (auto decoded = decode(*latents, sink); !decoded) return decoded.error();
  m_report.seed = m_request.seed.value_or(0);
  m_report.device = m_model.device.id();
  m_report.dtype = tensor::dtypeWord(m_model.dtype);
  return m_report;
}

std::vector<std::int64_t> WanRun::latentShape() const {
  const wan::VaeConfig& vae = m_model.configs.vae;
  return {1, vae.latentChannels, vae.latentFrames(m_request.frames), m_request.size.height / vae.spatialStride(),
          m_request.size.width / vae.spatialStride()};
}

core::Result<void> WanRun::checkInputs() const {
  const wan::VaeConfig& vae = m_model.configs.vae;
  const auto& patch = m_model.configs.transformer.patch;
  const core::Size size = m_request.size;
  if (size.isEmpty() || size.width % (vae.spatialStride() * patch[2]) ||
      size.height % (vae.spatialStride() * patch[1]) || m_request.frames < 1 ||
      (m_request.frames - 1) % vae.temporalStride()) {
    return core::Error{core::ErrorCode::InvalidInput,
                       "size or frames do not fit the model; got " + std::to_string(size.width) + "x" +
                           std::to_string(size.height) + " and " + std::to_string(m_request.frames) + " frames",
                       "request"};
  }
  if (!m_inputs.startImage.isNull() && !m_model.configs.index.expandTimesteps) {
    return core::Error{core::ErrorCode::ModelMismatch,
                       "this model makes video from text only; choose one that takes a picture", m_inputs.model.id};
  }
  if (!m_inputs.endImage.isNull()) {
    return core::Error{core::ErrorCode::ModelMismatch, "this model takes no end frame", m_inputs.model.id};
  }
  if (!m_request.loras.empty()) {
    return core::Error{core::ErrorCode::Unsupported, "LoRA files are not run yet; leave them out",
                       m_request.loras.front().file};
  }
  const auto shape = latentShape();
  return m_model.transformer->checkSize(shape[2], shape[3], shape[4]);
}

core::Result<wan::TextContext> WanRun::encodeText() {
  const Timer timer(m_report.timings["text"]);
  m_progress.advance(core::Stage::Text, 0, 1);
  const auto encode = [this](const std::string& prompt, std::vector<std::int64_t>& ids) {
    ids = m_model.tokenizer->encode(wan::cleanPrompt(prompt));
    return m_model.textEncoder->encode(ids, m_stop);
  };
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> negativeIds;
  std::vector<at::Tensor> rows{encode(m_request.prompt, ids)};
  if (guidance() > 1) rows.push_back(encode(m_request.negativePrompt, negativeIds));
  if (m_dump.enabled()) {
    const std::vector<std::int64_t> padded = wan::Tokenizer::padded(ids);
    const at::Tensor idTensor = at::tensor(padded, at::kLong).unsqueeze(0);
    const at::Tensor negative = rows.size() > 1 ? wan::TextEncoder::padded(rows[1]) : at::Tensor();
    if (auto written = m_dump.prompt(idTensor, wan::TextEncoder::padded(rows[0]), negative); !written)
      return written.error();
  }
  wan::TextContext context = m_model.transformer->prepareText(rows, m_stop);
  m_progress.advance(core::Stage::Text, 1, 1);
  return context;
}

at::Tensor WanRun::encodePicture() {
  if (m_inputs.startImage.isNull()) return {};
  const Timer timer(m_report.timings["encode"]);
  // The whole picture in the output's shape is squeezed to the model's, and delivery stretches it back: nothing that
  // the user sees in the picture is cut off.
  const core::Size output = m_inputs.plan.outputSize;
  const core::Size whole = image::fitSize(output, m_inputs.startImage.size());
  const core::Frame fitted = image::resizeLanczos(image::coverCrop(m_inputs.startImage, whole), m_request.size);
  const at::Tensor latent = m_model.vae.encode(toTensor(fitted).to(atenDevice(m_model)), m_stop);
  m_progress.advance(core::Stage::Encode, 1, 1);
  return latent;
}

core::Result<at::Tensor> WanRun::startNoise() const {
  const std::vector<std::int64_t> shape = latentShape();
  if (m_request.noiseFile.empty()) return tensor::normal(m_request.seed.value_or(0), 0, shape).to(atenDevice(m_model));
  auto file = tensor::SafetensorsFile::open(m_request.noiseFile);
  if (!file) return file.error();
  const tensor::TensorInfo* info = (*file)->find("noise");
  if (!info || info->shape != shape || info->dtype != "F32") {
    return core::Error{core::ErrorCode::InvalidInput,
                       "no fitting noise; expected a tensor \"noise\" of F32 " + tensor::shapeText(shape) + ", got " +
                           (info ? info->dtype + " " + tensor::shapeText(info->shape) : "none"),
                       m_request.noiseFile};
  }
  return (*file)->tensor(*info).clone().to(atenDevice(m_model));
}

at::Tensor WanRun::withFirstFrame(const at::Tensor& latents, const at::Tensor& firstFrame) {
  if (!firstFrame.defined()) return latents;
  return at::cat({firstFrame, latents.slice(2, 1)}, 2);
}

bool WanRun::batchesGuidance() const {
  // One pass of twice the batch saves overhead, which counts for small models only; it doubles the activations.
  constexpr std::int64_t kBatchedElements = 16 << 20;
  const auto shape = latentShape();
  const std::int64_t tokens = shape[2] * shape[3] * shape[4] / m_model.configs.transformer.patchVolume();
  return tokens * m_model.configs.transformer.dim() < kBatchedElements;
}

core::Result<at::Tensor> WanRun::denoise(const Conditioning& conditioning, at::Tensor latents) {
  const Timer timer(m_report.timings["denoise"]);
  auto sampler = diffusion::makeSampler(m_request.sampler, {m_request.steps, m_request.shift.value_or(1.0)});
  if (!sampler) return sampler.error();
  const wan::TextContext prompt = conditioning.text.only(0);
  const wan::TextContext negative = conditioning.text.batch() > 1 ? conditioning.text.only(1) : prompt;
  const auto network = [&](const at::Tensor& x, double timestep, int, diffusion::Branch branch) {
    const wan::TextContext& text = branch == diffusion::Branch::Both            ? conditioning.text
                                   : branch == diffusion::Branch::Unconditional ? negative
                                                                                : prompt;
    return m_model.transformer->forward(withFirstFrame(x, conditioning.firstFrame), timestep, conditioning.hasPicture(),
                                        text, m_stop);
  };
  const diffusion::Denoiser guided = diffusion::guided(network, {guidance(), batchesGuidance()});

  at::Tensor clean;  // the network's guess of the finished latents, for the preview
  const auto denoiser = [&](const at::Tensor& x, double timestep, int step) {
    const at::Tensor velocity = guided(x, timestep, step);
    if (m_observer.preview) {
      clean = withFirstFrame(x - (*sampler)->schedule().sigmas[static_cast<std::size_t>(step)] * velocity,
                             conditioning.firstFrame);
    }
    return velocity;
  };
  core::Result<void> written;
  m_progress.advance(core::Stage::Denoise, 0, m_request.steps);
  latents = diffusion::sample(**sampler, denoiser, latents, m_stop, [&](const at::Tensor& x, int done) {
    if (written) written = m_dump.step(done - 1, x);
    m_progress.advance(core::Stage::Denoise, done, m_request.steps);
    showPreview(clean, done);
  });
  if (!written) return written.error();
  latents = withFirstFrame(latents, conditioning.firstFrame);
  if (!at::isfinite(latents).all().item<bool>()) {
    return core::Error{core::ErrorCode::Corrupt,
                       "the model made values that are no numbers; its weights may be damaged, or f32 is needed",
                       "denoise"};
  }
  if (auto saved = m_dump.latents(latents); !saved) return saved.error();
  return latents;
}

/// Shows another moment of the clip after each step, so that the preview moves.
void WanRun::showPreview(const at::Tensor& latents, int done) const {
  if (!m_observer.preview || !latents.defined()) return;
  // A preview may cost little: large latents are averaged down first.
  constexpr std::int64_t kCells = 400;
  const std::int64_t frame = done % latents.size(2);
  at::Tensor small = latents.select(2, frame);
  if (const std::int64_t cells = small.size(2) * small.size(3); cells > kCells) {
    const auto wanted = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(cells) / kCells)));
    const std::int64_t factor = std::min({wanted, small.size(2), small.size(3)});  // a strip stays a strip
    small = at::avg_pool2d(small, {factor, factor});
  }
  m_observer.preview(toFrame(m_model.vae.decodeFrame(small.unsqueeze(2), 0, m_stop), 0));
}

core::Result<void> WanRun::decode(const at::Tensor& latents, core::FrameSink& sink) {
  const Timer timer(m_report.timings["decode"]);
  const core::Plan& plan = m_inputs.plan;
  // A plan made without a model's rate delivers frames one for one.
  const core::Rational inputFps = plan.modelFps.isPositive() ? plan.modelFps : plan.outputFps;
  Delivery delivery({inputFps, plan.outputSize, plan.outputFps, plan.outputFrames, m_inputs.startImage.isNull()}, sink);
  double delivering = 0;
  std::vector<at::Tensor> dumped;
  int done = 0;
  const auto sendChunk = [&](const at::Tensor& video) {
    if (m_dump.enabled()) dumped.push_back(video);
    const Timer pushing(delivering);
    for (std::int64_t i = 0; i < video.size(2); ++i) {
      m_stop();
      if (auto pushed = delivery.push(toFrame(video, i)); !pushed) throw SinkFailed{pushed.error()};
      m_progress.advance(core::Stage::Decode, ++done, m_request.frames);
    }
  };
  try {
    const std::int64_t chunk = std::min(m_model.vae.suggestedChunk(latents.size(3), latents.size(4)),
                                        std::max<std::int64_t>(1, latents.size(2) / 4));
    m_model.vae.decodeChunks(latents, chunk, sendChunk, m_stop);
  } catch (const SinkFailed& failed) {
    return failed.error;
  }
  if (auto rest = delivery.finish(); !rest) return rest;
  m_report.frames = delivery.delivered();
  m_report.timings["deliver"] = delivering;
  if (m_dump.enabled()) return m_dump.video(at::cat(dumped, 2));
  return {};
}

}  // namespace kinora::pipeline
