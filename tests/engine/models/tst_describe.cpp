// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engine/models/model_catalogue.h"
#include "tests/engine/models/model_folder.h"

using namespace kinora;
using namespace kinora::test;
using core::ErrorCode;
using core::ModelInfo;
using models::describeModel;

namespace {

ModelInfo described(const ModelFiles& files) {
  const TemporaryFolder folder;
  files.write(folder.file("some-model"));
  const auto info = describeModel(folder.file("some-model"));
  REQUIRE_MESSAGE(info.ok(), (info.ok() ? std::string() : info.error().text()));
  return *info;
}

ErrorCode refused(const ModelFiles& files, const std::string& message) {
  const TemporaryFolder folder;
  files.write(folder.file("m"));
  const auto info = describeModel(folder.file("m"));
  REQUIRE_FALSE(info.ok());
  CHECK_MESSAGE(info.error().message.find(message) != std::string::npos, info.error().message);
  CHECK(info.error().context.find(folder.file("m")) == 0);
  return info.error().code;
}

}  // namespace

TEST_CASE("mini: its own description goes before the architecture's defaults") {
  const auto info = describeModel(KINORA_SOURCE_DIR "/resources/models/mini");
  REQUIRE(info.ok());
  CHECK(info->id == "mini");
  CHECK(info->name == "Mini");
  CHECK(info->problem == "");
  CHECK(info->architecture == "wan2.2-ti2v");
  CHECK(info->textToVideo);
  CHECK(info->imageToVideo);
  CHECK_FALSE(info->endFrame);
  CHECK_FALSE(info->nativeSize.isEmpty());
  CHECK(info->nativeSize.width % info->sizeMultiple == 0);
  CHECK(info->nativeSize.height % info->sizeMultiple == 0);
  CHECK(info->fps.isPositive());
  CHECK((info->frames - 1) % info->temporalStride == 0);
  CHECK(info->steps >= 1);
  CHECK(info->shift > 0);
  CHECK_FALSE(info->licence.empty());
  CHECK_FALSE(info->prompts.empty());
  CHECK(info->bytes > 1'000'000);
  CHECK(info->temporalStride == 4);
}

