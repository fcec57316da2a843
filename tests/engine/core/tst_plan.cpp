// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/core/plan.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace kinora::core;

namespace {

ModelInfo mini() {
  ModelInfo model;
  model.id = "mini";
  model.name = "Mini";
  model.architecture = "wan2.2-ti2v";
  model.bytes = 14'000'000;
  model.textToVideo = model.imageToVideo = true;
  model.nativeSize = {128, 80};
  model.fps = 12;
  model.frames = 25;
  model.steps = 12;
  model.guidance = 3;
  model.shift = 3;
  model.latentChannels = 12;
  model.dim = 192;
  model.ffnDim = 768;
  model.layers = 6;
  model.textDim = 128;
  model.decoderBaseDim = 32;
  model.parameters = 3'900'000;
  model.memory.heads = 4;
  model.memory.inChannels = 12;
  model.memory.text = {128, 256, 2, 4, 32, "F16"};
  model.memory.vae = {24, 32, 12, 1, 2, true, {1, 2, 2}, {true, true}};
  return model;
}

ModelInfo wan5b() {
  ModelInfo model = mini();
  model.id = model.name = "5b";
  model.nativeSize = {1280, 704};
  model.fps = 24;
  model.frames = 121;
  model.steps = 50;
  model.spatialStride = 16;
  model.sizeMultiple = 32;
  model.latentChannels = 48;
  model.dim = 3072;
  model.ffnDim = 14336;
  model.layers = 30;
  model.textDim = 4096;
  model.decoderBaseDim = 256;
  model.parameters = 4'999'787'712;
  model.bytes = 34'000'000'000;
  model.memory.heads = 24;
  model.memory.inChannels = 48;
  model.memory.stored = "BF16";
  model.memory.text = {4096, 10240, 24, 64, 64, "BF16"};
  model.memory.vae = {160, 256, 48, 2, 2, true, {1, 2, 4, 4}, {false, true, true}};
  return model;
}

Edition standard(int shortSide = 720, bool endFrame = false) {
  Edition edition;
  edition.id = "standard";
  edition.name = "standard";
  edition.version = "2.1";
  edition.quality = std::to_string(shortSide) + "p";
  edition.imageToVideo = true;
  edition.endFrame = endFrame;
  edition.shortSide = shortSide;
  edition.prices = {{5, 20}, {10, 40}};
  return edition;
}

Edition master() {
  Edition edition = standard(1080);
  edition.id = edition.name = "master";
  edition.textToVideo = true;
  edition.prices = {{5, 100}, {10, 200}};
  return edition;
}

GenerationRequest text(const std::string& prompt = "a cat") {
  GenerationRequest request;
  request.prompt = prompt;
  return request;
}

GenerationRequest image() {
  GenerationRequest request = text();
  request.startImage = "/pictures/cat.png";
  return request;
}

/// "field:key field:key"
std::string faults(const PlanResult& result) {
  std::string all;
  for (const Fault& fault : result.faults) {
    all.append(all.empty() ? "" : " ").append(fault.field).append(":").append(fault.key);
    CHECK_FALSE(fault.message.empty());
  }
  return all;
}

bool noted(const Plan& plan, const std::string& words) {
  for (const std::string& note : plan.notes) {
    if (note.find(words) != std::string::npos) return true;
  }
  return false;
}

Plan good(const GenerationRequest& request, const Edition* edition = nullptr, const ModelInfo& model = mini(),
          const PlanContext& context = {}) {
  const PlanResult result = plan(request, edition, model, context);
  CHECK(faults(result) == "");
  return result.plan;
}

}  // namespace

TEST_CASE("draft: every default comes from the model") {
  const Plan p = good(text());
  CHECK(p.request.model == "mini");
  CHECK(p.request.size == Size{128, 80});
  CHECK(p.request.frames == 25);
  CHECK(p.request.fps == Rational(12));
  CHECK(p.request.seconds == Rational(25, 12));
  CHECK(p.request.steps == 12);
  CHECK(p.request.guidance == 3.0);
  CHECK(p.request.shift == 3.0);
  CHECK(p.request.sampler == "unipc");
  CHECK(p.outputSize == Size{128, 80});
  CHECK(p.outputFps == Rational(12));
  CHECK(p.modelFps == Rational(12));
  CHECK(p.outputFrames == 25);
  CHECK(p.credits == 0);
  CHECK(p.tokens == 7 * 8 * 5);
  CHECK(p.work > 0);
  CHECK(p.peakBytes > 14'000'000);
  CHECK(p.notes.empty());
}

