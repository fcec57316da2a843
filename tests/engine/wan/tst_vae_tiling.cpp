// SPDX-License-Identifier: GPL-3.0-or-later
// Tiles against the whole picture, and against stock diffusers (tests/goldens/vae_tiling.py).
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/wan/vae_tiling.h"

#include <cmath>
#include <map>

#include "engine/tensor/memory_meter.h"
#include "engine/wan/vae_tensors.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;
using wan::TileSpan;
using wan::VaeTiling;

namespace {

at::Tensor perChannel(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({1, -1, 1, 1, 1});
}

/// wavy_video of tests/goldens/vae_tiling.py.
at::Tensor wavyVideo(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const at::Tensor index = at::arange(3 * frames * height * width, at::kDouble);
  return at::sin(index * 0.37).mul(at::cos(index * 0.011)).to(at::kFloat).view({1, 3, frames, height, width});
}

/// The model with its attention taken out, so that a cell sees its neighbourhood only.
wan::Vae withoutAttention(const std::string& model, const TemporaryFolder& folder) {
  const tensor::WeightSource source = vaeWeights(model);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& spec : wan::vaeTensorTable(vaeConfig(model))) {
    const auto* entry = source.find(spec.name);
    REQUIRE(entry);
    const at::Tensor value = tensor::storedTensor(entry->file, *entry->info);
    const bool projection = spec.name.find("attentions.0.proj.") != std::string::npos;
    tensors[spec.name] = projection ? at::zeros_like(value) : value;
  }
  const std::string path = folder.file("weights.safetensors");
  REQUIRE(tensor::writeSafetensors(path, tensors).ok());
  auto vae = wan::Vae::load(vaeConfig(model), *tensor::WeightSource::open(path), {});
  REQUIRE(vae.ok());
  return std::move(*vae);
}

at::Tensor latentFor(const wan::Vae& vae, std::int64_t frames, std::int64_t height, std::int64_t width) {
  return seeded({1, vae.config().latentChannels, frames, height, width}, 11);
}

}  // namespace

TEST_CASE("tiles cover an axis, and none lies wholly in the overlap") {
  using Spans = std::vector<TileSpan>;
  CHECK((wan::tileSpans(7, 0, 0) == Spans{{0, 7}}));
  CHECK((wan::tileSpans(7, 7, 2) == Spans{{0, 7}}));
  CHECK((wan::tileSpans(7, 4, 1) == Spans{{0, 4}, {3, 4}}));
  CHECK((wan::tileSpans(8, 4, 1) == Spans{{0, 4}, {3, 4}, {6, 2}}));
  CHECK((wan::tileSpans(4, 2, 0) == Spans{{0, 2}, {2, 2}}));
  CHECK_THROWS_AS(wan::tileSpans(7, 4, 4), c10::Error);
  CHECK_THROWS_AS(wan::tileSpans(7, 4, -1), c10::Error);
  const VaeTiling tiling{4, 4, 1};
  CHECK(tiling.tiles(8, 7) == 6);
  CHECK_FALSE(tiling.cuts(4, 3));
  CHECK(tiling.cuts(4, 5));
}

TEST_CASE("tiles of one picture give that picture back") {
  const c10::InferenceMode guard;
  const at::Tensor picture = seeded({1, 2, 3, 16, 22}, 3);  // 8 × 11 cells of 2 × 2
  for (const VaeTiling& tiling : {VaeTiling{4, 5, 2}, VaeTiling{3, 0, 1}, VaeTiling{0, 4, 3}, VaeTiling{4, 4, 0}}) {
    const at::Tensor joined = wan::joinTiles(tiling, 8, 11, 2, [&](const TileSpan& rows, const TileSpan& columns) {
      return picture.narrow(3, 2 * rows.begin, 2 * rows.length)
          .narrow(4, 2 * columns.begin, 2 * columns.length)
          .clone();
    });
    CHECK(relativeL2(joined, picture) < 1e-6);
  }
}

TEST_CASE("neighbours are cross-faded linearly over the overlap") {
  const c10::InferenceMode guard;
  // Two tiles of constant 0 and 1, side by side.
  const at::Tensor joined = wan::joinTiles({1, 4, 2}, 1, 6, 2, [](const TileSpan&, const TileSpan& columns) {
    return at::full({1, 1, 1, 2, 2 * columns.length}, columns.begin == 0 ? 0.0 : 1.0);
  });
  const at::Tensor wanted = at::tensor({0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0}).to(at::kFloat);
  CHECK(at::allclose(joined[0][0][0][0], wanted));
  CHECK(at::allclose(joined[0][0][0][1], wanted));
}

