// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_reader.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <iterator>

#include "tests/engine/tensor/files.h"

using kinora::core::ErrorCode;
using kinora::tensor::storedTensor;
using kinora::tensor::WeightFile;
using kinora::tensor::writeSafetensors;
using kinora::test::rawSafetensors;
using kinora::test::TemporaryFolder;

namespace {

/// "" for a file that opens, else its error message.
std::string openProblem(const std::string& bytes, ErrorCode expected = ErrorCode::Corrupt) {
  const TemporaryFolder folder;
  const std::string path = folder.write("hostile.safetensors", bytes);
  const auto file = WeightFile::open(path);
  if (file.ok()) return {};
  CHECK((file.error().code == expected));
  CHECK(file.error().context == path);
  return file.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

struct Hostile {
  const char* what;
  const char* header;
  std::size_t dataBytes;
  const char* message;  ///< a part of the expected one
};

constexpr Hostile kHostile[] = {
    {"not JSON", "hello", 0, "not JSON"},
    {"an array", "[]", 0, "not JSON"},
    {"cut JSON", R"({"a":{"dtype":"F32")", 4, "not JSON"},
    {"text behind the header", R"({} x)", 0, "not JSON"},
    {"invalid UTF-8", "{\"\xff\":{}}", 0, "not JSON"},
    {"overlapping data",
     R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
     12, "overlaps"},
    {"the same data twice",
     R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
     8, "overlaps"},
    {"a hole",
     R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
     12, "hole"},
    {"a hole in front", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "hole"},
    {"bytes behind the last tensor", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 12,
     "expected 4 bytes"},
    {"data cut off", R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", 15, "data_offsets"},
    {"offsets past the end", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[1000000,1000004]}})", 4,
     "data_offsets"},
    {"end before begin", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "data_offsets"},
    {"a negative offset", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 4, "negative"},
    {"one offset", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "expected two"},
    {"three offsets", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4, "expected two"},
    {"a negative shape", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "negative"},
    {"a fractional shape", R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "integer"},
    {"a shape beyond 64 bits", R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}})", 4,
     "integer"},
    {"a shape beyond 63 bits", R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,4]}})", 4,
     "extent"},
    {"a shape whose product overflows", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
     0, "overflows"},
    {"an overflowing shape hidden by a zero",
     R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", 0, "overflows"},
    {"too few bytes for the shape", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "byte count"},
    {"a shape with a string", R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4, "unexpected a string"},
    {"a nested shape", R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, "unexpected an array"},
    {"an unknown dtype", R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype"},
    {"a dtype of the wrong size", R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4, "byte count"},
    {"a dtype that is a number", R"({"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}})", 4, "unexpected a number"},
    {"duplicate names",
     R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     8, "duplicate name"},
    {"duplicate names written differently",
     R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     8, "duplicate name"},
    {"a key twice in one entry", R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4,
     "duplicate key"},
    {"two metadata entries", R"({"__metadata__":{},"__metadata__":{}})", 0, "duplicate name"},
    {"no shape", R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "incomplete"},
    {"an unknown key", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "unknown key"},
    {"an entry that is a number", R"({"a":1})", 0, "unexpected a number"},
    {"an entry that is null", R"({"a":null})", 0, "unexpected null"},
    {"metadata that is not text", R"({"__metadata__":{"a":1}})", 0, "unexpected a number"},
    {"nested metadata", R"({"__metadata__":{"a":{}}})", 0, "unexpected an object"},
};

}  // namespace

TEST_CASE("refuses each hostile header with a message that names the fault") {
  for (const Hostile& hostile : kHostile) {
    CAPTURE(hostile.what);
    const std::string problem = openProblem(rawSafetensors(hostile.header, hostile.dataBytes));
    CAPTURE(problem);
    CHECK(contains(problem, hostile.message));
  }
}

TEST_CASE("refuses files too short for their header") {
  CHECK(contains(openProblem(""), "too short"));
  CHECK(contains(openProblem("1234567"), "too short"));
  CHECK(contains(openProblem(std::string(8, '\0')), "not JSON"));
  const std::string good = rawSafetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  CHECK(openProblem(good).empty());
  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(openProblem(good.substr(0, length)).empty());
  }
}

TEST_CASE("refuses a header length beyond the file or 100 MiB") {
  CHECK(contains(openProblem(std::string(7, '\0') + '\x7f' + "{}"), "header length"));
  CHECK(contains(openProblem(std::string(8, '\xff') + "{}"), "header length"));
  // A sparse file of 200 MiB whose header claims 150 MiB of it.
  const TemporaryFolder folder;
  std::string length(8, '\0');
  length[3] = '\x09';
  const std::string path = folder.write("big.safetensors", length + "{}");
  std::filesystem::resize_file(path, 200u << 20);
  CHECK(contains(WeightFile::open(path).error().message, "104857600"));
}

TEST_CASE("deep nesting neither overflows the stack nor takes long") {
  std::string header = R"({"a":)";
  header.append(1 << 20, '[');
  CHECK_FALSE(openProblem(rawSafetensors(header, 0)).empty());
}

TEST_CASE("a missing file, a folder and a device are told apart from damage") {
  const TemporaryFolder folder;
  CHECK((WeightFile::open(folder.file("none")).error().code == ErrorCode::NotFound));
  CHECK((WeightFile::open(folder.path()).error().code == ErrorCode::Unreadable));
  CHECK((WeightFile::open("/dev/null").error().code == ErrorCode::Unreadable));
}

