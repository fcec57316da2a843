// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/weights/recognise.h"

#include <doctest/doctest.h>

#include <map>

#include "engine/weights/wan_shapes.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/weights/builders.h"
#include "tests/engine/weights/sparse_file.h"

using namespace kinora::test;
using namespace kinora::weights;

namespace {

class Files {
 public:
  Recognised recognised(const std::string& name, const std::string& bytes) {
    const auto found = recognise(m_folder.write(name, bytes));
    REQUIRE_MESSAGE(found.ok(), (found ? "" : found.error().text()));
    return *found;
  }
  Recognised safetensors(const Shapes& shapes, const std::string& dtype = "F32",
                         const std::map<std::string, std::string>& otherDtypes = {}, const std::string& metadata = {}) {
    const auto found = recognise(writeSparse(m_folder, "x.bin", shapes, dtype, otherDtypes, metadata));
    REQUIRE_MESSAGE(found.ok(), (found ? "" : found.error().text()));
    return *found;
  }

 private:
  TemporaryFolder m_folder;
};

Shapes prefixed(const Shapes& shapes, const std::string& prefix) {
  Shapes out;
  for (const auto& [name, shape] : shapes) out[prefix + name] = shape;
  return out;
}

Shapes originalTransformer(std::int64_t dim, std::int64_t layers, std::int64_t in, std::int64_t out) {
  Shapes shapes{{"patch_embedding.weight", {dim, in, 1, 2, 2}},
                {"head.modulation", {1, 2, dim}},
                {"head.head.weight", {4 * out, dim}},
                {"time_embedding.0.weight", {dim, 256}},
                {"text_embedding.0.weight", {dim, 4096}}};
  for (std::int64_t i = 0; i < layers; ++i) {
    const std::string block = "blocks." + std::to_string(i) + ".";
    shapes[block + "ffn.0.weight"] = {13824, dim};
    shapes[block + "self_attn.q.weight"] = {dim, dim};
  }
  return shapes;
}

Shapes diffusersTransformer(std::int64_t dim, std::int64_t layers, std::int64_t channels) {
  Shapes shapes{{"patch_embedding.weight", {dim, channels, 1, 2, 2}},
                {"scale_shift_table", {1, 2, dim}},
                {"proj_out.weight", {4 * channels, dim}},
                {"condition_embedder.time_proj.weight", {6 * dim, dim}}};
  for (std::int64_t i = 0; i < layers; ++i) shapes["blocks." + std::to_string(i) + ".attn1.to_q.weight"] = {dim, dim};
  return shapes;
}

void with(Shapes& shapes, const std::string& name, std::vector<std::int64_t> shape) {
  shapes[name] = std::move(shape);
}

}  // namespace

TEST_CASE("each public transformer is told by its names and shapes") {
  Files files;
  CHECK(files.safetensors(originalTransformer(1536, 30, 16, 16)).title() == "Wan 2.1 T2V 1.3B transformer");
  CHECK(files.safetensors(diffusersTransformer(3072, 30, 48)).title() == "Wan 2.2 TI2V 5B transformer");

  const Recognised large = files.safetensors(originalTransformer(5120, 40, 16, 16));
  CHECK(large.title() == "Wan 2.1 T2V 14B transformer");
  CHECK(large.alternatives == std::vector<std::string>{"wan2.2-t2v-a14b"});
  CHECK(large.note.find("you must know") != std::string::npos);

  const Recognised expert = files.safetensors(originalTransformer(5120, 40, 36, 16));
  CHECK(expert.architecture == "wan2.2-i2v-a14b");
  CHECK(expert.note.find("cannot be told") != std::string::npos);

  Shapes image = originalTransformer(5120, 40, 36, 16);
  with(image, "img_emb.proj.0.weight", {1280});
  with(image, "blocks.0.cross_attn.k_img.weight", {5120, 5120});
  CHECK(files.safetensors(image).title() == "Wan 2.1 I2V 14B transformer");
  with(image, "img_emb.emb_pos", {1, 514, 1280});
  CHECK(files.safetensors(image).title() == "Wan 2.1 FLF2V 14B transformer");

  Shapes vace = originalTransformer(1536, 30, 16, 16);
  for (int i = 0; i < 15; ++i) with(vace, "vace_blocks." + std::to_string(i) + ".after_proj.weight", {1536, 1536});
  with(vace, "vace_patch_embedding.weight", {1536, 96, 1, 2, 2});
  CHECK(files.safetensors(vace).title() == "Wan 2.1 VACE 1.3B transformer");
}

