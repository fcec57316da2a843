// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QFileInfo>

#include "ui/session/engine_client.h"

namespace kinora::session {
namespace {

/// One sentence a fault key; %1, %2, … are the fault's args in order.
struct FaultTexts {
  Q_DECLARE_TR_FUNCTIONS(FaultTexts)

 public:
  struct Row {
    const char* key;
    const char* text;
    bool firstIsPath = false;  ///< shown as a file name
  };
  static const Row* find(const QString& key);
  static QString sentence(const Row& row) { return tr(row.text); }
};

constexpr FaultTexts::Row kRows[] = {
    {"picture-unreadable",
     QT_TRANSLATE_NOOP("FaultTexts", "%1 cannot be read as a picture. Choose a JPEG, PNG or WebP file."), true},
    {"edition-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no edition “%1”. Choose Standard, Master or Draft.")},
    {"model-unknown",
     QT_TRANSLATE_NOOP("FaultTexts", "No installed model can make this. Choose another model or mode.")},
    {"model-unusable", QT_TRANSLATE_NOOP("FaultTexts", "The model %1 cannot be used: %2. Choose another.")},
    {"model-text-only",
     QT_TRANSLATE_NOOP("FaultTexts",
                       "The model %1 makes video from text only. Remove the start picture or choose another model.")},
    {"model-needs-image",
     QT_TRANSLATE_NOOP("FaultTexts", "The model %1 needs a start picture. Drop one on Start or choose another model.")},
    {"model-no-end-frame",
     QT_TRANSLATE_NOOP("FaultTexts", "The model %1 takes no end picture. Remove it or choose another model.")},
    {"model-needs-end",
     QT_TRANSLATE_NOOP("FaultTexts",
                       "The model %1 needs an end picture too. Drop one on End or choose another model.")},
    {"model-no-control",
     QT_TRANSLATE_NOOP("FaultTexts", "The model %1 takes no control video or references. Choose a VACE model.")},
    {"mask-needs-control",
     QT_TRANSLATE_NOOP("FaultTexts", "A mask needs the control video that it belongs to. Give both.")},
    {"control-scale-range", QT_TRANSLATE_NOOP("FaultTexts", "Control scale: %2 to %3 are possible, not %1.")},
    {"video-unreadable",
     QT_TRANSLATE_NOOP("FaultTexts", "%1 cannot be read as a video or a picture. Choose another file."), true},
    {"prompt-too-long",
     QT_TRANSLATE_NOOP("FaultTexts", "The text has %1 characters; at most %2 are possible. Shorten it.")},
    {"prompt-empty", QT_TRANSLATE_NOOP("FaultTexts", "Describe what should happen, or drop a start picture.")},
    {"end-needs-start", QT_TRANSLATE_NOOP("FaultTexts", "An end picture needs a start picture. Drop one on Start.")},
    {"edition-needs-image",
     QT_TRANSLATE_NOOP("FaultTexts", "%1 starts from a picture. Drop one on Start, or choose Master or Draft.")},
    {"edition-text-only",
     QT_TRANSLATE_NOOP("FaultTexts", "%1 takes no start picture. Remove it or choose another edition.")},
    {"no-end-frame", QT_TRANSLATE_NOOP("FaultTexts", "%1 takes no end picture. Remove it or choose Standard 1080p.")},
    {"steps-range", QT_TRANSLATE_NOOP("FaultTexts", "Steps: %2 to %3 are possible, not %1.")},
    {"guidance-range", QT_TRANSLATE_NOOP("FaultTexts", "Guidance: %2 to %3 are possible, not %1.")},
    {"shift-range", QT_TRANSLATE_NOOP("FaultTexts", "Shift: more than %2 and at most %3 is possible, not %1.")},
    {"fps-range", QT_TRANSLATE_NOOP("FaultTexts", "Frame rate: %2 to %3 are possible, not %1.")},
    {"frames-range", QT_TRANSLATE_NOOP("FaultTexts", "Frames: at least %2 is needed, not %1.")},
    {"seconds-range", QT_TRANSLATE_NOOP("FaultTexts", "Length: more than %2 and at most %3 s are possible, not %1.")},
    {"threads-range", QT_TRANSLATE_NOOP("FaultTexts", "Threads: %2 to %3 are possible, not %1.")},
    {"memory-range", QT_TRANSLATE_NOOP("FaultTexts", "Memory limit: %2 to %3 GiB are possible, not %1.")},
    {"sampler-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no sampler “%1”. Possible are %2.")},
    {"steps-fixed", QT_TRANSLATE_NOOP("FaultTexts", "The sampler %1 takes %2 steps, not %3. Set Steps to Auto.")},
    {"guidance-kind-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no kind of guidance “%1”. Possible are %2.")},
    {"nag-range", QT_TRANSLATE_NOOP("FaultTexts", "Negative guidance: %2 to %3 are possible, not %1.")},
    {"nag-tau-range", QT_TRANSLATE_NOOP("FaultTexts", "Limit of negative guidance: %2 to %3 are possible, not %1.")},
    {"nag-alpha-range", QT_TRANSLATE_NOOP("FaultTexts", "Share of negative guidance: %2 to %3 are possible, not %1.")},
    {"skip-layers-range",
     QT_TRANSLATE_NOOP("FaultTexts", "Skipped layers: the model has layers %2 to %3, but no layer %1.")},
    {"skip-scale-range", QT_TRANSLATE_NOOP("FaultTexts", "Strength of skipped layers: %2 to %3 are possible, not %1.")},
    {"skip-span",
     QT_TRANSLATE_NOOP("FaultTexts",
                       "Steps with skipped layers: the first share must be below the second, not %1 and %2.")},
    {"cache-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no step caching “%1”. Possible are %2.")},
    {"cache-threshold-range", QT_TRANSLATE_NOOP("FaultTexts", "Caching threshold: %2 to %3 are possible, not %1.")},
    {"lora-missing", QT_TRANSLATE_NOOP("FaultTexts", "The LoRA file %1 is not there. Remove it or add it again."),
     true},
    {"lora-weight-range", QT_TRANSLATE_NOOP("FaultTexts", "LoRA weight: %2 to %3 are possible, not %1.")},
    {"lora-expert-unknown", QT_TRANSLATE_NOOP("FaultTexts", "A LoRA is for the high or the low expert, not for “%1”.")},
    {"lora-one-expert",
     QT_TRANSLATE_NOOP("FaultTexts", "The model %1 has one expert. Let the LoRA apply to the whole model.")},
    {"device-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no device “%1”. Choose Automatic, CPU or CUDA.")},
    {"detail-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no setting “%1” for detail. Choose Kept or Off.")},
    {"dtype-unknown",
     QT_TRANSLATE_NOOP("FaultTexts", "There is no number format “%1”. Choose Automatic, f32 or bf16.")},
    {"aspect-unknown", QT_TRANSLATE_NOOP("FaultTexts", "There is no aspect “%1”. Choose 16:9, 9:16 or 1:1.")},
    {"size-invalid",
     QT_TRANSLATE_NOOP("FaultTexts", "A size of %1 cannot be. Give a width and a height of 1 or more.")},
    {"length-not-offered", QT_TRANSLATE_NOOP("FaultTexts", "This edition offers %2 s, not %1 s.")},
    {"frames-with-edition",
     QT_TRANSLATE_NOOP("FaultTexts", "An edition’s length is given in seconds. Clear the frames or set them to %2.")},
    {"too-long", QT_TRANSLATE_NOOP("FaultTexts", "At most %2 s are possible, not %1 s.")},
    {"too-big",
     QT_TRANSLATE_NOOP("FaultTexts", "This would take %1 of memory (%2 is there). %3 with %4 frames would fit.")},
    {"too-big-anyhow",
     QT_TRANSLATE_NOOP(
         "FaultTexts",
         "This would take %1 of memory, and %2 is too little for this model at any size. Choose a smaller model.")},
    {"too-large", QT_TRANSLATE_NOOP("FaultTexts", "At most %1 pixels a side are possible.")},
};

const FaultTexts::Row* FaultTexts::find(const QString& key) {
  for (const Row& row : kRows) {
    if (key == QLatin1String(row.key)) return &row;
  }
  return nullptr;
}

}  // namespace

QString faultText(const core::Fault& fault) {
  const FaultTexts::Row* row = FaultTexts::find(QString::fromStdString(fault.key));
  if (!row) return QString::fromStdString(fault.message);
  // In one pass, so that a % inside an argument is never taken for a place.
  const QString sentence = FaultTexts::sentence(*row);
  QString text;
  for (qsizetype i = 0; i < sentence.size(); ++i) {
    const int number = sentence[i] == u'%' && i + 1 < sentence.size() ? sentence[i + 1].digitValue() : -1;
    if (number < 1 || static_cast<std::size_t>(number) > fault.args.size()) {
      text += sentence[i];
      continue;
    }
    const QString value = QString::fromStdString(fault.args[static_cast<std::size_t>(number) - 1]);
    text += number == 1 && row->firstIsPath ? QFileInfo(value).fileName() : value;
    ++i;
  }
  return text;
}

}  // namespace kinora::session
