// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/vae.h"

#include <map>
#include <stop_token>

#include "engine/wan/vae_tensors.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;

namespace {

at::Tensor latentFor(const wan::Vae& vae, std::int64_t frames, std::int64_t height = 3, std::int64_t width = 4) {
  return seeded({1, vae.config().latentChannels, frames, height, width}, 11);
}

/// The tiny model's tensors by the name that pick gives each table line, as a file.
tensor::WeightSource renamed(const std::string& model, const TemporaryFolder& folder,
                             const std::function<std::string(const tensor::TensorSpec&)>& pick) {
  const tensor::WeightSource source = vaeWeights(model);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& spec : wan::vaeTensorTable(vaeConfig(model))) {
    const auto* entry = source.find(spec.name);
    REQUIRE(entry);
    const std::string name = pick(spec);
    if (!name.empty()) tensors[name] = tensor::storedTensor(entry->file, *entry->info);
  }
  const std::string path = folder.file("weights.safetensors");
  REQUIRE(tensor::writeSafetensors(path, tensors).ok());
  auto written = tensor::WeightSource::open(path);
  REQUIRE(written.ok());
  return *written;
}

}  // namespace

TEST_CASE("any chunk size gives the same video") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22", "mini"}) {
    const wan::Vae vae = loadVae(model);
    const at::Tensor latent = latentFor(vae, 6);
    const at::Tensor wanted = decodeAll(vae, latent, 1);
    REQUIRE(wanted.size(2) == 21);
    CHECK(wanted.size(3) == 3 * vae.config().spatialStride());
    CHECK(wanted.size(4) == 4 * vae.config().spatialStride());
    for (const std::int64_t chunk : {2, 3, 5, 100}) {
      CAPTURE(chunk);
      CHECK(relativeL2(decodeAll(vae, latent, chunk), wanted) < 1e-5);
    }
    wan::VaeDecoder decoder(vae);  // more than the lone first frame in the first call
    const at::Tensor begin = decoder.next(latent.narrow(2, 0, 4), {});
    const at::Tensor end = decoder.next(latent.narrow(2, 4, 2), {});
    CHECK(relativeL2(at::cat({begin, end}, 2), wanted) < 1e-5);
    CHECK(decoder.cacheBytes() > 0);
  }
}

TEST_CASE("chunks come in order, contiguous, clamped and of the promised length") {
  const c10::InferenceMode guard;
  const wan::Vae vae = loadVae("tiny-wan22");
  std::vector<std::int64_t> lengths;
  const at::Tensor loud = latentFor(vae, 6).mul(50);
  float least = 0;
  float most = 0;
  vae.decodeChunks(loud, {2, {}},
                   [&](at::Tensor video) {
                     lengths.push_back(video.size(2));
                     CHECK(video.is_contiguous());
                     CHECK((video.scalar_type() == at::kFloat));
                     least = std::min(least, video.min().item<float>());
                     most = std::max(most, video.max().item<float>());
                   },
                   {});
  CHECK(lengths == std::vector<std::int64_t>{1, 8, 8, 4});
  CHECK(least == -1.0f);
  CHECK(most == 1.0f);
}

TEST_CASE("the preview of a frame is that frame as the first of a clip") {
  const c10::InferenceMode guard;
  const wan::Vae vae = loadVae("mini");
  const at::Tensor latent = latentFor(vae, 3);
  CHECK(relativeL2(vae.decodeFrame(latent, 0, {}), decodeAll(vae, latent, 1).narrow(2, 0, 1)) < 1e-6);
  CHECK(relativeL2(vae.decodeFrame(latent, 2, {}), decodeAll(vae, latent.narrow(2, 2, 1), 1)) < 1e-6);
}

TEST_CASE("encoding a picture is the first latent frame of encoding a video") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22"}) {
    const wan::Vae vae = loadVae(model);
    const at::Tensor video = seeded({1, 3, 9, 32, 48}, 5).clamp(-1, 1);
    const at::Tensor latent = vae.encode(video, {});
    REQUIRE(latent.sizes() == at::IntArrayRef{1, vae.config().latentChannels, 3, 32 / vae.config().spatialStride(),
                                              48 / vae.config().spatialStride()});
    CHECK(relativeL2(vae.encode(video.narrow(2, 0, 1), {}), latent.narrow(2, 0, 1)) < 1e-6);
    // Causal: what comes later does not change what was.
    const at::Tensor other = at::cat({video.narrow(2, 0, 5), video.narrow(2, 5, 4).neg()}, 2);
    CHECK(relativeL2(vae.encode(other, {}).narrow(2, 0, 2), latent.narrow(2, 0, 2)) < 1e-6);
    CHECK(relativeL2(vae.encode(other, {}).narrow(2, 2, 1), latent.narrow(2, 2, 1)) > 1e-3);
  }
}