TEST_CASE("draft: what the request says goes before the model") {
  GenerationRequest r = text();
  r.size = {96, 96};
  r.frames = 9;
  r.fps = Rational(24000, 1001);
  r.steps = 4;
  r.guidance = 0;
  r.shift = 5;
  r.sampler = "euler";
  r.seed = 7;
  const Plan p = good(r);
  CHECK(p.request.size == Size{96, 96});
  CHECK(p.request.frames == 9);
  CHECK(p.outputFps == Rational(24000, 1001));
  CHECK(p.outputFrames == 9);
  CHECK(p.request.steps == 4);
  CHECK(p.request.guidance == 0.0);
  CHECK(p.request.shift == 5.0);
  CHECK(p.request.sampler == "euler");
  CHECK(p.request.seed == 7);
}

TEST_CASE("draft: frames round up to 4k+1 and say so") {
  struct Row {
    int asked, made;
  };
  for (const Row row : {Row{1, 1}, Row{2, 5}, Row{5, 5}, Row{80, 81}, Row{81, 81}, Row{82, 85}}) {
    GenerationRequest r = text();
    r.frames = row.asked;
    const Plan p = good(r);
    CHECK(p.request.frames == row.made);
    CHECK(p.outputFrames == row.made);
    CHECK(noted(p, "frames " + std::to_string(row.asked) + " → " + std::to_string(row.made)) ==
          (row.asked != row.made));
  }
}

TEST_CASE("draft: a length in seconds becomes frames at the clip's rate; frames win over seconds") {
  GenerationRequest r = text();
  r.seconds = 2;
  CHECK(good(r).request.frames == 25);
  r.seconds = Rational(5, 2);
  CHECK(good(r).request.frames == 33);
  r.fps = 24;
  CHECK(good(r).request.frames == 61);
  r.frames = 9;
  CHECK(good(r).request.frames == 9);
}

TEST_CASE("sizes round to what the model can do and say so") {
  GenerationRequest r = text();
  r.size = {130, 75};
  Plan p = good(r);
  CHECK(p.request.size == Size{128, 80});
  CHECK(noted(p, "size 130×75 → 128×80"));
  r.size = {1, 7};
  CHECK(good(r).request.size == Size{16, 16});
  r.size = {64, 48};
  CHECK(good(r).notes.empty());
}

TEST_CASE("aspects keep the model's native area") {
  GenerationRequest r = text();
  const auto sized = [&](const char* aspect, const ModelInfo& model) {
    r.aspect = aspect;
    return good(r, nullptr, model).request.size;
  };
  CHECK(sized("16:9", mini()) == Size{128, 80});
  CHECK(sized("9:16", mini()) == Size{80, 128});
  CHECK(sized("1:1", mini()) == Size{96, 96});
  CHECK(sized("16:9", wan5b()) == Size{1280, 704});
  CHECK(sized("9:16", wan5b()) == Size{704, 1280});
  CHECK(sized("1:1", wan5b()) == Size{960, 928});  // the reference's own choice for a square picture
}

TEST_CASE("a picture's own aspect, as the reference chooses the size") {
  PlanContext context;
  const auto sized = [&](Size picture, const ModelInfo& model) {
    context.startImage = picture;
    return good(image(), nullptr, model, context).request.size;
  };
  CHECK(sized({1600, 1200}, wan5b()) == Size{1088, 800});
  CHECK(sized({1200, 1600}, wan5b()) == Size{800, 1088});
  CHECK(sized({1920, 1080}, wan5b()) == Size{1280, 704});  // 16:9 is the native size itself
  CHECK(sized({1600, 900}, mini()) == Size{128, 80});
  CHECK(sized({0, 0}, mini()) == Size{128, 80});  // not readable: the caller has said so
}

TEST_CASE("an aspect that is asked for crops the picture and says so") {
  GenerationRequest r = image();
  r.aspect = "1:1";
  PlanContext context;
  context.startImage = {1920, 1080};
  const Plan p = good(r, nullptr, mini(), context);
  CHECK(p.request.size == Size{96, 96});
  CHECK(noted(p, "cropped to 1:1"));
  r.aspect = "16:9";
  CHECK_FALSE(noted(good(r, nullptr, mini(), context), "cropped"));
}

