// SPDX-License-Identifier: GPL-3.0-or-later
// Models put together from files, recognised by their headers: the names of the files mean nothing.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/models/assemble.h"
#include "engine/models/model_file.h"
#include "engine/models/model_files.h"
#include "engine/models/removal.h"
#include "tests/engine/models/model_folder.h"
#include "tests/engine/models/part_shapes.h"
#include "tests/engine/weights/builders.h"

using namespace kinora;
using namespace kinora::test;
namespace fs = std::filesystem;
using core::ErrorCode;
using models::Assembly;
using models::ModelCatalogue;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// A drive with files of parts, and a data folder.
class Disk {
 public:
  std::string put(const std::string& name, const Shapes& shapes, const std::string& dtype = "F16") const {
    fs::create_directories(fs::path(path(name)).parent_path());
    writeSparse(m_folder, "drive/" + name, shapes, dtype, {{"spiece_model", "U8"}});
    return path(name);
  }
  std::string put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    return m_folder.write("drive/" + name, bytes);
  }
  /// Copies of a small file with values.
  std::string copy(const std::string& golden, const std::string& name) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    fs::copy(KINORA_SOURCE_DIR "/tests/data/goldens/models/" + golden, path(name));
    return path(name);
  }
  std::string path(const std::string& name) const { return m_folder.file("drive/" + name); }
  std::string root() const { return m_folder.file("data/models"); }

  ModelCatalogue installed() const { return ModelCatalogue::scan({root()}); }
  core::Result<Assembly> tryAdd(const std::vector<std::string>& paths, const std::string& id = {}) const {
    return models::addModel({paths, id, ""}, installed(), root());
  }
  Assembly add(const std::vector<std::string>& paths, const std::string& id = {}) const {
    const auto added = tryAdd(paths, id);
    REQUIRE_MESSAGE(added.ok(), (added ? "" : added.error().text()));
    CHECK(added->info.problem.empty());
    return *added;
  }
  core::Error refuse(const std::vector<std::string>& paths) const {
    const auto added = tryAdd(paths);
    REQUIRE_FALSE(added.ok());
    CHECK(installed().models().empty());  // nothing is written
    return added.error();
  }

 private:
  TemporaryFolder m_folder;
};

/// Of a 1.3B model but for its transformer.
void putOthers(const Disk& disk, const std::string& folder = {}) {
  disk.put(folder + "vae.x.safetensors", vae21Shapes(), "F32");
  disk.put(folder + "t5.pth", textShapes(), "BF16");
  disk.put(folder + "google/umt5-xxl/spiece.model", kVocabulary);
}

}  // namespace

TEST_CASE("the original folder of a 2.1 model") {
  const Disk disk;
  disk.put("Wan2.1-T2V-1.3B/diffusion_pytorch_model.safetensors", transformerShapes(1536, 16, 16), "F32");
  disk.put("Wan2.1-T2V-1.3B/Wan2.1_VAE.pth", vae21Shapes(), "F32");  // what it is stands in the header
  disk.put("Wan2.1-T2V-1.3B/models_t5_umt5-xxl-enc-bf16.pth", textShapes(), "BF16");
  disk.put("Wan2.1-T2V-1.3B/google/umt5-xxl/spiece.model", kVocabulary);
  const Assembly added = disk.add({disk.path("Wan2.1-T2V-1.3B")});
  CHECK(added.info.id == "wan2.1-t2v-1.3b");
  CHECK(added.info.architecture == "wan2.1-t2v");
  CHECK(added.info.textToVideo);
  CHECK_FALSE(added.info.imageToVideo);
  CHECK(added.info.nativeSize == core::Size{832, 480});
  CHECK(added.info.sizeMultiple == 16);
  CHECK(added.info.temporalStride == 4);
  CHECK(added.info.latentChannels == 16);
  CHECK(added.info.parts.transformer == disk.path("Wan2.1-T2V-1.3B/diffusion_pytorch_model.safetensors"));
  CHECK(added.info.parts.vae == disk.path("Wan2.1-T2V-1.3B/Wan2.1_VAE.pth"));
  CHECK(added.info.parts.tokenizer == disk.path("Wan2.1-T2V-1.3B/google/umt5-xxl/spiece.model"));
  CHECK(added.notes.size() == 4);
  // The same is read back from the list.
  const ModelCatalogue catalogue = disk.installed();
  const core::ModelInfo* found = catalogue.find("wan2.1-t2v-1.3b");
  REQUIRE(found);
  CHECK(*found == added.info);
  CHECK(found->bytes > std::uint64_t{4} << 30);
  CHECK(models::filesOf(*found).size() == 5);  // with kinora.json
  const auto removal = models::planRemoval(*found, catalogue, disk.root());
  REQUIRE(removal.ok());
  CHECK(removal->kept.size() == 4);
}

