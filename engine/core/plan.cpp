// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/plan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cmath>
#include <string_view>

#include "engine/core/model_fit.h"
#include "engine/core/plan_cost.h"
#include "engine/core/plan_sampling.h"
#include "engine/core/plan_size.h"
#include "engine/core/sampling.h"

namespace kinora::core {
namespace {

constexpr int kDraftPromptLimit = 2500;
constexpr double kLongestDraft = 30;  ///< seconds
constexpr double kMaxControlScale = 10;
constexpr double kMaxLoraWeight = 10;  ///< either sign
constexpr int kMaxFps = 120;
constexpr std::int64_t kMaxRatePart = 1'000'000;
constexpr int kMaxThreads = 1024;
constexpr int kMaxSide = 16'384;
constexpr std::array kExperts{"", "high", "low"};
constexpr std::array kDtypes{"", "auto", "f32", "bf16", "f16", "int8", "fp8"};

std::string sizeText(Size size) {
  return std::to_string(size.width) + "×" + std::to_string(size.height);
}

std::int64_t codePoints(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// Nothing but spaces and control characters, which the prompt cleaner takes away.
bool isBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F;
  });
}

template <class List>
bool contains(const List& list, const std::string& word) {
  return std::any_of(list.begin(), list.end(), [&](const char* entry) { return word == entry; });
}