TEST_CASE("small and very long pictures are taken, with a note") {
  PlanContext context;
  context.startImage = {1, 1};
  CHECK(noted(good(image(), nullptr, mini(), context), "small"));
  context.startImage = {20'000, 400};
  const Plan wide = good(image(), nullptr, mini(), context);
  CHECK(noted(wide, "cropped to 1:2.5"));
  CHECK(wide.request.size.width <= 3 * wide.request.size.height);
  context.startImage = {1, 20'000};
  CHECK(noted(good(image(), nullptr, mini(), context), "cropped"));
  context.startImage = {INT_MAX, 1};
  CHECK(good(image(), nullptr, mini(), context).request.size.height > 0);
}

TEST_CASE("edition: promised size, rate, length and price") {
  const Edition hd = standard(720);
  PlanContext context;
  context.startImage = {1600, 900};
  GenerationRequest r = image();
  const Plan p = good(r, &hd, mini(), context);
  CHECK(p.outputSize == Size{1280, 720});
  CHECK(p.outputFps == Rational(24));
  CHECK(p.modelFps == Rational(12));
  CHECK(p.outputFrames == 120);
  CHECK(p.credits == 20);
  CHECK(p.request.seconds == Rational(5));
  CHECK(p.request.frames == 61);  // 5 s × 12, to 4k+1
  CHECK(p.request.size == Size{128, 80});
  CHECK(noted(p, "Mini 128×80 → 1280×720"));
  r.seconds = 10;
  const Plan ten = good(r, &hd, mini(), context);
  CHECK(ten.credits == 40);
  CHECK(ten.outputFrames == 240);
  CHECK(ten.request.frames == 121);
}

TEST_CASE("edition: output follows the aspect, the long side even") {
  const Edition full = master();
  GenerationRequest r = text();
  r.aspect = "9:16";
  CHECK(good(r, &full).outputSize == Size{1080, 1920});
  r.aspect = "1:1";
  CHECK(good(r, &full).outputSize == Size{1080, 1080});
  r.aspect = "";
  CHECK(good(r, &full).outputSize == Size{1920, 1080});
  PlanContext context;
  context.startImage = {1000, 667};
  const Plan p = good(image(), &full, mini(), context);
  CHECK(p.outputSize.height == 1080);
  CHECK(p.outputSize.width == 1620);
  CHECK(p.outputSize.width % 2 == 0);
}

TEST_CASE("edition: lengths that are not offered, frames that do not fit") {
  const Edition full = master();
  GenerationRequest r = text();
  r.seconds = 7;
  CHECK(faults(plan(r, &full, mini(), {})) == "seconds:length-not-offered");
  r.seconds = 5;
  r.frames = 25;
  CHECK(faults(plan(r, &full, mini(), {})) == "frames:frames-with-edition");
  r.frames = 61;
  CHECK(faults(plan(r, &full, mini(), {})) == "");
  r.fps = 30;
  CHECK(noted(good(r, &full), "30 → 24"));
}

TEST_CASE("a plan's own request gives the same plan again") {
  const Edition full = master();
  PlanContext context;
  context.startImage = {1000, 667};
  for (const Edition* edition : {static_cast<const Edition*>(nullptr), &full}) {
    for (GenerationRequest r : {text(), image()}) {
      if (!edition) r.seconds = Rational(7, 3);
      r.aspect = r.startImage.empty() ? "9:16" : "";
      const Plan first = good(r, edition, mini(), context);
      const Plan second = good(first.request, edition, mini(), context);
      CHECK(second.request == first.request);
      CHECK(second.outputSize == first.outputSize);
      CHECK(second.outputFrames == first.outputFrames);
      CHECK(second.credits == first.credits);
      CHECK(second.tokens == first.tokens);
      CHECK(requestFromJson(toJson(first.request)).value() == first.request);
    }
  }
}

TEST_CASE("rules of editions") {
  const Edition hd = standard(720);
  const Edition full = standard(1080, true);
  CHECK(faults(plan(text(), &hd, mini(), {})) == "startImage:edition-needs-image");
  GenerationRequest both = image();
  both.endImage = "/pictures/end.png";
  ModelInfo ends = mini();
  ends.endFrame = true;
  CHECK(faults(plan(both, &hd, ends, {})) == "endImage:no-end-frame");
  CHECK(faults(plan(both, &full, ends, {})) == "");
  Edition textOnly = master();
  textOnly.imageToVideo = false;
  CHECK(faults(plan(image(), &textOnly, mini(), {})) == "startImage:edition-text-only");
  GenerationRequest endOnly = text();
  endOnly.endImage = "/pictures/end.png";
  CHECK(faults(plan(endOnly, nullptr, ends, {})) == "endImage:end-needs-start");
}

TEST_CASE("rules of models, with what is needed instead") {
  ModelInfo textOnly = mini();
  textOnly.imageToVideo = false;
  const PlanResult result = plan(image(), nullptr, textOnly, {});
  REQUIRE(faults(result) == "model:model-text-only");
  CHECK(result.faults[0].code == ErrorCode::ModelMismatch);
  CHECK(result.faults[0].message.find("takes a picture") != std::string::npos);
  ModelInfo imageOnly = mini();
  imageOnly.textToVideo = false;
  CHECK(faults(plan(text(), nullptr, imageOnly, {})) == "model:model-needs-image");
  GenerationRequest end = image();
  end.endImage = "/pictures/end.png";
  CHECK(faults(plan(end, nullptr, mini(), {})) == "endImage:model-no-end-frame");
  ModelInfo firstLast = mini();
  firstLast.endFrame = firstLast.needsEndFrame = true;
  CHECK(faults(plan(image(), nullptr, firstLast, {})) == "endImage:model-needs-end");
  CHECK(faults(plan(end, nullptr, firstLast, {})) == "");
  ModelInfo broken = mini();
  broken.problem = "vae/x is missing";
  CHECK(faults(plan(text(), nullptr, broken, {})) == "model:model-unusable");
}

TEST_CASE("a wrong model's fault names the installed models that could") {
  std::vector<ModelInfo> installed(4, mini());
  installed[0].name = "Text";
  installed[0].imageToVideo = false;
  installed[1].name = "Pictures";
  installed[2].name = "Broken";
  installed[2].problem = "vae/x is missing";
  installed[3].name = "Both ends";
  installed[3].endFrame = true;
  PlanContext context;
  context.installed = installed;
  const Fault one = plan(image(), nullptr, installed[0], context).faults.at(0);
  CHECK(one.message.find("these could: Pictures, Both ends") != std::string::npos);
  CHECK(one.args == std::vector<std::string>{"Text", "Pictures, Both ends"});
  GenerationRequest end = image();
  end.endImage = "/pictures/end.png";
  CHECK(plan(end, nullptr, installed[1], context).faults.at(0).message.find("these could: Both ends") !=
        std::string::npos);
  GenerationRequest control = text();
  control.controlVideo = "/clips/dance.mp4";
  CHECK(plan(control, nullptr, installed[1], context).faults.at(0).message.find("none that is installed") !=
        std::string::npos);
  installed.insert(installed.end(), 9, installed[1]);
  context.installed = installed;
  CHECK(plan(image(), nullptr, installed[0], context).faults.at(0).message.find("Pictures, …") != std::string::npos);
}

TEST_CASE("control: for models that have it, with its rules") {
  ModelInfo vace = mini();
  vace.control = vace.endFrame = true;
  GenerationRequest r = text("");
  r.controlVideo = "/clips/dance.mp4";
  r.references = {"/pictures/dancer.png"};
  r.controlScale = 0.8;
  CHECK(faults(plan(r, nullptr, mini(), {})) == "controlVideo:model-no-control");
  CHECK(faults(plan(r, nullptr, vace, {})) == "");  // what the control shows is enough: no prompt is needed
  r.controlMask = "/pictures/mask.png";
  CHECK(faults(plan(r, nullptr, vace, {})) == "");
  r.controlVideo.clear();
  CHECK(faults(plan(r, nullptr, vace, {})) == "controlMask:mask-needs-control");
  r.controlMask.clear();
  for (const double scale : {-0.1, 10.5, std::numeric_limits<double>::quiet_NaN()}) {
    r.controlScale = scale;
    CHECK(faults(plan(r, nullptr, vace, {})) == "controlScale:control-scale-range");
  }
  GenerationRequest endOnly = text();
  endOnly.endImage = "/pictures/end.png";
  CHECK(faults(plan(endOnly, nullptr, vace, {})) == "");
  GenerationRequest scaled = text();
  scaled.controlScale = 1;
  CHECK(noted(good(scaled, nullptr, mini()), "no effect"));
}

TEST_CASE("two experts: a guidance each") {
  ModelInfo experts = mini();
  experts.guidance = 4;
  experts.guidance2 = 3;
  GenerationRequest r = text();
  CHECK(*good(r, nullptr, experts).request.guidance2 == 3);
  r.guidance = 5;  // as upstream: one that is given holds for both
  CHECK(*good(r, nullptr, experts).request.guidance2 == 5);
  r.guidance2 = 2;
  CHECK(*good(r, nullptr, experts).request.guidance2 == 2);
  r.guidance = 1;
  CHECK(noted(good(r, nullptr, experts), "no effect"));
  CHECK_FALSE(good(text(), nullptr, mini()).request.guidance2);
}

TEST_CASE("Wan 2.1 and A14B floor both sides of a picture's size, TI2V takes the better one") {
  ModelInfo model = wan5b();
  model.architecture = "wan2.2-i2v-a14b";
  model.nativeSize = {1280, 720};
  model.spatialStride = 8;
  model.sizeMultiple = 16;
  PlanContext context;
  const auto sized = [&](Size picture) {
    context.startImage = picture;
    return good(image(), nullptr, model, context).request.size;
  };
  // lat_h = ⌊⌊√(720·1280·h/w)/8⌋/2⌋·2, lat_w likewise, times 8
  CHECK(sized({1000, 1000}) == Size{960, 960});
  CHECK(sized({1600, 1200}) == Size{1104, 816});
  CHECK(sized({1200, 1600}) == Size{816, 1104});
  CHECK(sized({1920, 1080}) == Size{1280, 720});
  model.nativeSize = {832, 480};
  CHECK(sized({1000, 1000}) == Size{624, 624});
}

TEST_CASE("prompts: counted in characters, empty only with a picture") {
  const auto prompt = [](const std::string& words) { return faults(plan(text(words), nullptr, mini(), {})); };
  CHECK(prompt("") == "prompt:prompt-empty");
  CHECK(prompt(" \n\t\x01 ") == "prompt:prompt-empty");
  CHECK(prompt(std::string(2500, 'x')) == "");
  CHECK(prompt(std::string(2501, 'x')) == "prompt:prompt-too-long");
  std::string cats;
  for (int i = 0; i < 2500; ++i) cats += "猫";
  CHECK(prompt(cats) == "");
  CHECK(prompt(cats + "🎬") == "prompt:prompt-too-long");
  CHECK(prompt("control \x07 characters and \u202Eright to left") == "");
  GenerationRequest r = image();
  r.prompt.clear();
  CHECK(faults(plan(r, nullptr, mini(), {})) == "");
  r.negativePrompt = std::string(2501, 'x');
  const PlanResult result = plan(r, nullptr, mini(), {});
  REQUIRE(faults(result) == "negativePrompt:prompt-too-long");
  CHECK(result.faults[0].args == std::vector<std::string>{"2501", "2500"});
  Edition strict = master();
  strict.promptLimit = 3;
  CHECK(faults(plan(text("four"), &strict, mini(), {})) == "prompt:prompt-too-long");
}

TEST_CASE("numbers out of range, each at its field") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto check = [](auto change, const char* expected) {
    GenerationRequest r = text();
    change(r);
    CHECK(faults(plan(r, nullptr, mini(), {})) == expected);
  };
  check([](auto& r) { r.steps = -1; }, "steps:steps-range");
  check([](auto& r) { r.steps = 201; }, "steps:steps-range");
  check([](auto& r) { r.steps = 200; }, "");
  check([](auto& r) { r.guidance = -0.1; }, "guidance:guidance-range");
  check([](auto& r) { r.guidance = 30.5; }, "guidance:guidance-range");
  check([&](auto& r) { r.guidance = nan; }, "guidance:guidance-range");
  check([&](auto& r) { r.guidance2 = nan; }, "guidance2:guidance-range");
  check([](auto& r) { r.shift = 0; }, "shift:shift-range");
  check([&](auto& r) { r.shift = INFINITY; }, "shift:shift-range");
  check([](auto& r) { r.fps = 1000; }, "fps:fps-range");
  check([](auto& r) { r.fps = Rational(-24); }, "fps:fps-range");
  check([](auto& r) { r.fps = Rational(INT64_MAX, INT64_MAX - 1); }, "fps:fps-range");
  check([](auto& r) { r.frames = -5; }, "frames:frames-range");
  check([](auto& r) { r.seconds = Rational(-5); }, "seconds:seconds-range");
  check([](auto& r) { r.size = {-5, 10}; }, "size:size-invalid");
  check([](auto& r) { r.size = {0, 10}; }, "size:size-invalid");
  check([](auto& r) { r.threads = -1; }, "threads:threads-range");
  check([&](auto& r) { r.memoryGiB = nan; }, "memoryGiB:memory-range");
  check([](auto& r) { r.memoryGiB = -1; }, "memoryGiB:memory-range");
}

TEST_CASE("words that are not known, each at its field") {
  const auto check = [](auto change, const char* expected) {
    GenerationRequest r = text();
    change(r);
    CHECK(faults(plan(r, nullptr, mini(), {})) == expected);
  };
  check([](auto& r) { r.sampler = "magic"; }, "sampler:sampler-unknown");
  check([](auto& r) { r.sampler = "dpm++"; }, "");
  check([](auto& r) { r.aspect = "4:3"; }, "aspect:aspect-unknown");
  check([](auto& r) { r.dtype = "f8"; }, "dtype:dtype-unknown");
  check([](auto& r) { r.detail = "on"; }, "detail:detail-unknown");
  for (const char* device : {"", "auto", "cpu", "cuda", "cuda:0", "cuda:15", "cuda:0,cuda:1", "cpu,cpu,cpu"})
    check([&](auto& r) { r.device = device; }, "");
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:99999", "CPU", ",", "cpu,", ",cpu", "auto,cpu",
                             "cpu,auto", "cuda:0,gpu"})
    check([&](auto& r) { r.device = device; }, "device:device-unknown");
}

