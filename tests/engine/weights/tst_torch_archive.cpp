// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engine/weights/weight_file.h"
#include "tests/engine/tensor/files.h"
#include "tests/engine/weights/builders.h"

using namespace kinora::test;
using kinora::core::ErrorCode;
using kinora::weights::FileFormat;
using kinora::weights::WeightFile;

namespace {

const std::string kData(24, '\x3f');

std::string matrix(const std::string& name) {
  return pickle::text(name) + pickle::tensor(pickle::storage("0", 6), 0, {2, 3}, {3, 1});
}

std::string goodPickle() {
  return pickle::kStart + pickle::dict(matrix("a")) + ".";
}

kinora::core::Error errorOf(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.bin", bytes));
  REQUIRE_FALSE(file.ok());
  return file.error();
}

/// "" for a file that opens, else its error message.
std::string problem(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.bin", bytes));
  return file.ok() ? std::string() : file.error().message;
}

std::string pickleProblem(const std::string& body) {
  return problem(torchArchive(pickle::kStart + body, {{"0", kData}}));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

struct Hostile {
  const char* what;
  std::string body;  ///< behind the protocol
  const char* message;
};

using pickle::number;
using pickle::text;

const Hostile kHostile[] = {
    {"os.system", "cos\nsystem\n" + text("touch pwned") + "\x85R.", "os.system"},
    {"posix.system by two texts", text("posix") + text("system") + "\x93" + text("id") + "\x85R.", "posix.system"},
    {"builtins.eval", "cbuiltins\neval\n" + text("1") + "\x85R.", "builtins.eval"},
    {"a class of torch", "ctorch\nload\n.", "torch.load"},
    {"another rebuild function", "ctorch._utils\n_rebuild_parameter\n.", "_rebuild_parameter"},
    {"an object by class name (INST)", "(ios\nsystem\n.", "operation 0x69"},
    {"an object of a class (OBJ)", "(cos\nsystem\no.", "os.system"},
    {"an object (NEWOBJ)", pickle::kEmptyDict + ")\x81.", "operation 0x81"},
    {"an extension code", "\x82\x01.", "operation 0x82"},
    {"a call of a dict", "})R.", "calls something else"},
    {"OrderedDict with arguments", "ccollections\nOrderedDict\n" + number(1) + "\x85R.", "calls something else"},
    {"a call without arguments", "ccollections\nOrderedDict\nNR.", "without arguments"},
    {"state of a number", number(1) + "}b.", "sets the state"},
    {"an empty stack", ".", "empty stack"},
    {"a pop below a mark", "N(\x85.", "empty stack"},
    {"no mark", "t.", "mark is missing"},
    {"a recall of nothing", "h\x05.", "was not remembered"},
    {"an odd dict", "}(Nu.", "without value"},
    {"items for a number", number(1) + "(NNu.", "no list or dict"},
    {"protocol 9", "\x80\x09N.", "protocol"},
    {"a long number", std::string("\x8a\x09") + std::string(9, '\x7f') + ".", "64 bits"},
    {"no tensors", pickle::dict(text("epoch") + number(3)) + ".", "dict of tensors"},
    {"a bare number", number(3) + ".", "dict of tensors"},
    {"two dicts of tensors",
     pickle::dict(text("x") + pickle::dict(matrix("a")) + text("y") + pickle::dict(matrix("a"))) + ".",
     "dict of tensors"},
    {"a tensor named by a number", pickle::dict(number(3) + pickle::tensor(pickle::storage("0", 6), 0, {1}, {1})) + ".",
     "no text"},
    {"a name twice", pickle::dict(matrix("a") + matrix("a")) + ".", "duplicate name"},
    {"a storage of an unknown type",
     pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6, "ComplexFloatStorage"), 0, {1}, {1})) + ".",
     "ComplexFloatStorage"},
    {"a storage that is not there",
     pickle::dict(text("a") + pickle::tensor(pickle::storage("9", 6), 0, {1}, {1})) + ".", "not in the archive"},
    {"a storage key that climbs",
     pickle::dict(text("a") + pickle::tensor(pickle::storage("../byteorder", 1), 0, {1}, {1})) + ".",
     "not in the archive"},
    {"a reference that is a text", text("storage") + "Q.", "no storage"},
    {"a negative storage", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", -6), 0, {1}, {1})) + ".",
     "no storage"},
    {"a storage said to be larger than it is",
     pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 100), 0, {100}, {1})) + ".", "behind its storage"},
    {"a tensor behind its storage",
     pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), 4, {3}, {1})) + ".", "behind its storage"},
    {"a negative first element", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), -1, {1}, {1})) + ".",
     "first element"},
    {"a negative extent", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), 0, {-1}, {1})) + ".",
     "numbers from 0"},
    {"an overflowing shape",
     pickle::dict(text("a") +
                  pickle::tensor(pickle::storage("0", 6), 0, {2147483647, 2147483647, 2147483647}, {1, 1, 1})) +
         ".",
     "overflows"},
    {"a transposed tensor", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), 0, {2, 3}, {1, 2})) + ".",
     "in order"},
    {"an expanded tensor", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), 0, {2, 3}, {0, 0})) + ".",
     "in order"},
    {"fewer strides than axes", pickle::dict(text("a") + pickle::tensor(pickle::storage("0", 6), 0, {2, 3}, {1})) + ".",
     "strides"},
};

}  // namespace