TEST_CASE("what is written is read back, in every dtype and shape") {
  const TemporaryFolder folder;
  const std::string path = folder.file("all.safetensors");
  std::map<std::string, at::Tensor> tensors;
  const at::Tensor base = at::arange(24).reshape({2, 3, 4});
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kFloat8_e4m3fn, at::kFloat8_e5m2}) {
    tensors[c10::toString(type)] = base.to(type);
  }
  tensors["bool"] = base.remainder(2).to(at::kBool);
  tensors["scalar"] = at::tensor(7.5F);
  tensors["empty"] = at::empty({0, 3});
  tensors["odd length"] = at::ones({5}, at::kByte);
  tensors["transposed"] = base.to(at::kFloat).transpose(0, 2);
  tensors["名"] = at::ones({1});
  REQUIRE(writeSafetensors(path, tensors, {{"format", "pt"}, {"what", "a \"test\""}}).ok());
  const auto file = WeightFile::open(path);
  REQUIRE(file.ok());
  CHECK((*file)->metadata().at("what") == "a \"test\"");
  CHECK((*file)->tensors().size() == tensors.size());
  CHECK((*file)->find("nothing") == nullptr);
  for (const auto& [name, expected] : tensors) {
    CAPTURE(name);
    const auto* info = (*file)->find(name);
    REQUIRE(info != nullptr);
    const at::Tensor got = storedTensor(*file, *info);
    CHECK((got.scalar_type() == expected.scalar_type()));
    CHECK((got.sizes() == expected.sizes()));
    CHECK(at::equal(got.to(at::kDouble), expected.to(at::kDouble)));
  }
}

TEST_CASE("a tensor keeps the mapping alive after its file object is gone") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  REQUIRE(writeSafetensors(path, {{"a", at::arange(1000).to(at::kFloat)}}).ok());
  at::Tensor tensor;
  {
    const auto file = WeightFile::open(path);
    REQUIRE(file.ok());
    tensor = storedTensor(*file, *(*file)->find("a"));
  }
  std::filesystem::remove(path);
  CHECK(tensor.sum().item<double>() == 499500.0);
}

TEST_CASE("data at an odd address is copied, not misread") {
  // The header has an odd length, so that the float begins at an odd offset.
  std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  if (header.size() % 2 == 0) header += ' ';
  std::string bytes = rawSafetensors(header, 0);
  const float value = 2.5F;
  bytes.append(reinterpret_cast<const char*>(&value), 4);
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("odd.safetensors", bytes));
  REQUIRE(file.ok());
  const at::Tensor tensor = storedTensor(*file, (*file)->tensors()[0]);
  CHECK(tensor.item<float>() == 2.5F);
  CHECK(reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 4 == 0);
}

TEST_CASE("bytes that are no bool become true") {
  std::string bytes = rawSafetensors(R"({"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})", 0);
  bytes += std::string("\x00\x02\xff", 3);
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("bool.safetensors", bytes));
  REQUIRE(file.ok());
  CHECK(storedTensor(*file, (*file)->tensors()[0]).sum().item<int>() == 2);
}

TEST_CASE("the same tensors give the same bytes, and every tensor is aligned") {
  const TemporaryFolder folder;
  const std::map<std::string, at::Tensor> tensors{
      {"a", at::ones({3}, at::kByte)}, {"b", at::ones({3}, at::kDouble)}, {"c", at::ones({3}, at::kHalf)}};
  REQUIRE(writeSafetensors(folder.file("1"), tensors).ok());
  REQUIRE(writeSafetensors(folder.file("2"), tensors).ok());
  CHECK(kinora::test::readAll(folder.file("1")) == kinora::test::readAll(folder.file("2")));
  const auto file = WeightFile::open(folder.file("1"));
  REQUIRE(file.ok());
  CHECK((*file)->tensors()[0].name == "b");
  CHECK((*file)->tensors()[1].name == "c");
  CHECK((*file)->tensors()[1].begin % 2 == 0);
}

TEST_CASE("a failed write leaves the old file and nothing else") {
  const TemporaryFolder folder;
  CHECK((writeSafetensors(folder.file("no/such/folder"), {}).error().code == ErrorCode::NotWritable));
  CHECK((writeSafetensors(folder.file("x"), {{"c", at::ones({1}, at::kComplexFloat)}}).error().code ==
         ErrorCode::InvalidInput));
  CHECK((writeSafetensors(folder.file("x"), {{"undefined", at::Tensor()}}).error().code == ErrorCode::InvalidInput));
  CHECK((writeSafetensors(folder.file("x"), {{"\xff", at::ones({1})}}).error().code == ErrorCode::InvalidInput));
  std::filesystem::create_directory(folder.file("folder"));
  CHECK_FALSE(writeSafetensors(folder.file("folder"), {{"a", at::ones({1})}}).ok());  // cannot replace a folder
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a write that breaks off in the middle leaves the old file") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.safetensors", "old");
  // A file-size limit makes write() fail half-way, as a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  struct rlimit small = limit;
  small.rlim_cur = 1000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto written = writeSafetensors(path, {{"a", at::ones({1000})}});
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  REQUIRE_FALSE(written.ok());
  CHECK((written.error().code == ErrorCode::NotWritable));
  CHECK(kinora::test::readAll(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