TEST_CASE("LoRAs: weight and expert") {
  const auto check = [](std::vector<LoraUse> loras, const char* expected, const char* secondExpert = "") {
    GenerationRequest r = text();
    r.loras = std::move(loras);
    ModelInfo model = mini();
    model.parts.transformer2 = secondExpert;
    CHECK(faults(plan(r, nullptr, model, {})) == expected);
  };
  check({{"a.safetensors", 1.0}, {"b.safetensors", -10.0}, {"c.safetensors", 0.0}}, "");
  check({{"a.safetensors", 10.5}}, "loras:lora-weight-range");
  check({{"a.safetensors", std::nan("")}}, "loras:lora-weight-range");
  check({{"a.safetensors", 1.0, "middle"}}, "loras:lora-expert-unknown");
  check({{"a.safetensors", 1.0, "low"}}, "loras:lora-one-expert");
  check({{"a.safetensors", 1.0, "low"}, {"b.safetensors", 1.0, "high"}}, "", "/model/transformer_2");
}

TEST_CASE("all faults at once") {
  GenerationRequest r;
  r.steps = 999;
  r.sampler = "magic";
  r.aspect = "4:3";
  r.seconds = 7;
  const Edition hd = standard();
  CHECK(faults(plan(r, &hd, mini(), {})) ==
        "prompt:prompt-empty startImage:edition-needs-image steps:steps-range sampler:sampler-unknown "
        "aspect:aspect-unknown seconds:length-not-offered");
}