TEST_CASE("shapes that cannot be are refused") {
  const c10::InferenceMode guard;
  const wan::Vae vae = loadVae("tiny-wan22");
  CHECK_THROWS_AS(vae.encode(at::zeros({1, 3, 4, 32, 32}), {}), c10::Error);  // not 4k+1 frames
  CHECK_THROWS_AS(vae.encode(at::zeros({1, 3, 1, 24, 32}), {}), c10::Error);  // not a multiple of 16
  CHECK_THROWS_AS(vae.encode(at::zeros({1, 4, 1, 32, 32}), {}), c10::Error);  // not RGB
  CHECK_THROWS_AS(vae.encode(at::zeros({1, 3, 1, 0, 32}), {}), c10::Error);
  CHECK_THROWS_AS(decodeAll(vae, at::zeros({1, 7, 1, 2, 2}), 1), c10::Error);  // not 8 channels
  CHECK_THROWS_AS(decodeAll(vae, latentFor(vae, 2), 0), c10::Error);
}

TEST_CASE("one half can be loaded without the other") {
  const c10::InferenceMode guard;
  wan::VaeLoadOptions options;
  options.encoder = false;
  const wan::Vae decoder = loadVae("tiny-wan22", options);
  const at::Tensor latent = latentFor(decoder, 2);
  const wan::Vae both = loadVae("tiny-wan22");
  CHECK(relativeL2(decodeAll(decoder, latent, 1), decodeAll(both, latent, 1)) < 1e-6);
  CHECK_THROWS_AS(decoder.encode(at::zeros({1, 3, 1, 32, 32}), {}), c10::Error);
  options.encoder = true;
  options.decoder = false;
  const wan::Vae encoder = loadVae("tiny-wan22", options);
  CHECK(encoder.encode(at::zeros({1, 3, 1, 32, 32}), {}).size(2) == 1);
  CHECK_THROWS_AS(decodeAll(encoder, latent, 1), c10::Error);
}

TEST_CASE("a file with the original names gives the same video") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22"}) {
    const TemporaryFolder folder;
    const auto source = renamed(model, folder, [](const tensor::TensorSpec& spec) { return spec.aliases.front(); });
    auto vae = wan::Vae::load(vaeConfig(model), source, {});
    REQUIRE_MESSAGE(vae.ok(), (vae ? "" : vae.error().text()));
    const at::Tensor latent = latentFor(*vae, 2);
    CHECK(relativeL2(decodeAll(*vae, latent, 1), decodeAll(loadVae(model), latent, 1)) < 1e-6);
  }
}

TEST_CASE("missing and surplus tensors are named together") {
  const TemporaryFolder folder;
  const auto source = renamed("tiny-wan21", folder, [](const tensor::TensorSpec& spec) -> std::string {
    if (spec.name == "decoder.conv_in.bias") return {};
    return spec.name == "quant_conv.weight" ? "surplus.weight" : spec.name;
  });
  const auto vae = wan::Vae::load(vaeConfig("tiny-wan21"), source, {});
  REQUIRE_FALSE(vae.ok());
  CHECK(vae.error().code == core::ErrorCode::ModelMismatch);
  for (const char* name : {"decoder.conv_in.bias", "quant_conv.weight", "surplus.weight"}) {
    CHECK_MESSAGE(vae.error().message.find(name) != std::string::npos, vae.error().text());
  }
}

TEST_CASE("a stop ends a decode at the next chunk and an encode at once") {
  const c10::InferenceMode guard;
  const wan::Vae vae = loadVae("tiny-wan22");
  std::stop_source source;
  const tensor::StopCheck stop(source.get_token());
  int chunks = 0;
  const auto sink = [&](at::Tensor) {
    if (++chunks == 2) source.request_stop();
  };
  CHECK_THROWS_AS(vae.decodeChunks(latentFor(vae, 6), {1, {}}, sink, stop), tensor::Stopped);
  CHECK(chunks == 2);
  CHECK_THROWS_AS(vae.encode(at::zeros({1, 3, 1, 32, 32}), stop), tensor::Stopped);
  wan::VaeLoadOptions options;
  options.stop = stop;
  CHECK_THROWS_AS(loadVae("tiny-wan22", options), tensor::Stopped);
}

TEST_CASE("bf16 comes close to f32") {
  const c10::InferenceMode guard;
  wan::VaeLoadOptions options;
  options.dtype = at::kBFloat16;
  const wan::Vae half = loadVae("mini", options);
  const wan::Vae full = loadVae("mini");
  const at::Tensor latent = latentFor(full, 2);
  CHECK(relativeL2(decodeAll(half, latent, 1), decodeAll(full, latent, 1)) < 0.05);
}

TEST_CASE("larger pictures are decoded in smaller chunks") {
  const wan::Vae vae = loadVae("mini");
  CHECK(vae.suggestedChunk(10, 16) >= 2);
  CHECK(vae.suggestedChunk(10, 16) > vae.suggestedChunk(40, 64));
  CHECK(vae.suggestedChunk(4000, 4000) == 1);
}
