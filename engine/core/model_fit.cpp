// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/model_fit.h"

namespace kinora::core {
namespace {

constexpr int kNamesInMessage = 5;

/// Names of the usable models that could, "Mini, Wan 2.2 I2V"; "" for none.
std::string namesOfSuitable(const GenerationRequest& request, std::span<const ModelInfo> installed) {
  std::string names;
  int count = 0;
  for (const ModelInfo& model : installed) {
    if (!suits(model, request)) continue;
    if (++count > kNamesInMessage) return names + ", …";
    names += (names.empty() ? "" : ", ") + model.name;
  }
  return names;
}

/// One way in which a model may not fit.
struct Rule {
  bool broken;
  const char* field;
  const char* key;
  const char* what;      ///< behind "the model NAME "
  const char* expected;  ///< what kind of model would do
};

}  // namespace

Wishes::Wishes(const GenerationRequest& request)
    : start(!request.startImage.empty()),
      end(!request.endImage.empty()),
      control(!request.controlVideo.empty() || !request.controlMask.empty() || !request.references.empty()) {}

bool suits(const ModelInfo& model, const GenerationRequest& request) {
  const Wishes wishes(request);
  return model.problem.empty() && (wishes.start ? model.imageToVideo : model.textToVideo) &&
         (!wishes.end || model.endFrame) && (wishes.end || !model.needsEndFrame) && (!wishes.control || model.control);
}

std::vector<Fault> modelFaults(const GenerationRequest& request, const ModelInfo& model,
                               std::span<const ModelInfo> installed) {
  const Wishes wishes(request);
  const Rule rules[] = {
      {wishes.start && !model.imageToVideo, "model", "model-text-only", "makes video from text only",
       "one that takes a picture"},
      {!wishes.start && !model.textToVideo, "model", "model-needs-image", "needs a start picture",
       "one, or a text-to-video model"},
      {wishes.end && !model.endFrame, "endImage", "model-no-end-frame", "takes no end picture",
       "one made for first and last frames"},
      {!wishes.end && wishes.start && model.needsEndFrame, "endImage", "model-needs-end",
       "needs an end picture beside the start picture", "one, or a model that takes a start picture alone"},
      {wishes.control && !model.control, "controlVideo", "model-no-control",
       "takes no control video, mask or reference pictures", "a VACE model"},
  };
  std::vector<Fault> faults;
  const std::string names = namesOfSuitable(request, installed);
  for (const Rule& rule : rules) {
    if (!rule.broken) continue;
    const std::string could =
        names.empty() ? "; none that is installed could do this request" : "; of those installed these could: " + names;
    faults.push_back({rule.field,
                      ErrorCode::ModelMismatch,
                      "the model " + model.name + " " + rule.what + "; expected " + rule.expected + could,
                      rule.key,
                      {model.name, names}});
  }
  return faults;
}

}  // namespace kinora::core