TEST_CASE("a state dict reads in place") {
  const std::string body = pickle::kStart + pickle::kOrderedDict + "(" + matrix("a") + text("half") +
                           pickle::tensor(pickle::storage("1", 4, "HalfStorage"), 1, {3}, {1}) + text("scalar") +
                           pickle::tensor(pickle::storage("0", 6), 5, {}, {}) + text("epoch") + number(3) + "u}(" +
                           text("_metadata") + pickle::kOrderedDict + "ub.";
  const TemporaryFolder folder;
  const auto file = WeightFile::open(folder.write("a.pth", torchArchive(body, {{"0", kData}, {"1", "abcdefgh"}})));
  REQUIRE_MESSAGE(file.ok(), (file ? "" : file.error().text()));
  CHECK(((*file)->format() == FileFormat::Torch));
  CHECK((*file)->tensors().size() == 3);
  CHECK((*file)->find("a")->shape == std::vector<std::int64_t>{2, 3});
  CHECK((*file)->find("scalar")->shape.empty());
  const auto* half = (*file)->find("half");
  CHECK(half->dtype == "F16");
  const auto bytes = (*file)->bytes(*half);
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == "cdefgh");
}

TEST_CASE("a dict within a dict is found under any name") {
  for (const char* key : {"state_dict", "module", "model"}) {
    CHECK(pickleProblem(pickle::dict(text("epoch") + number(1) + text(key) + pickle::dict(matrix("a"))) + ".").empty());
  }
}

TEST_CASE("each hostile pickle is refused with a message that names the fault, and nothing is run") {
  for (const Hostile& hostile : kHostile) {
    CAPTURE(std::string(hostile.what));
    const std::string message = pickleProblem(hostile.body);
    CAPTURE(message);
    CHECK(contains(message, hostile.message));
  }
}

TEST_CASE("a pickle that ties a knot, or nests without end, ends") {
  // A dict that holds itself, then a tensor: found, and the knot is not followed.
  CHECK(pickleProblem("}q\x01(" + text("self") + "h\x01" + matrix("a") + "u.").empty());
  CHECK(contains(pickleProblem("}q\x01(" + text("self") + "h\x01u."), "dict of tensors"));
  CHECK(contains(pickleProblem("]q\x01h\x01"
                               "a."),
                 "dict of tensors"));
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "N\x85";
  CHECK(contains(pickleProblem(std::string("N") + nested), "cut off"));
  CHECK(contains(pickleProblem(std::string(3u << 20, '(')), "too many marks"));
  CHECK(contains(pickleProblem(std::string(3u << 20, 'N')), "too many values"));
  // Doubling a list through the memo would be 2^40 items.
  std::string doubling = "]q\x01";
  for (int i = 0; i < 40; ++i)
    doubling +=
        "(h\x01h\x01"
        "e";
  CHECK_FALSE(pickleProblem(doubling + ".").empty());
}

TEST_CASE("a pickle cut at any byte is refused") {
  const std::string good = goodPickle();
  CHECK(problem(torchArchive(good, {{"0", kData}})).empty());
  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK(contains(problem(torchArchive(good.substr(0, length), {{"0", kData}})), "pickle"));
  }
}

TEST_CASE("an archive cut at any byte is refused") {
  const std::string good = torchArchive(goodPickle(), {{"0", kData}});
  for (std::size_t length = 4; length < good.size(); ++length) {
    CAPTURE(length);
    const auto error = errorOf(good.substr(0, length));
    CHECK((error.code == ErrorCode::Corrupt));
  }
}

TEST_CASE("compressed, encrypted, overlapping and doubled entries are refused") {
  ZipBuilder deflated;
  deflated.method = 8;
  deflated.add("model/data.pkl", goodPickle());
  CHECK(contains(problem(deflated.build()), "compressed"));
  ZipBuilder bomb;  // says that few bytes become many
  bomb.packedBytes = 1;
  bomb.add("model/data.pkl", goodPickle());
  CHECK(contains(problem(bomb.build()), "compressed"));
  ZipBuilder locked;
  locked.flags = 1;
  locked.add("model/data.pkl", goodPickle());
  CHECK(contains(problem(locked.build()), "encrypted"));
  ZipBuilder doubled;
  doubled.add("model/data.pkl", goodPickle());
  doubled.add("model/data.pkl", goodPickle());
  CHECK(contains(problem(doubled.build()), "duplicate name"));
  ZipBuilder renamed;
  renamed.add("model/data.pkl", goodPickle());
  renamed.alias("model/data/0", 4, 0);
  CHECK(contains(problem(renamed.build()), "another name"));
  ZipBuilder outside;
  outside.add("model/data.pkl", goodPickle());
  outside.alias("model/data/0", 4, 0xfffffff0);
  CHECK(contains(problem(outside.build()), "not where it should be"));
  ZipBuilder tooLong;
  tooLong.add("model/data.pkl", goodPickle());
  tooLong.alias("model/data.pkl", 100000, 0);
  CHECK(contains(problem(tooLong.build()), "behind the file"));
}

TEST_CASE("data of one entry inside another is refused") {
  // The second local header lies in the data of the first, as in bombs that nest.
  ZipBuilder inner;
  inner.add("model/data/0", kData);
  ZipBuilder outer;
  outer.add("model/data.pkl", goodPickle() + inner.build());
  outer.alias("model/data/0", kData.size(), static_cast<std::uint32_t>(30 + 14 + goodPickle().size()));
  CHECK(contains(problem(outer.build()), "overlaps"));
}

TEST_CASE("a zip that is no torch file is told so") {
  ZipBuilder zip;
  zip.add("word/document.xml", "<x/>");
  CHECK(contains(problem(zip.build()), "no torch file"));
  ZipBuilder big;
  big.add("model/data.pkl", goodPickle());
  big.add("model/byteorder", "big");
  CHECK(contains(problem(big.build()), "byte order"));
  ZipBuilder two;
  two.add("a/data.pkl", goodPickle());
  two.add("b/data.pkl", goodPickle());
  CHECK(contains(problem(two.build()), "more than one"));
}
