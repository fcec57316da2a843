// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <functional>

#include "engine/weights/gguf.h"
#include "engine/weights/weight_file.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/weights/builders.h"

using namespace kinora::test;
using kinora::core::ErrorCode;
using kinora::weights::FileFormat;
using kinora::weights::WeightFile;

namespace {

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ40 = 2;
constexpr std::uint32_t kQ4K = 12;

std::string floats(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) bytes += le(value);
  return bytes;
}

GgufBuilder sound() {
  GgufBuilder gguf;
  gguf.text("general.architecture", "wan");
  gguf.pair("general.file_type", 4, le<std::uint32_t>(7));
  gguf.integers("comfy.gguf.orig_shape.flat", {2, 1, 3});
  gguf.tensor("matrix", {3, 2}, kF32, floats({0, 1, 2, 3, 4, 5}));
  gguf.tensor("flat", {6}, kF32, floats({9, 8, 7, 6, 5, 4}));
  gguf.tensor("five", {2, 1, 1, 1, 1}, kF32, floats({1, 2}));
  gguf.tensor("blocks", {32, 2}, kQ40, std::string(36, '\0'));
  return gguf;
}

/// "" for a file that opens, else its error message.
std::string problem(const std::string& bytes, ErrorCode* code = nullptr) {
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.bin", bytes));
  if (file.ok()) return {};
  if (code) *code = file.error().code;
  return file.error().message;
}

struct Hostile {
  const char* what;
  std::function<void(GgufBuilder&)> make;
  const char* message;
};

const Hostile kHostile[] = {
    {"more tensors than 2^20", [](GgufBuilder& g) { g.claimedTensors = 1u << 21; }, "tensor count"},
    {"more tensors than 2^63", [](GgufBuilder& g) { g.claimedTensors = ~0ull - 100; }, "tensor count"},
    {"padding taken for a tensor", [](GgufBuilder& g) { g.claimedTensors = 1; }, "overlaps"},
    {"more keys than 2^16", [](GgufBuilder& g) { g.claimedKeys = 1u << 20; }, "key count"},
    {"version 1", [](GgufBuilder& g) { g.version = 1; }, "expected 2 or 3, got 1"},
    {"version 4", [](GgufBuilder& g) { g.version = 4; }, "expected 2 or 3"},
    {"big-endian", [](GgufBuilder& g) { g.version = 0x03000000; }, "big-endian"},
    {"a key twice", [](GgufBuilder& g) { g.text("general.architecture", "t5"); }, "duplicate key"},
    {"a value of unknown type", [](GgufBuilder& g) { g.pair("k", 13, ""); }, "unknown type 13"},
    {"an array of arrays", [](GgufBuilder& g) { g.pair("k", 9, le<std::uint32_t>(9) + le<std::uint64_t>(1)); },
     "array of type 9"},
    {"an array of 2^61 numbers",
     [](GgufBuilder& g) { g.pair("k", 9, le<std::uint32_t>(10) + le<std::uint64_t>(1ull << 61)); }, "cut off"},
    {"an array of 2^60 texts",
     [](GgufBuilder& g) { g.pair("k", 9, le<std::uint32_t>(8) + le<std::uint64_t>(1ull << 60)); }, "cut off"},
    {"a text of 2^63 bytes", [](GgufBuilder& g) { g.pair("k", 8, le<std::uint64_t>(1ull << 63)); }, "cut off"},
    {"an alignment of 0", [](GgufBuilder& g) { g.pair("general.alignment", 4, le<std::uint32_t>(0)); }, "alignment"},
    {"an alignment of 24", [](GgufBuilder& g) { g.pair("general.alignment", 4, le<std::uint32_t>(24)); }, "alignment"},
    {"a tensor twice", [](GgufBuilder& g) { g.info("matrix", {1}, kF32, 0); }, "duplicate name"},
    {"a negative extent", [](GgufBuilder& g) { g.info("x", {-3}, kF32, 0); }, "cannot be"},
    {"an overflowing shape",
     [](GgufBuilder& g) {
       g.info("x", {1ll << 32, 1ll << 32}, kF32, 0);
     },
     "cannot be"},
    {"a shape of 2^62 floats", [](GgufBuilder& g) { g.info("x", {1ll << 62}, kF32, 0); }, "cannot be"},
    {"65 axes", [](GgufBuilder& g) { g.info("x", std::vector<std::int64_t>(65, 1), kF32, 0); }, "axes"},
    {"a row that ends inside a block",
     [](GgufBuilder& g) {
       g.info("x", {128, 2}, kQ4K, 0);
     },
     "multiple of 256"},
    {"an unknown tensor type", [](GgufBuilder& g) { g.info("x", {1}, 999, 0); }, "ggml type 999"},
    {"a type without reader", [](GgufBuilder& g) { g.info("x", {256}, 16, 0); }, "ggml type 16"},
    {"data behind the end", [](GgufBuilder& g) { g.info("x", {1}, kF32, 1u << 20); }, "behind the end"},
    {"an offset of 2^64 - 32", [](GgufBuilder& g) { g.info("x", {64}, kF32, ~0ull - 31); }, "behind the end"},
    {"an unaligned offset", [](GgufBuilder& g) { g.info("x", {1}, kF32, 4); }, "not aligned"},
    {"overlapping data", [](GgufBuilder& g) { g.info("x", {9}, kF32, 0); }, "overlaps"},
};

}  // namespace