TEST_CASE("too big is refused with the memory it would take") {
  PlanContext context;
  context.memoryBytes = 8ull << 30;
  GenerationRequest r = text();
  r.size = {8192, 8192};
  r.frames = 81;
  const PlanResult big = plan(r, nullptr, mini(), context);
  REQUIRE(faults(big) == "size:too-big");
  CHECK(big.faults[0].code == ErrorCode::OutOfMemory);
  REQUIRE(big.faults[0].args.size() == 4);
  CHECK(big.faults[0].args[0].find("GiB") != std::string::npos);
  CHECK(big.faults[0].args[1] == "8.0 GiB");
  for (const std::string& arg : big.faults[0].args) CHECK(big.faults[0].message.find(arg) != std::string::npos);
  // What is named does fit.
  r.size = {std::stoi(big.faults[0].args[2]),
            std::stoi(big.faults[0].args[2].substr(big.faults[0].args[2].find("×") + 2))};
  r.frames = std::stoi(big.faults[0].args[3]);
  CHECK(faults(plan(r, nullptr, mini(), context)) == "");
  context.memoryBytes = 1ull << 30;
  CHECK(faults(plan(text(), nullptr, wan5b(), context)) == "size:too-big-anyhow");
  CHECK(faults(plan(text(), nullptr, mini(), context)) == "");
}

