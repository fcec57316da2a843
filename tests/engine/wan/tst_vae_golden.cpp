// SPDX-License-Identifier: GPL-3.0-or-later
// Against stock diffusers 0.42.1: tests/goldens/make_goldens.py wrote the fixtures; tolerances in their README.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "tests/engine/wan/vae_fixture.h"

using namespace kinora;
using namespace kinora::test;

namespace {

constexpr double kTolerance = 1.5e-4;

struct Golden {
  std::string folder;
  std::string model;
};

const Golden kCases[] = {{"vae-tiny22", "tiny-wan22"}, {"vae-tiny21", "tiny-wan21"}, {"vae-mini", "mini"}};

class Fixture {
 public:
  explicit Fixture(const Golden& golden)
      : vae(loadVae(golden.model)),
        file(*tensor::WeightFile::open(kGoldens + golden.folder + "/expected.safetensors")) {
    mean = perChannel(vae.config().latentMean);
    std = perChannel(vae.config().latentStd);
  }

  at::Tensor operator[](const std::string& name) const {
    const tensor::TensorInfo* info = file->find(name);
    REQUIRE_MESSAGE(info, name);
    return tensor::storedTensor(file, *info);
  }

  wan::Vae vae;
  std::shared_ptr<const tensor::WeightFile> file;
  at::Tensor mean;
  at::Tensor std;

 private:
  static at::Tensor perChannel(const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).view({1, -1, 1, 1, 1});
  }
};

}  // namespace

TEST_CASE("encodes to the latents of diffusers") {
  const c10::InferenceMode guard;
  for (const Golden& golden : kCases) {
    const Fixture fixture(golden);
    for (const std::string frames : {"1", "9"}) {
      CAPTURE(golden.folder);
      CAPTURE(frames);
      const at::Tensor latent = fixture.vae.encode(fixture["video_" + frames], {});
      // The fixture holds the plain mean of the distribution, not normalised.
      const at::Tensor mean = latent.to(at::kDouble).mul(fixture.std).add(fixture.mean);
      const double error = relativeL2(mean, fixture["mean_" + frames]);
      MESSAGE(golden.folder << " encode " << frames << ": " << error);
      CHECK(error <= kTolerance);
    }
  }
}

TEST_CASE("decodes to the frames of diffusers") {
  const c10::InferenceMode guard;
  for (const Golden& golden : kCases) {
    const Fixture fixture(golden);
    for (const std::string frames : {"1", "9"}) {
      for (const std::int64_t chunk : {1, 2}) {
        CAPTURE(golden.folder);
        CAPTURE(frames);
        CAPTURE(chunk);
        const at::Tensor raw = fixture["latent_" + frames].to(at::kDouble);
        const at::Tensor latent = raw.sub(fixture.mean).div(fixture.std).to(at::kFloat);
        const at::Tensor video = decodeAll(fixture.vae, latent, chunk);
        const double error = relativeL2(video, fixture["decoded_" + frames]);
        MESSAGE(golden.folder << " decode " << frames << ": " << error);
        CHECK(error <= kTolerance);
      }
    }
  }
}