TEST_CASE("the original folder of a model with two experts, in shards") {
  const Disk disk;
  for (const std::string expert : {"low_noise_model", "high_noise_model"}) {
    const Shapes all = transformerShapes(5120, 16, 16);
    Shapes first, second;
    std::string map;
    for (const auto& [name, shape] : all) {
      const bool one = name < "h";
      (one ? first : second)[name] = shape;
      map += "\"" + name + "\":\"" + (one ? "m-1.safetensors" : "m-2.safetensors") + "\",";
    }
    map.pop_back();
    disk.put("A14B/" + expert + "/m-1.safetensors", first);
    disk.put("A14B/" + expert + "/m-2.safetensors", second);
    disk.put("A14B/" + expert + "/m.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
  }
  putOthers(disk, "A14B/");
  const Assembly added = disk.add({disk.path("A14B")});
  CHECK(added.info.architecture == "wan2.2-t2v-a14b");
  CHECK(contains(added.info.parts.transformer, "/high_noise_model/m.safetensors.index.json"));
  CHECK(contains(added.info.parts.transformer2, "/low_noise_model/m.safetensors.index.json"));
  CHECK(added.info.guidance2 == 3);
  CHECK(models::filesOf(added.info).size() == 10);
  // A shard stands for all of them.
  const std::string high = disk.path("A14B/high_noise_model/m-");
  const std::string low = disk.path("A14B/low_noise_model/m-");
  CHECK(disk.add({high + "2.safetensors", low + "1.safetensors", high + "1.safetensors"}, "shards").info.parts ==
        added.info.parts);
}

TEST_CASE("ComfyUI's folders: one expert names the other, VAE and text encoder") {
  const Disk disk;
  const std::string low =
      disk.put("models/diffusion_models/wan/i2v_low_noise.safetensors", transformerShapes(5120, 36, 16));
  const std::string high =
      disk.put("models/diffusion_models/wan/i2v_high_noise.safetensors", transformerShapes(5120, 36, 16));
  disk.put("models/diffusion_models/wan/t2v_high_noise.safetensors", transformerShapes(5120, 16, 16));
  disk.put("models/vae/ae22.safetensors", vae22Shapes());
  disk.put("models/vae/half.safetensors", vae21Shapes());
  const std::string vae = disk.put("models/vae/whole.safetensors", vae21Shapes(), "F32");
  disk.put("models/vae/tiny.safetensors", vae21Shapes(8), "F32");  // of another make
  const std::string text = disk.put("models/text_encoders/umt5.safetensors", comfyTextShapes());
  const Assembly added = disk.add({low});
  CHECK(added.info.architecture == "wan2.2-i2v-a14b");
  CHECK(added.info.imageToVideo);
  CHECK(added.info.parts.transformer == high);
  CHECK(added.info.parts.transformer2 == low);
  CHECK(added.info.parts.vae == vae);  // the largest of those that fit
  CHECK(added.info.parts.textEncoder == text);
  CHECK(added.info.parts.tokenizer == text);
  CHECK(contains(added.notes.back(), "inside the text encoder"));
  CHECK(std::any_of(added.notes.begin(), added.notes.end(),
                    [](const std::string& note) { return contains(note, "found beside the transformer"); }));
}

TEST_CASE("a tiny decoder that fits is taken along, and none is needed") {
  const Disk disk;
  const std::string transformer = disk.put("models/unet/t.safetensors", transformerShapes(1536, 16, 16));
  disk.put("models/vae/v.safetensors", vae21Shapes());
  disk.put("models/text_encoders/t.safetensors", comfyTextShapes());
  disk.put("models/vae_approx/b.safetensors", tinyDecoderShapes(48));
  CHECK(disk.add({transformer}, "without").info.parts.tinyDecoder.empty());
  const std::string tiny = disk.put("models/vae_approx/a.safetensors", tinyDecoderShapes(16));
  CHECK(disk.add({transformer}, "with").info.parts.tinyDecoder == tiny);
  const auto again = models::describeModel(disk.root() + "/with");
  REQUIRE(again.ok());
  CHECK(again->parts.tinyDecoder == tiny);
  const auto wrong = disk.tryAdd({transformer, disk.path("models/vae_approx/b.safetensors")}, "wrong");
  REQUIRE(!wrong.ok());
  CHECK(contains(wrong.error().message, "latent channels; expected 16, got 48"));
}

TEST_CASE("a tiny decoder in a model's folder serves it") {
  const Disk disk;
  const std::string goldens = KINORA_SOURCE_DIR "/tests/data/goldens/";
  fs::create_directories(disk.root());
  const std::string folder = disk.root() + "/tiny";
  fs::copy(goldens + "models/tiny-wan21", folder, fs::copy_options::recursive);
  fs::copy(goldens + "tiny-decoder-22/weights.safetensors", folder + "/taew2_2.safetensors");
  CHECK(models::describeModel(folder)->parts.tinyDecoder.empty());
  fs::copy(goldens + "tiny-decoder-21/weights.safetensors", folder + "/taew2_1.safetensors");
  CHECK(models::describeModel(folder)->parts.tinyDecoder == folder + "/taew2_1.safetensors");
}

TEST_CASE("TI2V is known by its VAE; files anywhere are named one by one") {
  const Disk disk;
  const std::string transformer = disk.put("a/x.gguf", transformerShapes(3072, 48, 48));
  const std::string vae = disk.put("b/y.bin", vae22Shapes());
  const std::string text = disk.put("c/z", comfyTextShapes());
  const Assembly added = disk.add({vae, transformer, text}, "five");
  CHECK(added.info.id == "five");
  CHECK(added.info.architecture == "wan2.2-ti2v");
  CHECK(added.info.textToVideo);
  CHECK(added.info.imageToVideo);
  CHECK(added.info.spatialStride == 16);
  CHECK(added.info.nativeSize == core::Size{1280, 704});
}

TEST_CASE("an image-to-video model asks for the CLIP tower, any model for what it lacks, all at once") {
  const Disk disk;
  const std::string transformer = disk.put("diffusion_models/i2v.safetensors", imageTransformerShapes());
  const core::Error error = disk.refuse({transformer});
  CHECK(error.code == ErrorCode::ModelMismatch);
  CHECK(contains(error.message, "a VAE (latent channels 16)"));
  CHECK(contains(error.message, "a UMT5 text encoder (width of its states 4096)"));
  CHECK(contains(error.message, "a CLIP image encoder (width of its states 1280)"));
  CHECK(contains(error.message, "spiece.model"));
  CHECK(contains(error.message, disk.path("diffusion_models")));
  disk.put("clip_vision/clip_vision_h.safetensors", clipShapes());
  disk.put("vae/v.safetensors", vae21Shapes());
  disk.put("text_encoders/t.safetensors", textShapes(4096));
  const core::Error rest = disk.refuse({transformer});
  CHECK_FALSE(contains(rest.message, "CLIP"));
  CHECK(contains(rest.message, "spiece.model"));
  disk.put("tokenizer/spiece.model", kVocabulary);
  const Assembly added = disk.add({transformer});
  CHECK(added.info.architecture == "wan2.1-i2v");
  CHECK(added.info.parts.imageEncoder == disk.path("clip_vision/clip_vision_h.safetensors"));
}

TEST_CASE("what installed models have is used again, if it fits") {
  const Disk disk;
  disk.put("one/t.safetensors", transformerShapes(1536, 16, 16));
  putOthers(disk, "one/");
  const Assembly first = disk.add({disk.path("one")}, "first");
  const std::string second = disk.put("far/away/down/here/t.safetensors", transformerShapes(5120, 16, 16));
  const Assembly added = disk.add({second}, "second");
  CHECK(added.info.parts.vae == first.info.parts.vae);
  CHECK(added.info.parts.textEncoder == first.info.parts.textEncoder);
  CHECK(added.info.parts.tokenizer == first.info.parts.tokenizer);
  CHECK(contains(added.notes[1], "of the installed model first"));
  const std::string other = disk.put("far/away/up/here/t.safetensors", transformerShapes(3072, 48, 48));
  const auto refused = disk.tryAdd({other}, "third");
  REQUIRE_FALSE(refused.ok());
  CHECK(contains(refused.error().message, "a VAE (latent channels 48)"));
  CHECK_FALSE(contains(refused.error().message, "text encoder ("));
  // A part that goes leaves the model in the list, with what is wrong.
  fs::remove(first.info.parts.vae);
  const ModelCatalogue after = disk.installed();
  REQUIRE(after.find("second"));
  CHECK(contains(after.find("second")->problem, first.info.parts.vae));
}

TEST_CASE("parts of different models are refused with both sides") {
  const Disk disk;
  const std::string transformer = disk.put("t.safetensors", transformerShapes(1536, 16, 16));
  const std::string wrongVae = disk.put("x/22.safetensors", vae22Shapes());
  const std::string wrongText = disk.put("x/t5.safetensors", textShapes(2048));
  putOthers(disk);
  core::Error error = disk.refuse({transformer, wrongVae});
  CHECK(error.code == ErrorCode::ModelMismatch);
  CHECK(error.context == wrongVae);
  CHECK(contains(error.message, "the VAE does not belong to the transformer: latent channels; expected 16, got 48"));
  CHECK(contains(error.message, "Wan 2.2 VAE"));
  error = disk.refuse({transformer, wrongText});
  CHECK(error.context == wrongText);
  CHECK(contains(error.message, "width of its states; expected 4096, got 2048"));
  Shapes t5 = textShapes();
  for (int i = 1; i < 24; ++i) t5.erase("blocks." + std::to_string(i) + ".pos_embedding.embedding.weight");
  error = disk.refuse({transformer, disk.put("x/plain-t5.safetensors", t5)});
  CHECK(contains(error.message, "text encoder does not belong"));
}

TEST_CASE("halves that are none") {
  const Disk disk;
  putOthers(disk);
  const std::string large = disk.put("a/high.safetensors", transformerShapes(5120, 16, 16));
  const std::string image = disk.put("a/low_i2v.safetensors", transformerShapes(5120, 36, 16));
  const std::string small = disk.put("a/small_low.safetensors", transformerShapes(1536, 16, 16));
  for (const std::string& other : {image, small}) {
    const core::Error error = disk.refuse({large, other});
    CHECK(error.code == ErrorCode::ModelMismatch);
    CHECK(contains(error.message, "not halves of one model"));
    CHECK(contains(error.message, "Wan 2.1 T2V 14B"));
  }
  const std::string third = disk.put("a/third.safetensors", transformerShapes(3072, 48, 48));
  CHECK(contains(disk.refuse({large, third, small}).message, "expected one, or the two experts"));
  CHECK(contains(disk.refuse({image}).message, "one of two experts"));
  const std::string one = disk.put("b/one.safetensors", imageTransformerShapes());
  const std::string two = disk.put("b/two.safetensors", imageTransformerShapes());
  CHECK(contains(disk.refuse({one, two}).message, "which has no second expert"));
  // The same half twice, by its values.
  const std::string expert = "tiny-wan22-t2v-a14b/transformer/diffusion_pytorch_model.safetensors";
  const std::string low = "tiny-wan22-t2v-a14b/transformer_2/diffusion_pytorch_model.safetensors";
  const std::string high = disk.copy(expert, "c/high_noise.safetensors");
  const core::Error same = disk.refuse({high, disk.copy(expert, "c/low_noise.safetensors")});
  CHECK(same.code == ErrorCode::ModelMismatch);
  CHECK(contains(same.message, "the same half"));
  const core::Error lacking = disk.refuse({high, disk.copy(low, "d/low_noise.safetensors")});
  CHECK(contains(lacking.message, "parts of the model are missing"));  // the halves are sound
}

TEST_CASE("what is no part, and folders without any") {
  const Disk disk;
  const std::string lora = KINORA_SOURCE_DIR "/tests/data/goldens/lora-linear/peft.safetensors";
  core::Error error = disk.refuse({lora});
  CHECK(error.code == ErrorCode::ModelMismatch);
  CHECK(contains(error.message, "LoRA"));
  CHECK(disk.refuse({disk.put("empty/readme.txt", "nothing")}).code == ErrorCode::Corrupt);
  CHECK(disk.refuse({disk.path("empty")}).code == ErrorCode::NotFound);
  CHECK(disk.refuse({disk.path("none.safetensors")}).code == ErrorCode::NotFound);
  CHECK(disk.refuse({}).code == ErrorCode::InvalidInput);
  // Hostile files are what their readers say (tests/engine/weights), whatever they are called.
  const std::string code = pickle::kStart + "cos\nsystem\n" + pickle::text("true") + "\x85R.";
  error = disk.refuse({disk.put("model.safetensors", torchArchive(code, {}))});
  CHECK(error.code == ErrorCode::Unsupported);
  CHECK(contains(error.message, "os.system"));
  GgufBuilder gguf;
  gguf.claimedTensors = 1u << 21;
  CHECK(contains(disk.refuse({disk.put("model.gguf", gguf.build())}).message, "tensor count"));
  error = disk.refuse({disk.put("m.safetensors.index.json", R"({"weight_map":{"x":"m.safetensors.index.json"}})")});
  CHECK(error.code == ErrorCode::Corrupt);
  error = disk.refuse({disk.put("vae.safetensors", vae21Shapes())});
  CHECK(contains(error.message, "the transformer is missing"));
  CHECK(contains(error.message, "Wan 2.1 VAE"));
  disk.put("many/1.safetensors", transformerShapes(1536, 16, 16));
  disk.put("many/2.safetensors", transformerShapes(5120, 16, 16));
  disk.put("many/3.safetensors", transformerShapes(3072, 48, 48));
  error = disk.refuse({disk.path("many")});
  CHECK(error.code == ErrorCode::InvalidInput);
  CHECK(contains(error.message, "many/3.safetensors: Wan 2.2 TI2V 5B transformer"));
}