TEST_CASE("tiled work is that of diffusers") {
  const c10::InferenceMode guard;
  const std::pair<const char*, const char*> cases[] = {{"vae-tiled-tiny22", "tiny-wan22"},
                                                       {"vae-tiled-tiny21", "tiny-wan21"}};
  for (const auto& [folder, model] : cases) {
    CAPTURE(folder);
    const wan::Vae vae = loadVae(model);
    const auto file = *tensor::WeightFile::open(kGoldens + folder + "/expected.safetensors");
    const auto stored = [&](const char* name) { return tensor::storedTensor(file, *file->find(name)); };
    const wan::VaePieces pieces{1, {4, 4, 1}};
    const at::Tensor mean = perChannel(vae.config().latentMean);
    const at::Tensor std = perChannel(vae.config().latentStd);

    const at::Tensor latent = stored("latent").to(at::kDouble).sub(mean).div(std).to(at::kFloat);
    const at::Tensor video = decodeAll(vae, latent, pieces).index_select(2, at::tensor({0, 4}, at::kLong));
    CHECK(relativeL2(video, stored("decoded")) <= 1.5e-4);

    const std::int64_t cell = vae.config().spatialStride();
    const at::Tensor encoded = vae.encode(wavyVideo(5, latent.size(3) * cell, latent.size(4) * cell), {}, pieces);
    CHECK(relativeL2(encoded.to(at::kDouble).mul(std).add(mean), stored("mean")) <= 1.5e-4);
  }
}

TEST_CASE("with an overlap as wide as a cell sees, tiles equal the whole picture but for attention") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22"}) {
    CAPTURE(model);
    const TemporaryFolder folder;
    const wan::Vae local = withoutAttention(model, folder);
    const at::Tensor latent = latentFor(local, 2, 26, 30);
    const at::Tensor whole = decodeAll(local, latent, 1);
    // Rows 0…22 and 4…26, columns 0…24 and 6…30. A pixel sees 17.1 cells around it: conv_in and the middle 5, the
    // stages 6, 3, 1.5 and 0.75, the convolutions behind up-sampling the rest. So what only one tile shows is exact.
    const at::Tensor joined = decodeAll(local, latent, {1, {22, 24, 18}});
    const std::int64_t cell = local.config().spatialStride();
    const auto corner = [&](const at::Tensor& video, bool last) {
      const at::Tensor rows = video.narrow(3, last ? 22 * cell : 0, 4 * cell);
      return rows.narrow(4, last ? 24 * cell : 0, 6 * cell);
    };
    for (const bool last : {false, true}) CHECK(relativeL2(corner(joined, last), corner(whole, last)) < 1e-5);
    // In the fade the outermost cells of a tile, which see its edge, still have a small share: 2.2 % measured.
    const double wide = relativeL2(joined, whole);
    const double narrow = relativeL2(decodeAll(local, latent, {1, {22, 24, 4}}), whole);
    CHECK(wide < 0.03);
    CHECK(wide < narrow);
  }
}

TEST_CASE("any chunk size gives the same tiles") {
  const c10::InferenceMode guard;
  for (const char* model : {"tiny-wan21", "tiny-wan22"}) {
    const wan::Vae vae = loadVae(model);
    const VaeTiling tiling{4, 5, 2};
    const at::Tensor latent = latentFor(vae, 5, 6, 7);
    CHECK(relativeL2(decodeAll(vae, latent, {3, tiling}), decodeAll(vae, latent, {1, tiling})) < 1e-5);
    const at::Tensor video = wavyVideo(13, 6 * vae.config().spatialStride(), 7 * vae.config().spatialStride());
    const at::Tensor encoded = vae.encode(video, {}, {1, tiling});
    CHECK(relativeL2(vae.encode(video, {}, {3, tiling}), encoded) < 1e-5);
    CHECK(relativeL2(vae.encode(video, {}, {2, {}}), vae.encode(video, {})) < 1e-5);
  }
}

TEST_CASE("pieces are counted, chunks come in order and a stop is seen") {
  const c10::InferenceMode guard;
  const wan::Vae vae = loadVae("tiny-wan21");
  const at::Tensor latent = latentFor(vae, 4, 6, 4);
  std::vector<std::int64_t> frames;
  std::vector<std::int64_t> pieces;
  vae.decodeChunks(
      latent, {2, {4, 0, 2}}, [&](const at::Tensor& video) { frames.push_back(video.size(2)); }, {},
      [&](std::int64_t done, std::int64_t total) {
        CHECK(total == 6);  // two tiles, three chunks
        pieces.push_back(done);
      });
  CHECK(frames == std::vector<std::int64_t>{1, 8, 4});
  CHECK(pieces == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  std::stop_source source;
  CHECK_THROWS_AS(vae.decodeChunks(
                      latent, {1, {4, 0, 2}}, [](const at::Tensor&) {}, tensor::StopCheck(source.get_token()),
                      [&](std::int64_t, std::int64_t) { source.request_stop(); }),
                  tensor::Stopped);
}

TEST_CASE("tiles take less memory") {
  const c10::InferenceMode guard;
  tensor::meterMemory();
  const wan::Vae vae = loadVae("mini");
  const at::Tensor latent = latentFor(vae, 3, 24, 24);
  const auto peak = [&](const wan::VaePieces& pieces) {
    tensor::resetMeteredPeak();
    const std::uint64_t before = tensor::meteredPeak();
    vae.decodeChunks(latent, pieces, [](const at::Tensor&) {}, {});
    return tensor::meteredPeak() - before;
  };
  const std::uint64_t whole = peak({1, {}});
  CHECK(peak({1, {12, 12, 4}}) < 0.6 * static_cast<double>(whole));
  CHECK(peak({2, {}}) > whole);
}