TEST_CASE("absurd numbers are refused and never overflow") {
  for (const std::uint64_t memory : {std::uint64_t{0}, std::uint64_t{8} << 30}) {
    PlanContext context;
    context.memoryBytes = memory;
    GenerationRequest r = text();
    r.size = {INT_MAX, INT_MAX};
    PlanResult result = plan(r, nullptr, mini(), context);
    CHECK(faults(result) == "size:too-large");
    CHECK(result.plan.tokens > 0);
    CHECK(result.plan.peakBytes > 1ull << 40);
    CHECK(std::isfinite(result.plan.work));
    r.frames = INT_MAX;
    r.steps = INT_MAX;
    result = plan(r, nullptr, mini(), context);
    CHECK(faults(result) == "steps:steps-range frames:too-long size:too-large");
    CHECK(result.plan.request.frames > 0);
  }
  GenerationRequest r = text();
  r.seconds = Rational(INT64_MAX);
  CHECK(faults(plan(r, nullptr, mini(), {})) == "seconds:too-long");
  r.seconds = Rational(INT64_MAX, INT64_MAX - 1);
  CHECK(faults(plan(r, nullptr, mini(), {})) == "");
  r.seconds = 30;
  CHECK(faults(plan(r, nullptr, mini(), {})) == "");
  r.seconds = 31;
  CHECK(faults(plan(r, nullptr, mini(), {})) == "seconds:too-long");
}