bool isDevice(const std::string& text) {
  if (const auto comma = text.find(','); comma != std::string::npos) {
    const std::string first = text.substr(0, comma);
    return first != "auto" && !first.empty() && comma + 1 < text.size() && isDevice(first) &&
           text.substr(comma + 1) != "auto" && isDevice(text.substr(comma + 1));
  }
  if (text.empty() || text == "auto" || text == "cpu" || text == "cuda") return true;
  if (text.rfind("cuda:", 0) != 0 || text.size() < 6 || text.size() > 8) return false;
  return std::all_of(text.begin() + 5, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Works through one request; each check adds its faults and fills in its part of the plan.
class Planner {
 public:
  Planner(const GenerationRequest& request, const Edition* edition, const ModelInfo& model, const PlanContext& context)
      : m_request(request), m_edition(edition), m_model(model), m_context(context) {
    m_result.plan.request = request;
  }

  PlanResult run() {
    checkText();
    checkModel();
    checkPictures();
    checkControl();
    checkSampling();
    checkLoras();
    checkMachine();
    planSize();
    planLength();
    planCost();
    return std::move(m_result);
  }

 private:
  GenerationRequest& filled() { return m_result.plan.request; }
  void fault(const char* field, const char* key, std::string message, std::vector<std::string> args = {},
             ErrorCode code = ErrorCode::InvalidInput) {
    m_result.faults.push_back({field, code, std::move(message), key, std::move(args)});
  }
  void note(std::string text) { m_result.plan.notes.push_back(std::move(text)); }
  void outOfRange(const char* field, const char* key, double value, double low, double high) {
    m_result.faults.push_back(core::outOfRange(field, key, value, low, high));
  }
  /// Exact arithmetic with any rate that passes stays far inside 64 bits.
  bool rateFits() const {
    const Rational& fps = m_request.fps;
    return fps.num() <= kMaxRatePart && fps.den() <= kMaxRatePart && fps.toDouble() >= 1 && fps.toDouble() <= kMaxFps;
  }
  bool hasStart() const { return !m_request.startImage.empty(); }
  bool hasEnd() const { return !m_request.endImage.empty(); }

  void checkText();
  void checkModel();
  void checkPictures();
  void notePicture(Size picture, const char* which);
  void checkControl();
  void checkSampling();
  void checkLoras();
  void checkMachine();
  void planSize();
  double aspect();
  void planLength();
  void planEditionLength();
  void planDraftLength();
  std::int64_t roundFrames(std::int64_t frames) const;
  void planCost();

  const GenerationRequest& m_request;
  const Edition* m_edition;
  const ModelInfo& m_model;
  const PlanContext& m_context;
  PlanResult m_result;
};

void Planner::checkText() {
  const int limit = m_edition ? m_edition->promptLimit : kDraftPromptLimit;
  const auto checkLength = [&](const char* field, const std::string& text) {
    const std::int64_t count = codePoints(text);
    if (count <= limit) return;
    fault(
        field, "prompt-too-long",
        std::string(field) + " has " + std::to_string(count) + " characters; expected at most " + std::to_string(limit),
        {std::to_string(count), std::to_string(limit)});
  };
  checkLength("prompt", m_request.prompt);
  checkLength("negativePrompt", m_request.negativePrompt);
  if (!hasStart() && !Wishes(m_request).control && isBlank(m_request.prompt))
    fault("prompt", "prompt-empty", "the prompt is empty; expected a text or a start picture");
}

void Planner::checkModel() {
  filled().model = m_model.id;
  if (!m_model.problem.empty()) {
    fault("model", "model-unusable", "the model " + m_model.name + " cannot be used: " + m_model.problem,
          {m_model.name, m_model.problem}, ErrorCode::ModelMismatch);
  }
  for (Fault& fault : modelFaults(m_request, m_model, m_context.installed)) m_result.faults.push_back(std::move(fault));
}

void Planner::checkPictures() {
  if (hasEnd() && !hasStart() && !m_model.control)
    fault("endImage", "end-needs-start", "there is an end picture without a start picture; expected both");
  if (m_edition) {
    const std::string name = m_edition->name + " " + m_edition->quality + " " + m_edition->version;
    if (!hasStart() && !m_edition->textToVideo)
      fault("startImage", "edition-needs-image", "the edition " + name + " starts from a picture; expected one",
            {name});
    if (hasStart() && !m_edition->imageToVideo)
      fault("startImage", "edition-text-only", "the edition " + name + " takes no start picture", {name});
    if (hasEnd() && !m_edition->endFrame)
      fault("endImage", "no-end-frame", "the edition " + name + " takes no end picture", {name});
  }
  if (hasStart()) notePicture(m_context.startImage, "start");
  if (hasEnd()) notePicture(m_context.endImage, "end");
}

/// Small and very long pictures are taken as they are, and said so.
void Planner::notePicture(Size picture, const char* which) {
  if (picture.isEmpty()) return;
  if (std::min(picture.width, picture.height) < kSmallestPictureSide) {
    note(std::string(which) + " picture " + sizeText(picture) + " is small; at least " +
         std::to_string(kSmallestPictureSide) + " pixels a side look better");
  }
  const double own = static_cast<double>(picture.width) / picture.height;
  if (own < 1 / kLongestAspect || own > kLongestAspect)
    note(std::string(which) + " picture " + sizeText(picture) + " is cropped to 1:2.5 or 2.5:1");
}

void Planner::checkControl() {
  GenerationRequest& r = filled();
  if (!r.controlMask.empty() && r.controlVideo.empty())
    fault("controlMask", "mask-needs-control", "there is a mask without a control video; expected both");
  if (r.controlScale && !(*r.controlScale >= 0 && *r.controlScale <= kMaxControlScale))
    outOfRange("controlScale", "control-scale-range", *r.controlScale, 0, kMaxControlScale);
  if (r.controlScale && !m_model.control) note("the control scale has no effect: this model takes no control");
}

void Planner::checkSampling() {
  planSampling(m_model, m_result);
}

void Planner::checkLoras() {
  for (const LoraUse& lora : m_request.loras) {
    // Written so that not-a-number fails too.
    if (!(std::abs(lora.weight) <= kMaxLoraWeight))
      outOfRange("loras", "lora-weight-range", lora.weight, -kMaxLoraWeight, kMaxLoraWeight);
    if (!contains(kExperts, lora.expert)) {
      fault("loras", "lora-expert-unknown", "expert of a LoRA; expected high or low, got \"" + lora.expert + "\"",
            {lora.expert});
    } else if (!lora.expert.empty() && m_model.parts.transformer2.empty()) {
      fault("loras", "lora-one-expert",
            "the model " + m_model.name + " has one expert; expected a LoRA without choice of one, got " + lora.expert,
            {m_model.name}, ErrorCode::ModelMismatch);
    }
  }
}

void Planner::checkMachine() {
  const GenerationRequest& r = m_request;
  if (!isDevice(r.device))
    fault("device", "device-unknown",
          "device; expected auto, cpu, cuda or cuda:N, or several of these with commas, got \"" + r.device + "\"",
          {r.device});
  if (!r.detail.empty() && r.detail != "off")
    fault("detail", "detail-unknown", "detail; expected off or nothing, got \"" + r.detail + "\"", {r.detail});
  if (!contains(kDtypes, r.dtype))
    fault("dtype", "dtype-unknown", "dtype; expected auto, f32, bf16, f16, int8 or fp8, got \"" + r.dtype + "\"",
          {r.dtype});
  if (r.threads < 0 || r.threads > kMaxThreads) outOfRange("threads", "threads-range", r.threads, 0, kMaxThreads);
  if (!(r.memoryGiB >= 0 && r.memoryGiB <= 1e6)) outOfRange("memoryGiB", "memory-range", r.memoryGiB, 0, 1e6);
}

/// Width over height of what is to be made; 0 (and a fault) if the request's is not one we know.
double Planner::aspect() {
  const std::optional<double> named = namedAspect(m_request.aspect);
  if (!named) {
    fault("aspect", "aspect-unknown", "aspect; expected 16:9, 9:16 or 1:1, got \"" + m_request.aspect + "\"",
          {m_request.aspect});
    return 0;
  }
  const Size picture = hasStart() ? m_context.startImage : Size{};
  if (*named > 0) {
    const double own = picture.isEmpty() ? *named : static_cast<double>(picture.width) / picture.height;
    if (std::abs(own / *named - 1) > 0.02)
      note("start picture " + sizeText(picture) + " is cropped to " + m_request.aspect);
    return *named;
  }
  if (picture.isEmpty()) return 0;
  return std::clamp(static_cast<double>(picture.width) / picture.height, 1 / kLongestAspect, kLongestAspect);
}

void Planner::planSize() {
  const double ratio = aspect();
  Size& size = filled().size;
  if (size == Size{}) {
    size = nativeSizeFor(m_model, ratio);
  } else if (size.isEmpty()) {
    fault("size", "size-invalid", "size; expected a width and a height of 1 or more, got " + sizeText(size),
          {sizeText(size)});
    size = nativeSizeFor(m_model, ratio);
  } else {
    const int multiple = std::max(1, m_model.sizeMultiple);
    const Size rounded{roundToMultiple(size.width, multiple), roundToMultiple(size.height, multiple)};
    if (rounded != size)
      note("size " + sizeText(size) + " → " + sizeText(rounded) + " (multiples of " + std::to_string(multiple) + ")");
    size = rounded;
  }
  Plan& plan = m_result.plan;
  plan.outputSize = m_edition ? editionSize(m_edition->shortSide, ratio) : size;
  if (m_edition && plan.outputSize != size)
    note(m_model.name + " " + sizeText(size) + " → " + sizeText(plan.outputSize));
}

/// Up to the next temporalStride·k + 1.
std::int64_t Planner::roundFrames(std::int64_t frames) const {
  const std::int64_t stride = std::max(1, m_model.temporalStride);
  return (std::max<std::int64_t>(frames, 1) - 1 + stride - 1) / stride * stride + 1;
}

void Planner::planLength() {
  if (!m_request.fps.isZero() && !rateFits()) outOfRange("fps", "fps-range", m_request.fps.toDouble(), 1, kMaxFps);
  if (m_request.frames < 0) outOfRange("frames", "frames-range", m_request.frames, 1, INT_MAX);
  if (!m_request.seconds.isZero() && !m_request.seconds.isPositive())
    outOfRange("seconds", "seconds-range", m_request.seconds.toDouble(), 0, kLongestDraft);
  if (m_edition) {
    planEditionLength();
  } else {
    planDraftLength();
  }
}

void Planner::planEditionLength() {
  Plan& plan = m_result.plan;
  GenerationRequest& r = filled();
  if (r.seconds.isZero() && !m_edition->prices.empty()) r.seconds = Rational(m_edition->prices.front().seconds);
  const auto& prices = m_edition->prices;
  const auto row = std::find_if(prices.begin(), prices.end(),
                                [&](const Edition::Price& p) { return Rational(p.seconds) == r.seconds; });
  if (row == prices.end()) {
    std::string offered;
    for (const Edition::Price& p : prices) offered += (offered.empty() ? "" : " or ") + std::to_string(p.seconds);
    const std::string got = numberText(r.seconds.toDouble());
    fault("seconds", "length-not-offered", "length; expected " + offered + " s for this edition, got " + got + " s",
          {got, offered});
    return;
  }
  plan.credits = row->credits;
  plan.outputFps = m_edition->fps;
  plan.modelFps = m_model.fps;
  if (!r.fps.isZero() && r.fps != m_edition->fps)
    note("frame rate " + numberText(r.fps.toDouble()) + " → " + numberText(m_edition->fps.toDouble()) + " (edition)");
  r.fps = m_edition->fps;
  plan.outputFrames = (r.seconds * m_edition->fps).round();
  const std::int64_t frames = roundFrames(std::llround(row->seconds * m_model.fps.toDouble()));
  if (r.frames > 0 && r.frames != frames) {
    fault("frames", "frames-with-edition",
          "frames; an edition's length is given in seconds, expected none or " + std::to_string(frames) + ", got " +
              std::to_string(r.frames),
          {std::to_string(r.frames), std::to_string(frames)});
  }
  r.frames = static_cast<int>(frames);
}

void Planner::planDraftLength() {
  Plan& plan = m_result.plan;
  GenerationRequest& r = filled();
  if (!rateFits()) r.fps = m_model.fps;
  plan.outputFps = r.fps;
  plan.modelFps = r.fps;
  const double rate = r.fps.toDouble();
  double wanted = m_model.frames;
  if (m_request.frames > 0) {
    wanted = m_request.frames;
  } else if (m_request.seconds.isPositive()) {
    wanted = std::round(m_request.seconds.toDouble() * rate);
  }
  const double most = static_cast<double>(roundFrames(std::llround(kLongestDraft * rate)));
  if (wanted > most) {
    const std::string seconds = numberText(rate > 0 ? wanted / rate : 0);
    fault(m_request.frames > 0 ? "frames" : "seconds", "too-long",
          "length; expected at most " + numberText(kLongestDraft) + " s, got " + seconds + " s",
          {seconds, numberText(kLongestDraft)});
    wanted = std::min(wanted, 1e9);  // still what the memory is worked out for
  }
  const std::int64_t frames = roundFrames(static_cast<std::int64_t>(wanted));
  if (m_request.frames > 0 && frames != m_request.frames) {
    note("frames " + std::to_string(m_request.frames) + " → " + std::to_string(frames) + " (" +
         std::to_string(m_model.temporalStride) + "k+1)");
  }
  if (m_request.frames <= 0 && m_request.seconds.isPositive())
    note("length " + numberText(m_request.seconds.toDouble()) + " s → " + std::to_string(frames) + " frames");
  r.frames = static_cast<int>(frames);
  r.seconds = Rational(frames) / r.fps;
  plan.outputFrames = frames;
}

void Planner::planCost() {
  Plan& plan = m_result.plan;
  const GenerationRequest& r = plan.request;
  CostInput input;
  input.size = r.size;
  input.frames = r.frames;
  input.passes = std::max(1, networkPasses(r));
  input.references = static_cast<int>(r.references.size());
  input.pictures = !r.startImage.empty();
  const Cost cost = estimateCost(m_model, input);
  plan.tokens = static_cast<int>(std::min(cost.tokens, static_cast<double>(INT_MAX)));
  plan.work = cost.tflop;
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  // What a GPU has is not known here: the run itself plans with it.
  double limit = r.device.rfind("cuda", 0) == 0 ? 0 : static_cast<double>(m_context.memoryBytes);
  if (r.memoryGiB > 0) limit = r.memoryGiB * kGiB;
  plan.memory = planMemory(m_model, r, limit);
  plan.peakBytes = static_cast<std::uint64_t>(std::min(plan.memory.peak(), 1e18));

  const bool sizeGiven = m_request.size != Size{};
  const bool lengthGiven = m_request.frames > 0 || m_request.seconds.isPositive();
  const char* field = sizeGiven || !lengthGiven ? "size" : "frames";
  const std::string what = sizeText(r.size) + " with " + std::to_string(r.frames) + " frames";
  if (std::max(r.size.width, r.size.height) > kMaxSide) {
    const std::string most = std::to_string(kMaxSide);
    fault(field, "too-large", what + "; expected at most " + most + " pixels a side", {most}, ErrorCode::OutOfMemory);
  } else if (!plan.memory.fits) {
    const MemoryShortage shortage = memoryShortage(m_model, r, limit);
    fault(field, shortage.fitting ? "too-big" : "too-big-anyhow", shortage.text, shortage.args, ErrorCode::OutOfMemory);
  }
}

}  // namespace

PlanResult plan(const GenerationRequest& request, const Edition* edition, const ModelInfo& model,
                const PlanContext& context) {
  return Planner(request, edition, model, context).run();
}

}  // namespace kinora::core
