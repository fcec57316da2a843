// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/tensor/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>

#include <chrono>

#include "tests/engine/tensor/files.h"

using namespace kinora::tensor;
using kinora::core::ErrorCode;
using kinora::test::TemporaryFolder;

TEST_CASE("the CPU is always there and described") {
  const auto devices = listDevices();
  REQUIRE_FALSE(devices.empty());
  CHECK(devices[0].device.id() == "cpu");
  CHECK(devices[0].usable);
  CHECK_FALSE(devices[0].name.empty());
  CHECK(devices[0].memoryBytes > (1u << 28));
  CHECK(devices[0].note.find("threads") != std::string::npos);
  for (const auto& device : devices) CHECK((device.usable || !device.note.empty()));
}

TEST_CASE("device words") {
  CHECK(chooseDevice("cpu").value() == ComputeDevice{});
  const bool gpu = listDevices().size() > 1 && listDevices()[1].usable;
  CHECK(chooseDevice("").value().cuda == gpu);
  CHECK(chooseDevice("auto").value().cuda == gpu);
  for (const char* word :
       {"gpu", "CPU", "cuda0", "cuda:", "cuda:x", "cuda:0x", "cuda:-1", "cudaa:1", "cuda:99999999999"}) {
    CAPTURE(word);
    CHECK((chooseDevice(word).error().code == ErrorCode::InvalidInput));
  }
  CHECK((chooseDevice("cuda:1000").error().code == ErrorCode::Unsupported));
  if (gpu) {
    CHECK(chooseDevice("cuda").value().id() == "cuda:0");
    CHECK(at::ones({2}, atDevice({true, 0})).sum().item<float>() == 2);
  } else {
    CHECK((chooseDevice("cuda").error().code == ErrorCode::Unsupported));
    CHECK_FALSE(chooseDevice("cuda").error().message.empty());
  }
}

TEST_CASE("several device words") {
  CHECK((chooseDevices("cpu").value() == std::vector<ComputeDevice>{{}}));
  CHECK((chooseDevices("cpu,cpu").value() == std::vector<ComputeDevice>{{}, {}}));
  CHECK(idsOf(chooseDevices("cpu,cpu").value()) == "cpu,cpu");
  CHECK((chooseDevices("cpu,gpu").error().code == ErrorCode::InvalidInput));
  CHECK((chooseDevices("cpu,cuda:1000").error().code == ErrorCode::Unsupported));
}

TEST_CASE("dtype words") {
  CHECK((chooseDtype("f32", {}, {}).value() == at::kFloat));
  CHECK((chooseDtype("bf16", {}, {}).value() == at::kBFloat16));
  CHECK((chooseDtype("f16", {true, 0}, {}).value() == at::kHalf));
  CHECK((chooseDtype("f16", {}, {}).error().code == ErrorCode::Unsupported));
  CHECK((chooseDtype("float", {}, {}).error().code == ErrorCode::InvalidInput));
  CHECK(dtypeWord(at::kFloat) == "f32");
  CHECK(dtypeWord(at::kBFloat16) == "bf16");
  for (const char* word : {"int8", "fp8"}) {
    CHECK((chooseDtype(word, {}, {}).value() == chooseDtype("auto", {}, {}).value()));
    CHECK(dtypeWord(packedDtype(word).value()) == word);
  }
  CHECK(!packedDtype("bf16"));
  CHECK(dtypeWord(at::kHalf) == "f16");
}

TEST_CASE("a small model is f32 without a calibration") {
  const TemporaryFolder folder;
  CHECK((chooseDtype("auto", {}, {256, folder.path()}).value() == at::kFloat));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a calibration is quick, kept, and believed afterwards") {
  const TemporaryFolder folder;
  setThreads(0);
  const auto first = chooseDtype("auto", {}, {1536, folder.file("cache")});
  REQUIRE(first.ok());
  const std::string path = folder.file("cache/calibration.json");
  std::string text = kinora::test::readAll(path);
  CHECK(text.find("linear_f32") != std::string::npos);
  CHECK((chooseDtype("auto", {}, {1536, folder.file("cache")}).value() == *first));

  // Change what the file says: the choice must follow it, which shows that it is read.
  const auto put = [&](const char* key, const char* value) {
    const auto at = text.find(':', text.find(key)) + 1;
    text.replace(at, text.find_first_of(",\n}", at) - at, value);
  };
  put("linear_bf16", "1.0");
  put("linear_f32", "2.0");
  folder.write("cache/calibration.json", text);
  CHECK((chooseDtype("", {}, {1536, folder.file("cache")}).value() == at::kBFloat16));
  put("linear_f32", "1.1");  // not enough of a gain
  folder.write("cache/calibration.json", text);
  CHECK((chooseDtype("", {}, {1536, folder.file("cache")}).value() == at::kFloat));
}

TEST_CASE("a damaged or unwritable calibration is measured anew") {
  const TemporaryFolder folder;
  for (const char* junk : {"", "{", "[]", "{\"format\":3}", "{\"format\":\"kinora-calibration\"}"}) {
    folder.write("calibration.json", junk);
    CHECK(chooseDtype("auto", {}, {1536, folder.path()}).ok());
    CHECK(kinora::test::readAll(folder.file("calibration.json")).find("linear_f32") != std::string::npos);
  }
  CHECK(chooseDtype("auto", {}, {1536, folder.file("calibration.json/not-a-folder")}).ok());
}

TEST_CASE("a measurement stays within its time") {
  const auto start = std::chrono::steady_clock::now();
  const LinearTiming timing = measureLinear();
  // Half a second is the promise; the rest is for a machine that runs other tests at the same time.
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 3);
  CHECK(timing.f32 > 0);
  CHECK(timing.bf16 > 0);
}

TEST_CASE("the thread count is set and reported") {
  CHECK(setThreads(1) == 1);
  CHECK(at::get_num_threads() == 1);
  CHECK(setThreads(0) >= 1);
}