TEST_CASE("Wan 2.1 T2V 1.3B") {
  const ModelInfo info = described(ModelFiles());
  CHECK(info.architecture == "wan2.1-t2v");
  CHECK(info.problem == "");
  CHECK(info.textToVideo);
  CHECK_FALSE(info.imageToVideo);
  CHECK(info.nativeSize == core::Size{832, 480});
  CHECK(info.frames == 81);
  CHECK(info.fps == core::Rational(16));
  CHECK(info.steps == 50);
  CHECK(info.guidance == 5);
  CHECK(info.shift == 5);  // not the 3 of the file: the authors' own setting for this model
  CHECK(info.sampler == "unipc");
  CHECK(info.spatialStride == 8);
  CHECK(info.temporalStride == 4);
  CHECK(info.sizeMultiple == 16);
  CHECK(info.latentChannels == 16);
  CHECK(info.dim == 1536);
  CHECK(info.layers == 30);
  CHECK(info.decoderBaseDim == 96);
  CHECK(info.parameters == 1'418'996'800);
  CHECK(info.bytes == 123);
}

TEST_CASE("Wan 2.1 T2V 14B and Wan 2.2 TI2V 5B") {
  const ModelInfo large = described(ModelFiles::large());
  CHECK(large.architecture == "wan2.1-t2v");
  CHECK(large.nativeSize == core::Size{1280, 720});
  CHECK(large.parameters == 14'288'491'584);
  const ModelInfo ti2v = described(ModelFiles::ti2v());
  CHECK(ti2v.architecture == "wan2.2-ti2v");
  CHECK(ti2v.problem == "");
  CHECK(ti2v.textToVideo);
  CHECK(ti2v.imageToVideo);
  CHECK(ti2v.nativeSize == core::Size{1280, 704});
  CHECK(ti2v.frames == 121);
  CHECK(ti2v.fps == core::Rational(24));
  CHECK(ti2v.steps == 50);
  CHECK(ti2v.shift == 5);
  CHECK(ti2v.guidance == 5);
  CHECK(ti2v.spatialStride == 16);
  CHECK(ti2v.sizeMultiple == 32);
  CHECK(ti2v.decoderBaseDim == 256);
  CHECK(ti2v.parameters == 4'999'787'712);
}

TEST_CASE("Wan 2.1 I2V and FLF2V") {
  ModelFiles files = ModelFiles::large();
  files.index["_class_name"] = "WanImageToVideoPipeline";
  files.index["image_encoder"] = {"transformers", "CLIPVisionModel"};
  files.transformer["in_channels"] = 36;
  files.transformer["image_dim"] = 1280;
  const ModelInfo image = described(files);
  CHECK(image.architecture == "wan2.1-i2v");
  CHECK_FALSE(image.textToVideo);
  CHECK(image.imageToVideo);
  CHECK_FALSE(image.endFrame);
  CHECK(image.steps == 40);
  CHECK(image.shift == 5);
  CHECK(image.parameters == 16'394'878'784);
  CHECK(image.problem == "image_encoder/model.safetensors is missing");

  files.transformer["pos_embed_seq_len"] = 514;
  const ModelInfo firstLast = described(files);
  CHECK(firstLast.architecture == "wan2.1-flf2v");
  CHECK(firstLast.endFrame);
  CHECK(firstLast.needsEndFrame);
  CHECK(firstLast.steps == 50);
  CHECK(firstLast.shift == 16);
  CHECK(firstLast.parameters == 16'395'536'704);
}

TEST_CASE("Wan 2.2 A14B: two experts with a guidance each") {
  ModelFiles files = ModelFiles::large();
  files.index["transformer_2"] = {"diffusers", "WanTransformer3DModel"};
  files.index["boundary_ratio"] = 0.875;
  const ModelInfo text = described(files);
  CHECK(text.architecture == "wan2.2-t2v-a14b");
  CHECK(text.textToVideo);
  CHECK_FALSE(text.imageToVideo);
  CHECK(text.steps == 40);
  CHECK(text.guidance == 4);
  CHECK(text.guidance2 == 3);
  CHECK(text.shift == 12);  // not the 3 of the file
  CHECK(text.problem == "transformer_2/diffusion_pytorch_model.safetensors is missing");

  files.index["_class_name"] = "WanImageToVideoPipeline";
  files.index["boundary_ratio"] = 0.9;
  files.transformer["in_channels"] = 36;
  const ModelInfo image = described(files);
  CHECK(image.architecture == "wan2.2-i2v-a14b");
  CHECK_FALSE(image.textToVideo);
  CHECK(image.endFrame);
  CHECK_FALSE(image.needsEndFrame);
  CHECK(image.guidance == 3.5);
  CHECK(image.guidance2 == 3.5);
  CHECK(image.shift == 5);

  files.index["transformer_2"] = {nullptr, nullptr};
  CHECK(described(files).problem.find("second expert (transformer_2) is missing") != std::string::npos);
  files.index["transformer_2"] = {"diffusers", "WanTransformer3DModel"};
  files.index.erase("boundary_ratio");
  CHECK(described(files).problem.find("boundary_ratio is missing") != std::string::npos);
}

TEST_CASE("Wan 2.1 VACE: control, pictures or text") {
  const ModelInfo small = described(ModelFiles::vace());
  CHECK(small.architecture == "wan2.1-vace");
  CHECK(small.problem == "");
  CHECK(small.control);
  CHECK(small.textToVideo);
  CHECK(small.imageToVideo);
  CHECK(small.endFrame);
  CHECK_FALSE(small.needsEndFrame);
  CHECK(small.nativeSize == core::Size{832, 480});
  CHECK(small.shift == 16);
  CHECK(small.parameters == 2'153'972'032);
  CHECK_FALSE(described(ModelFiles()).control);
}

TEST_CASE("other Wan models are recognised, and say why they cannot be run") {
  const auto check = [](const ModelFiles& files, const char* architecture, bool text, bool image, const char* reason) {
    CAPTURE(architecture);
    const ModelInfo info = described(files);
    CHECK(info.architecture == architecture);
    CHECK(info.textToVideo == text);
    CHECK(info.imageToVideo == image);
    CHECK_MESSAGE(info.problem.find(reason) != std::string::npos, info.problem);
    CHECK(info.frames > 0);
  };
  ModelFiles odd;
  odd.transformer["in_channels"] = 20;
  check(odd, "wan", false, false, "20 channels");

  ModelFiles animate;
  animate.index["_class_name"] = "WanAnimatePipeline";
  check(animate, "wan", false, false, "WanAnimatePipeline");

  ModelFiles mixed = ModelFiles::ti2v();
  mixed.index["expand_timesteps"] = false;
  check(mixed, "wan2.1-t2v", true, false, "not known");
}

TEST_CASE("a model distilled for DMD is its parent with three steps and no guidance") {
  ModelFiles files = ModelFiles::ti2v();
  files.index["_class_name"] = "WanDMDPipeline";
  const ModelInfo info = described(files);
  CHECK(info.architecture == "wan2.2-ti2v");
  CHECK(info.imageToVideo);
  CHECK(info.problem == "");
  CHECK(info.sampler == "dmd");
  CHECK(info.steps == 3);
  CHECK(info.shift == 8.0);
  CHECK(info.guidance == 1.0);
}

TEST_CASE("a diffusers folder's parts are its sub-folders, by absolute path") {
  const TemporaryFolder folder;
  ModelFiles files;
  files.write(folder.file("m"));
  const auto parts = [&] {
    const auto info = describeModel(folder.file("m"));
    REQUIRE(info.ok());
    return info->parts;
  };
  CHECK(parts() == core::ModelParts{folder.file("m/transformer"), "", folder.file("m/vae"),
                                    folder.file("m/text_encoder"), folder.file("m/tokenizer"), ""});
  files.index["transformer_2"] = {"diffusers", "WanTransformer3DModel"};
  files.index["image_encoder"] = {"transformers", "CLIPVisionModel"};
  files.write(folder.file("m"));
  CHECK(parts().transformer2 == folder.file("m/transformer_2"));
  CHECK(parts().imageEncoder == folder.file("m/image_encoder"));
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto relative = describeModel("m/");
  std::filesystem::current_path(before);
  REQUIRE(relative.ok());
  CHECK(relative->parts.vae == folder.file("m/vae"));
}

TEST_CASE("models of other families are unsupported") {
  ModelFiles other;
  other.index["_class_name"] = "StableDiffusionPipeline";
  CHECK(refused(other, "StableDiffusionPipeline") == ErrorCode::Unsupported);
  ModelFiles mixed;
  mixed.transformer["_class_name"] = "UNet2DConditionModel";
  CHECK(refused(mixed, "UNet2DConditionModel") == ErrorCode::Unsupported);
  ModelFiles patch;
  patch.transformer["patch_size"] = {1, 1, 1};
  CHECK(refused(patch, "patch_size") == ErrorCode::Unsupported);
}

TEST_CASE("the scheduler's file says sampler and, for models of unpublished size, shift") {
  ModelFiles files;
  files.transformer["num_attention_heads"] = 2;
  files.scheduler["flow_shift"] = 7.5;
  CHECK(described(files).shift == 7.5);
  files.scheduler["_class_name"] = "FlowMatchEulerDiscreteScheduler";
  CHECK(described(files).sampler == "euler");
  files.scheduler["flow_shift"] = nullptr;
  files.scheduler["shift"] = 2.5;
  CHECK(described(files).shift == 2.5);
}

TEST_CASE("a missing weight file is named") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m"));
  for (const char* file : {"transformer/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
                           "text_encoder/model.safetensors", "tokenizer/spiece.model"}) {
    CAPTURE(file);
    ModelFiles().write(folder.file("m"));
    std::filesystem::remove(folder.file(std::string("m/") + file));
    const auto info = describeModel(folder.file("m"));
    REQUIRE(info.ok());
    CHECK(info->problem == std::string(file) + " is missing");
  }
}

TEST_CASE("sharded weights: every shard of the index must be there") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m"));
  std::filesystem::remove(folder.file("m/transformer/diffusion_pytorch_model.safetensors"));
  const std::string index = "m/transformer/diffusion_pytorch_model.safetensors.index.json";
  folder.write(index, R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"one.safetensors"}})");
  folder.write("m/transformer/one.safetensors", "1");
  CHECK(describeModel(folder.file("m"))->problem == "transformer/two.safetensors is missing");
  folder.write("m/transformer/two.safetensors", "22");
  CHECK(describeModel(folder.file("m"))->problem == "");
  CHECK(describeModel(folder.file("m"))->bytes == 26);
  for (const char* bad :
       {"{}", R"({"weight_map":{"a":7}})", R"({"weight_map":{"a":"../x"}})", "[", R"({"weight_map":[]})"}) {
    folder.write(index, bad);
    CHECK(describeModel(folder.file("m")).error().code == ErrorCode::Corrupt);
  }
}

TEST_CASE("kinora.json overrides, and is read strictly") {
  const TemporaryFolder folder;
  ModelFiles().write(folder.file("m"));
  folder.write("m/kinora.json",
               R"({"format":"kinora-model","version":1,"name":"Nice","licence":"MIT","size":[256,144],"fps":"12/1",)"
               R"("frames":25,"steps":8,"guidance":2.5,"shift":4,"sampler":"euler","prompts":["a","b"]})");
  const auto info = describeModel(folder.file("m"));
  REQUIRE(info.ok());
  CHECK(info->name == "Nice");
  CHECK(info->id == "m");
  CHECK(info->licence == "MIT");
  CHECK(info->nativeSize == core::Size{256, 144});
  CHECK(info->fps == core::Rational(12));
  CHECK(info->frames == 25);
  CHECK(info->steps == 8);
  CHECK(info->guidance == 2.5);
  CHECK(info->shift == 4);
  CHECK(info->sampler == "euler");
  CHECK(info->prompts == std::vector<std::string>{"a", "b"});

  const std::string head = R"({"format":"kinora-model","version":1,)";
  for (const char* bad :
       {R"("size":[256]})", R"("size":[-1,5]})", R"("size":[1e3,100]})", R"("fps":24})", R"("fps":"24/0"})",
        R"("fps":"x"})", R"("frames":0})", R"("frames":99999999999})", R"("steps":"8"})", R"("guidance":31})",
        R"("shift":0})", R"("prompts":"a"})", R"("prompts":[1]})", R"("name":7})", R"("draws_first_frame":"yes"})",
        R"("draws_first_frame":1})"}) {
    CAPTURE(bad);
    folder.write("m/kinora.json", head + bad);
    const auto refusedInfo = describeModel(folder.file("m"));
    REQUIRE_FALSE(refusedInfo.ok());
    CHECK(refusedInfo.error().code == ErrorCode::Corrupt);
    CHECK(refusedInfo.error().context == folder.file("m/kinora.json"));
  }
  folder.write("m/kinora.json", R"({"format":"kinora-model","version":3})");
  CHECK(describeModel(folder.file("m")).error().code == ErrorCode::NewerVersion);
  folder.write("m/kinora.json", R"({"format":"else","version":1})");
  CHECK(describeModel(folder.file("m")).error().code == ErrorCode::Corrupt);
}

TEST_CASE("only a TI2V model can draw its first frame") {
  const TemporaryFolder folder;
  ModelFiles::ti2v().write(folder.file("ti2v"));
  ModelFiles().write(folder.file("t2v"));
  for (const char* model : {"ti2v", "t2v"}) {
    const auto described = [&](const char* flag) {
      folder.write(std::string(model) + "/kinora.json",
                   R"({"format":"kinora-model","version":2,"draws_first_frame":)" + std::string(flag) + "}");
      return describeModel(folder.file(model));
    };
    CHECK(described("false").ok());
    const auto draws = described("true");
    CHECK(draws.ok() == (model == std::string("ti2v")));
    if (draws.ok()) continue;
    CHECK(draws.error().code == ErrorCode::Corrupt);
    CHECK(draws.error().message.find("draws_first_frame; expected a TI2V model") != std::string::npos);
  }
}

TEST_CASE("hostile configs are refused with the key, never a crash") {
  const auto check = [](json ModelFiles::*file, const char* key, const json& value) {
    CAPTURE(key);
    CAPTURE(value.dump());
    ModelFiles files;
    (files.*file)[key] = value;
    CHECK(refused(files, key) == ErrorCode::Corrupt);
  };
  for (const json& value : {json(0), json(-1), json(1e9), json("30"), json(nullptr), json(UINT64_MAX), json(1.5),
                            json::array(), json(4'000'000'000)}) {
    check(&ModelFiles::transformer, "num_layers", value);
    check(&ModelFiles::transformer, "num_attention_heads", value);
    check(&ModelFiles::transformer, "in_channels", value);
  }
  check(&ModelFiles::transformer, "ffn_dim", INT64_MAX);
  check(&ModelFiles::vae, "z_dim", -4);
  check(&ModelFiles::vae, "dim_mult", json::array());
  check(&ModelFiles::vae, "dim_mult", std::vector<int>(1000, 1));
  check(&ModelFiles::vae, "dim_mult", "1,2,4,4");
  check(&ModelFiles::vae, "temperal_downsample", {1, 2});
  check(&ModelFiles::vae, "is_residual", "yes");
  check(&ModelFiles::vae, "patch_size", 1'000'000);
  check(&ModelFiles::index, "expand_timesteps", "true");
  check(&ModelFiles::index, "_class_name", 7);
}

TEST_CASE("files that are missing, cut off, deep or huge are refused with their name") {
  const TemporaryFolder folder;
  CHECK(describeModel(folder.file("none")).error().code == ErrorCode::NotFound);
  CHECK(describeModel(folder.path()).error().code == ErrorCode::NotFound);
  for (const char* file :
       {"model_index.json", "transformer/config.json", "vae/config.json", "scheduler/scheduler_config.json"}) {
    CAPTURE(file);
    const std::string path = std::string("m/") + file;
    const auto code = [&](const std::string& text) {
      ModelFiles().write(folder.file("m"));
      folder.write(path, text);
      const auto info = describeModel(folder.file("m"));
      REQUIRE_FALSE(info.ok());
      CHECK(info.error().context == folder.file(path));
      return info.error().code;
    };
    CHECK(code("") == ErrorCode::Corrupt);
    CHECK(code("{\"_class_name\":") == ErrorCode::Corrupt);
    CHECK(code("[]") == ErrorCode::Corrupt);
    CHECK(code("\xFF\xFE") == ErrorCode::Corrupt);
    CHECK(code(std::string(300'000, '[')) == ErrorCode::Corrupt);
    CHECK(code("{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}") == ErrorCode::Corrupt);
    CHECK(code("{\"x\":\"" + std::string(5u << 20, 'x') + "\"}") == ErrorCode::Corrupt);
    ModelFiles().write(folder.file("m"));
    std::filesystem::remove(folder.file(path));
    CHECK(describeModel(folder.file("m")).error().code == ErrorCode::NotFound);
  }
}