TEST_CASE("prefixes, namings and number formats are named") {
  Files files;
  const Shapes plain = originalTransformer(1536, 2, 16, 16);
  const Recognised comfy = files.safetensors(prefixed(plain, "model.diffusion_model."), "F16");
  CHECK(comfy.prefix == "model.diffusion_model.");
  CHECK(comfy.naming == "original");
  CHECK(comfy.quantisation.empty());
  CHECK(comfy.dtypes == std::map<std::string, std::uint64_t>{{"F16", plain.size()}});
  CHECK(files.safetensors(diffusersTransformer(1536, 2, 16)).naming == "diffusers");
  CHECK(files.safetensors(plain, "F8_E4M3").quantisation == "fp8");

  Shapes scaled = prefixed(plain, "diffusion_model.");
  with(scaled, "scaled_fp8", {0});
  for (int i = 0; i < 2; ++i) {
    const std::string layer = "diffusion_model.blocks." + std::to_string(i) + ".self_attn.q.";
    with(scaled, layer + "scale_weight", {});
    with(scaled, layer + "scale_input", {1});
  }
  const std::map<std::string, std::string> fp8{{"diffusion_model.blocks.0.self_attn.q.weight", "F8_E4M3"},
                                               {"diffusion_model.blocks.1.self_attn.q.weight", "F8_E4M3"}};
  const Recognised found = files.safetensors(scaled, "F32", fp8);
  CHECK(found.quantisation == "fp8 scaled");
  CHECK(found.tensors == plain.size());
  CHECK(found.prefix == "diffusion_model.");

  Shapes rows = plain;
  with(rows, "blocks.0.self_attn.q.weight_scale", {1536, 1});
  CHECK(files.safetensors(rows, "F32", {{"blocks.0.self_attn.q.weight", "I8"}}).quantisation == "int8 per row");

  const Recognised nvfp4 = files.safetensors(
      plain, "F32", {}, R"({"_quantization_metadata":"{\"layers\":{\"blocks.0.ffn.0\":{\"format\":\"nvfp4\"}}}"})");
  CHECK(nvfp4.quantisation == "nvfp4");
}

TEST_CASE("a GGUF transformer") {
  Files files;
  GgufBuilder gguf;
  gguf.text("general.architecture", "wan");
  gguf.tensor("patch_embedding.weight", {2, 2, 1, 16, 256}, 0, std::string(64 * 256 * 4, '\0'));
  gguf.tensor("head.modulation", {256, 2, 1}, 0, std::string(2048, '\0'));
  gguf.tensor("head.head.weight", {256, 64}, 1, std::string(256 * 64 * 2, '\0'));
  gguf.tensor("blocks.0.self_attn.q.weight", {256, 256}, 12, std::string(256 * 144, '\0'));
  gguf.tensor("blocks.0.ffn.0.weight", {256, 512}, 14, std::string(512 * 210, '\0'));
  const Recognised found = files.recognised("a.safetensors", gguf.build());  // the name lies
  CHECK((found.format == FileFormat::Gguf));
  CHECK(found.architecture == "wan2.1-t2v");
  CHECK(found.quantisation == "Q6_K");
  CHECK(found.dtypes.at("Q4_K") == 1);
}

TEST_CASE("autoencoders, in both namings, with their stages") {
  const std::string models = KINORA_SOURCE_DIR "/tests/data/goldens/models/";
  const auto flat = WeightSource::open(models + "tiny-wan21/vae");
  REQUIRE(flat.ok());
  CHECK(recognise(*flat).title() == "Wan 2.1 VAE");
  const auto shape = wanVaeShape(*flat);
  REQUIRE(shape);
  CHECK_FALSE(shape->residual);
  CHECK(shape->baseDim == 4);
  CHECK(shape->latentChannels == 16);
  CHECK(shape->resBlocks == 2);
  CHECK(shape->dimMult == std::vector<std::int64_t>{1, 2, 4, 4});
  CHECK(shape->temporalDownsample == std::vector<bool>{false, true, true});

  const auto residual = WeightSource::open(models + "tiny-wan22/vae");
  REQUIRE(residual.ok());
  CHECK(recognise(*residual).title() == "Wan 2.2 VAE");
  const auto stages = wanVaeShape(*residual);
  REQUIRE(stages);
  CHECK(stages->residual);
  CHECK(stages->baseDim == 3);
  CHECK(stages->decoderBaseDim == 4);
  CHECK(stages->pixelChannels == 12);
  CHECK(stages->resBlocks == 2);
  CHECK(stages->dimMult == std::vector<std::int64_t>{1, 2, 4, 4});
  CHECK(stages->temporalDownsample == std::vector<bool>{false, true, true});
}