TEST_CASE("a model without geometry gives faults or numbers, never a crash") {
  ModelInfo empty;
  empty.problem = "broken";
  empty.sizeMultiple = 0;
  empty.temporalStride = 0;
  empty.spatialStride = 0;
  const PlanResult result = plan(text(), nullptr, empty, {});
  CHECK_FALSE(result.ok());
  CHECK(result.faults[0].key == "model-unusable");
}

TEST_CASE("work and tokens follow the published figures") {
  GenerationRequest r = text();
  r.steps = 1;
  r.guidance = 1;
  const Plan p = good(r, nullptr, wan5b());
  CHECK(p.tokens == 27'280);
  // One pass of the 5B model at 1280×704, 121 frames: 517 TFLOP; decoding about 2000.
  CHECK(p.work == doctest::Approx(517 + 2011).epsilon(0.1));
  r.guidance = 5;
  const double guided = good(r, nullptr, wan5b()).work;
  CHECK(guided - p.work == doctest::Approx(517).epsilon(0.02));
  r.steps = 11;
  CHECK(good(r, nullptr, wan5b()).work - guided == doctest::Approx(10 * 2 * 517).epsilon(0.02));
}

TEST_CASE("the request's limit goes before the machine's, and a GPU's is not known here") {
  GenerationRequest r = text();
  PlanContext context;
  context.memoryBytes = 1ull << 30;
  r.memoryGiB = 64;
  CHECK(faults(plan(r, nullptr, wan5b(), context)) == "");
  r.memoryGiB = 0;
  CHECK(faults(plan(r, nullptr, wan5b(), context)) == "size:too-big-anyhow");
  r.device = "cuda";
  CHECK(faults(plan(r, nullptr, wan5b(), context)) == "");
}

TEST_CASE("pictures, a control branch and references are work too") {
  GenerationRequest r = text();
  const double plain = good(r).work;
  ModelInfo model = mini();
  model.imageToVideo = true;
  model.memory.imageDim = 1280;
  model.memory.image = {1280, 5120, 31, 257, "F16"};
  CHECK(good(r, nullptr, model).work > plain);
  model = mini();
  model.control = true;
  model.memory.controlLayers = 3;
  const double controlled = good(r, nullptr, model).work;
  CHECK(controlled > plain);
  r.references = {"/pictures/cat.png"};
  const Plan referenced = good(r, nullptr, model);
  CHECK(referenced.work > controlled);
  CHECK(referenced.tokens == 8 * 8 * 5);
}