TEST_CASE("a sound file of each version: shapes are reversed, flattened ones are restored") {
  for (const std::uint32_t version : {2u, 3u}) {
    GgufBuilder gguf = sound();
    gguf.version = version;
    const TemporaryFolder folder;
    const auto file = WeightFile::open(folder.write("a.bin", gguf.build()));
    REQUIRE_MESSAGE(file.ok(), (file ? "" : file.error().text()));
    CHECK(((*file)->format() == FileFormat::Gguf));
    CHECK((*file)->metadata().at("general.architecture") == "wan");
    CHECK((*file)->metadata().at("general.file_type") == "7");
    CHECK((*file)->find("matrix")->shape == std::vector<std::int64_t>{2, 3});
    CHECK((*file)->find("flat")->shape == std::vector<std::int64_t>{2, 1, 3});
    CHECK((*file)->find("five")->shape == std::vector<std::int64_t>{1, 1, 1, 1, 2});
    CHECK((*file)->find("blocks")->dtype == "Q4_0");
    CHECK((*file)->bytes(*(*file)->find("blocks")).size() == 36);
    const auto data = (*file)->bytes(*(*file)->find("flat"));
    CHECK(std::string(reinterpret_cast<const char*>(data.data()), data.size()) == floats({9, 8, 7, 6, 5, 4}));
  }
}

TEST_CASE("arrays of the header are read where they lie") {
  GgufBuilder gguf = sound();
  gguf.texts("words", {"a", "", "\u2581b"});
  gguf.pair("scores", 9, le<std::uint32_t>(6) + le<std::uint64_t>(2) + floats({-1.5F, 2}));
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.gguf", gguf.build()));
  REQUIRE_MESSAGE(file.ok(), (file ? "" : file.error().text()));
  using namespace kinora::weights;
  const ArrayInfo* words = (*file)->array("words");
  const ArrayInfo* scores = (*file)->array("scores");
  const ArrayInfo* shape = (*file)->array("comfy.gguf.orig_shape.flat");
  REQUIRE((words && scores && shape));
  CHECK((arrayTexts(*words, (*file)->bytes(*words)) == std::vector<std::string_view>{"a", "", "\u2581b"}));
  CHECK((arrayFloats(*scores, (*file)->bytes(*scores)) == std::vector<float>{-1.5F, 2}));
  CHECK((arrayIntegers(*shape, (*file)->bytes(*shape)) == std::vector<std::int32_t>{2, 1, 3}));
  CHECK(arrayTexts(*scores, (*file)->bytes(*scores)).empty());
  CHECK(arrayFloats(*words, (*file)->bytes(*words)).empty());
  CHECK((*file)->array("general.architecture") == nullptr);
}

TEST_CASE("another alignment moves the data") {
  GgufBuilder gguf;
  gguf.alignment = 512;
  gguf.pair("general.alignment", 4, le<std::uint32_t>(512));
  gguf.tensor("a", {1}, kF32, floats({1}));
  gguf.tensor("b", {1}, kF32, floats({2}));
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.bin", gguf.build()));
  REQUIRE(file.ok());
  CHECK((*file)->find("b")->begin == 1024);
}

TEST_CASE("each hostile header is refused with a message that names the fault") {
  for (const Hostile& hostile : kHostile) {
    CAPTURE(std::string(hostile.what));
    GgufBuilder gguf = sound();
    hostile.make(gguf);
    const std::string message = problem(gguf.build());
    CAPTURE(message);
    CHECK(message.find(hostile.message) != message.npos);
  }
}

TEST_CASE("an original shape of another size is refused") {
  GgufBuilder gguf;
  gguf.integers("comfy.gguf.orig_shape.x", {4, -2});
  gguf.tensor("x", {8}, kF32, std::string(32, '\0'));
  CHECK(problem(gguf.build()).find("another size") != std::string::npos);
}

TEST_CASE("a file cut at any byte is refused") {
  const std::string good = sound().build();
  CHECK(problem(good).empty());
  // The last 28 bytes are the padding behind the last tensor.
  for (std::size_t length = 4; length < good.size() - 28; ++length) {
    CAPTURE(length);
    ErrorCode code = ErrorCode::Internal;
    CHECK_FALSE(problem(good.substr(0, length), &code).empty());
    CHECK((code == ErrorCode::Corrupt));
  }
}