TEST_CASE("text encoders of every naming; a T5 is not a UMT5") {
  Files files;
  Shapes original{{"token_embedding.weight", {256384, 4096}}};
  Shapes hugging{{"shared.weight", {256384, 4096}}};
  for (int i = 0; i < 24; ++i) {
    const std::string number = std::to_string(i);
    with(original, "blocks." + number + ".attn.q.weight", {4096, 4096});
    with(original, "blocks." + number + ".ffn.fc1.weight", {10240, 4096});
    with(original, "blocks." + number + ".pos_embedding.embedding.weight", {32, 64});
    with(hugging, "encoder.block." + number + ".layer.0.SelfAttention.q.weight", {4096, 4096});
    with(hugging, "encoder.block." + number + ".layer.1.DenseReluDense.wi_1.weight", {10240, 4096});
  }
  with(hugging, "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", {32, 64});
  CHECK(files.safetensors(original, "BF16").title() == "UMT5 XXL text encoder");
  const Recognised t5 = files.safetensors(hugging, "F16");
  CHECK(t5.architecture.empty());
  CHECK(t5.naming == "transformers");
  CHECK(t5.note.find("Wan needs UMT5") != std::string::npos);
  with(hugging, "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight", {32, 64});
  CHECK(files.safetensors(hugging, "F16").architecture == "umt5");
  Shapes llama{{"token_embd.weight", {512, 256}}};
  for (int i = 0; i < 2; ++i) {
    const std::string block = "enc.blk." + std::to_string(i) + ".";
    with(llama, block + "attn_q.weight", {256, 256});
    with(llama, block + "ffn_up.weight", {512, 256});
    with(llama, block + "attn_rel_b.weight", {32, 4});
  }
  CHECK(files.safetensors(llama).naming == "llama.cpp");
  CHECK(files.safetensors(llama).title() == "UMT5 text encoder");
}

TEST_CASE("CLIP, LoRA, tiny decoders and strangers") {
  Files files;
  Shapes clip{{"vision_model.embeddings.patch_embedding.weight", {1280, 3, 14, 14}}};
  for (int i = 0; i < 32; ++i) with(clip, "vision_model.encoder.layers." + std::to_string(i) + ".mlp.fc1.bias", {5120});
  CHECK(files.safetensors(clip).title() == "CLIP ViT H/14 image encoder");
  Shapes open{{"visual.patch_embedding.weight", {1280, 3, 14, 14}}, {"log_scale", {}}};
  CHECK(files.safetensors(open).naming == "original");

  const Recognised lora = files.safetensors({{"diffusion_model.blocks.0.self_attn.q.lora_down.weight", {32, 5120}},
                                             {"diffusion_model.blocks.0.self_attn.q.lora_up.weight", {5120, 32}}});
  CHECK(lora.title() == "Wan 14B LoRA");
  CHECK(lora.note == "rank 32");
  CHECK(files.safetensors({{"lora_unet_blocks_0_self_attn_q.lora_down.weight", {4, 1536}}}).naming == "kohya");
  CHECK((files.safetensors({{"transformer.blocks.0.attn1.to_q.lora_A.weight", {4, 1536}}}).naming) == "diffusers");

  CHECK(files.safetensors({{"decoder.1.weight", {256, 16, 3, 3}}, {"decoder.3.conv.0.weight", {256, 512, 3, 3}}})
            .architecture == "taew2.1");
  CHECK(files.safetensors({{"decoder.1.weight", {256, 48, 3, 3}}, {"decoder.3.conv.0.weight", {256, 512, 3, 3}}})
            .architecture == "taew2.2");

  const Recognised stranger = files.safetensors({{"conv.weight", {3, 3}}});
  CHECK((stranger.role == Role::Unknown));
  CHECK(stranger.title() == "weights of an unknown kind");
  CHECK(stranger.note == "first name: conv.weight");
}

TEST_CASE("what torch.save wrote") {
  const auto found = recognise(KINORA_SOURCE_DIR "/tests/data/goldens/weight-files/tiny-wan22.pth");
  REQUIRE_MESSAGE(found.ok(), (found ? "" : found.error().text()));
  CHECK((found->format == FileFormat::Torch));
  CHECK((found->role == Role::Transformer));
  CHECK(found->naming == "original");
}

TEST_CASE("a missing file is not found") {
  CHECK((recognise("/nothing/here.safetensors").error().code == kinora::core::ErrorCode::NotFound));
}
