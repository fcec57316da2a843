// SPDX-License-Identifier: GPL-3.0-or-later
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "engine/tensor/safetensors.h"
#include "engine/tensor/weight_source.h"
#include "engine/tensor/weight_store.h"
#include "tests/engine/tensor/files.h"

using namespace kinora::tensor;
using kinora::core::ErrorCode;
using kinora::test::TemporaryFolder;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// A folder with a.safetensors (x, y) and b.safetensors (z), and an index "m" that says so.
struct Shards {
  TemporaryFolder folder;

  Shards() {
    REQUIRE(writeSafetensors(folder.file("a.safetensors"), {{"x", at::ones({2})}, {"y", at::zeros({3})}}).ok());
    REQUIRE(writeSafetensors(folder.file("b.safetensors"), {{"z", at::full({2, 2}, 4.0)}}).ok());
    index(
        R"({"metadata":{"total_size":36},"weight_map":{"x":"a.safetensors","y":"a.safetensors","z":"b.safetensors"}})");
  }
  void index(const std::string& json) const { folder.write("m.safetensors.index.json", json); }
  kinora::core::Result<WeightSource> open() const { return WeightSource::open(folder.path(), "m"); }
  kinora::core::Error problem(const std::string& json) const {
    index(json);
    const auto source = open();
    REQUIRE_FALSE(source.ok());
    return source.error();
  }
};

WeightSource single(const TemporaryFolder& folder, const std::map<std::string, at::Tensor>& tensors) {
  REQUIRE(writeSafetensors(folder.file("m.safetensors"), tensors).ok());
  auto source = WeightSource::open(folder.path(), "m");
  REQUIRE(source.ok());
  return std::move(source).value();
}

}  // namespace

TEST_CASE("a sharded model reads like one file") {
  const Shards shards;
  const auto source = shards.open();
  REQUIRE(source.ok());
  CHECK(source->files().size() == 2);
  CHECK(source->entries().size() == 3);
  const auto* z = source->find("z");
  REQUIRE(z != nullptr);
  CHECK(contains(z->file->path(), "b.safetensors"));
  CHECK(storedTensor(z->file, *z->info).sum().item<float>() == 16);
  CHECK(source->find("w") == nullptr);
}

TEST_CASE("a bad index is refused with the reason") {
  const Shards shards;
  CHECK((shards.problem(R"({"weight_map":{"x":"c.safetensors"}})").code == ErrorCode::NotFound));
  CHECK(contains(shards.problem(R"({"weight_map":{"x":"b.safetensors"}})").message, "is not in it"));
  for (const char* escape :
       {"../a.safetensors", "/etc/passwd", "..", ".", "", "sub/a.safetensors", "a\\\\b", "a\\u0000b"}) {
    CAPTURE(escape);
    const auto error = shards.problem(std::string(R"({"weight_map":{"x":")") + escape + "\"}}");
    CHECK((error.code == ErrorCode::Corrupt));
    CHECK(contains(error.message, "same folder"));
  }
  CHECK(contains(shards.problem(R"({"weight_map":{"x":"a.safetensors","x":"b.safetensors"}})").message, "duplicate"));
  CHECK(contains(shards.problem(R"({"weight_map":{"x":1}})").message, "same folder"));
  CHECK(contains(shards.problem(R"({"weight_map":{}})").message, "empty"));
  CHECK(contains(shards.problem(R"({"weight_map":[]})").message, "weight_map"));
  CHECK(contains(shards.problem("[]").message, "weight_map"));
  CHECK(contains(shards.problem("{").message, "not JSON"));
  // An index that lists itself is no safetensors file.
  CHECK((shards.problem(R"({"weight_map":{"x":"m.safetensors.index.json"}})").code == ErrorCode::Corrupt));
}

TEST_CASE("a damaged shard is named") {
  const Shards shards;
  shards.folder.write("b.safetensors", "junk");
  const auto source = shards.open();
  REQUIRE_FALSE(source.ok());
  CHECK(contains(source.error().context, "b.safetensors"));
}

TEST_CASE("an index that lists an index, or shards that list each other, cannot loop") {
  const Shards shards;
  shards.folder.write("n.safetensors.index.json", R"({"weight_map":{"x":"m.safetensors.index.json"}})");
  const auto error = shards.problem(R"({"weight_map":{"x":"n.safetensors.index.json"}})");
  CHECK((error.code == ErrorCode::Corrupt));
  CHECK(contains(error.context, "n.safetensors.index.json"));
}

TEST_CASE("neither file nor index is NotFound, naming the file") {
  const TemporaryFolder folder;
  const auto source = WeightSource::open(folder.path(), "m");
  REQUIRE_FALSE(source.ok());
  CHECK((source.error().code == ErrorCode::NotFound));
  CHECK(contains(source.error().context, "m.safetensors"));
}

TEST_CASE("all faults of a table come in one error") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"right", at::ones({2})},
                                              {"wrong", at::ones({2, 3})},
                                              {"whole", at::ones({2}, at::kLong)},
                                              {"extra", at::ones({1})},
                                              {"buffer.extra", at::ones({1})}});
  const std::vector<TensorSpec> table{{"right", {2}}, {"wrong", {3, 3}}, {"whole", {2}}, {"gone", {1}}, {"away", {1}}};
  LoadOptions options;
  options.ignored = [](std::string_view name) { return name.starts_with("buffer."); };
  const auto store = WeightStore::load(source, table, options);
  REQUIRE_FALSE(store.ok());
  CHECK((store.error().code == ErrorCode::ModelMismatch));
  CHECK(store.error().context == source.path());
  CHECK(store.error().message ==
        "tensors do not fit the model: 2 missing: gone, away; 1 surplus: extra; 2 wrong: wrong (shape [2,3], expected "
        "[3,3]), whole (dtype I64, expected a floating-point type)");
  const auto faults = checkTable(source, table, options.ignored);
  REQUIRE(faults.size() == 5);
  CHECK(faults[0].tensor == "wrong");
  CHECK(faults[0].what == "shape [2,3], expected [3,3]");
  CHECK(faults[0].file == source.path());
  CHECK(faults[4].what == "surplus");
}

TEST_CASE("a long list of faults is cut but counted") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"a", at::ones({1})}});
  std::vector<TensorSpec> table;
  for (int i = 0; i < 825; ++i) table.push_back({"block." + std::to_string(i), {1}});
  const auto store = WeightStore::load(source, table, {});
  REQUIRE_FALSE(store.ok());
  const std::string& message = store.error().message;
  CHECK(contains(message, "825 missing"));
  CHECK(contains(message, "block.19, …"));
  CHECK_FALSE(contains(message, "block.20"));
}

TEST_CASE("weights are converted to the compute dtype, and pinned ones stay f32") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"a", at::full({2}, 1.5)},
                                              {"b", at::full({2}, 2.5, at::kBFloat16)},
                                              {"c", at::full({2}, 3.5, at::kHalf)},
                                              {"norm", at::full({2}, 1.001)}});
  const std::vector<TensorSpec> table{{"a", {2}}, {"b", {2}}, {"c", {2}}, {"norm", {2}}};
  LoadOptions options;
  const auto plain = WeightStore::load(source, table, options);
  REQUIRE(plain.ok());
  CHECK(((*plain)["b"].scalar_type() == at::kFloat));
  CHECK((*plain)["b"].sum().item<float>() == 5);
  CHECK((*plain)["c"].sum().item<float>() == 7);
  CHECK(plain->bytes() == 32);

  options.dtype = at::kBFloat16;
  options.keepF32 = [](std::string_view name) { return name == "norm"; };
  const auto half = WeightStore::load(source, table, options);
  REQUIRE(half.ok());
  CHECK(((*half)["a"].scalar_type() == at::kBFloat16));
  CHECK(((*half)["norm"].scalar_type() == at::kFloat));
  CHECK(half->bytes() == 20);
}

TEST_CASE("names, aliases, optional lines, scopes and take") {
  const TemporaryFolder folder;
  const WeightSource source =
      single(folder, {{"blocks.0.norm.weight", at::ones({2})}, {"head.head.bias", at::ones({3})}});
  const std::vector<TensorSpec> table{{"blocks.0.norm.weight", {2}},
                                      {"proj_out.bias", {3}, {"head.bias", "head.head.bias"}},
                                      {"img_emb.weight", {4}, {}, true}};
  auto store = WeightStore::load(source, table, {});
  REQUIRE(store.ok());
  CHECK(store->size() == 2);
  CHECK((*store)["proj_out.bias"].numel() == 3);
  CHECK_FALSE(store->has("img_emb.weight"));
  CHECK_FALSE(store->has("head.head.bias"));
  CHECK(store->scope("blocks.0.").scope("norm.")["weight"].numel() == 2);
  CHECK(store->scope("blocks.").has("0.norm.weight"));
  CHECK_THROWS_AS((*store)["nothing"], std::out_of_range);
  CHECK(store->take("proj_out.bias").numel() == 3);
  CHECK_FALSE(store->has("proj_out.bias"));
  CHECK_THROWS_AS(store->take("proj_out.bias"), std::out_of_range);
}

TEST_CASE("reading values finds NaN and infinity in any float type") {
  const TemporaryFolder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const WeightSource source = single(folder, {{"fine", at::full({5}, 1e30)},
                                              {"nan", at::tensor(std::vector<float>{0, nan})},
                                              {"inf", at::tensor(std::vector<float>{-infinity, 0}).to(at::kBFloat16)},
                                              {"half", at::full({2}, infinity, at::kHalf)},
                                              {"tiny", at::ones({2}).to(at::kFloat8_e4m3fn)},
                                              {"double", at::full({1}, 1e300, at::kDouble)}});
  const std::vector<TensorSpec> table{{"fine", {5}}, {"nan", {2}},  {"inf", {2}},
                                      {"half", {2}}, {"tiny", {2}}, {"double", {1}}};
  CHECK(checkTable(source, table).empty());
  std::vector<std::string> names;
  for (const TableFault& fault : checkTable(source, table, {}, true)) {
    CHECK(fault.what == "not finite");
    names.push_back(fault.tensor);
  }
  CHECK(names == std::vector<std::string>{"nan", "inf", "half"});
}

TEST_CASE("loading stops when asked") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"a", at::ones({1})}});
  std::stop_source stop;
  stop.request_stop();
  LoadOptions options;
  options.stop = StopCheck(stop.get_token());
  CHECK_THROWS_AS((void)WeightStore::load(source, {{"a", {1}}}, options), Stopped);
}

TEST_CASE("an overlay changes the tensors it names before they are converted; the others stay views of the file") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"a", at::ones({2})}, {"b", at::full({2}, 3.0f)}});
  LoadOptions options;
  options.overlay.names = {"b"};
  options.overlay.apply = [](std::string_view name, const at::Tensor& stored, const StopCheck&) {
    CHECK(name == "b");
    return stored + 0.5;
  };
  const auto store = WeightStore::load(source, {{"a", {2}}, {"b", {2}}}, options);
  REQUIRE(store.ok());
  const auto* a = source.find("a");
  CHECK((*store)["a"].const_data_ptr() == storedTensor(a->file, *a->info).const_data_ptr());
  CHECK((*store)["b"][0].item<float>() == 3.5f);
}

TEST_CASE("scaled weights are multiplied out, in every spelling, and the helpers are no surplus") {
  const at::Tensor stored = at::tensor(std::vector<float>{1, -2, 4, 0.5, 8, -16}).view({2, 3}).to(at::kFloat8_e4m3fn);
  const at::Tensor whole = at::tensor(std::vector<std::int64_t>{1, -2, 127, 0, 5, -7}, at::kChar).view({2, 3});
  const at::Tensor rows = at::tensor(std::vector<float>{0.5, 3}).view({2, 1});
  const std::string json = R"({"format": "float8_e4m3fn"})";
  const at::Tensor quant = at::tensor(std::vector<std::int64_t>(json.begin(), json.end())).to(at::kByte);
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"model.scaled_fp8", at::empty({0}).to(at::kFloat8_e4m3fn)},
                                              {"model.old.weight", stored},
                                              {"model.old.scale_weight", at::tensor(0.25F).reshape({})},
                                              {"model.old.scale_input", at::tensor(1.F)},
                                              {"model.new.weight", stored},
                                              {"model.new.weight_scale", at::tensor(2.F)},
                                              {"model.new.input_scale", at::tensor(1.F)},
                                              {"model.new.comfy_quant", quant},
                                              {"model.rows.weight", stored},
                                              {"model.rows.weight_scale", rows},
                                              {"model.int.weight", whole},
                                              {"model.int.weight_scale", rows},
                                              {"model.plain.weight", stored}});
  CHECK(source.prefix() == "model.");
  CHECK(source.entries().size() == 5);
  const std::vector<TensorSpec> table{{"old.weight", {2, 3}},
                                      {"new.weight", {2, 3}},
                                      {"rows.weight", {2, 3}},
                                      {"int.weight", {2, 3}},
                                      {"plain.weight", {2, 3}}};
  CHECK(checkTable(source, table, {}, true).empty());
  const auto store = WeightStore::load(source, table, {});
  REQUIRE(store.ok());
  const at::Tensor values = stored.to(at::kFloat);
  CHECK(at::equal((*store)["old.weight"], values * 0.25));
  CHECK(at::equal((*store)["new.weight"], values * 2));
  CHECK(at::equal((*store)["rows.weight"], values * rows));
  CHECK(at::equal((*store)["int.weight"], whole.to(at::kFloat) * rows));
  CHECK(at::equal((*store)["plain.weight"], values));
  CHECK(at::equal(readWeight(*source.find("rows.weight"), at::kFloat, {1, 1}), (values * rows).narrow(0, 1, 1)));
}

TEST_CASE("a quantisation that is not known is named, and so is a scale that does not fit") {
  const std::string json = R"({"format": "nvfp4"})";
  const at::Tensor quant = at::tensor(std::vector<std::int64_t>(json.begin(), json.end())).to(at::kByte);
  const at::Tensor stored = at::ones({2, 3}).to(at::kFloat8_e4m3fn);
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"a.weight", stored},
                                              {"a.comfy_quant", quant},
                                              {"b.weight", stored},
                                              {"b.weight_scale", at::ones({3})},
                                              {"c.weight", at::ones({2, 3}, at::kChar)},
                                              {"d.weight_scale", at::ones({1})}});
  const auto faults = checkTable(source, {{"a.weight", {2, 3}}, {"b.weight", {2, 3}}, {"c.weight", {2, 3}}});
  REQUIRE(faults.size() == 4);
  CHECK(contains(faults[0].what, "nvfp4"));
  CHECK(contains(faults[1].what, "scale F32 [3]"));
  CHECK(contains(faults[2].what, "dtype I8"));
  CHECK(faults[3].tensor == "d.weight_scale");
}

TEST_CASE("blocks are unpacked in whole and by rows, in every compute dtype") {
  const auto source = WeightSource::open(KINORA_SOURCE_DIR "/tests/data/goldens/weight-files/ggml-blocks.gguf");
  REQUIRE(source.ok());
  for (const char* type : {"Q8_0", "Q6_K", "Q5_K", "Q4_K", "Q4_0"}) {
    CAPTURE(type);
    const auto& entry = *source->find(type);
    const auto& reference = *source->find(std::string(type) + ".expected");
    const at::Tensor expected = readWeight(reference, at::kFloat);
    const at::Tensor got = readWeight(entry, at::kFloat);
    CHECK(at::allclose(got, expected, 1e-6, 1e-7));
    CHECK(at::equal(readWeight(entry, at::kBFloat16), got.to(at::kBFloat16)));
    CHECK(at::equal(readWeight(entry, at::kFloat, {1, 1}), got.narrow(0, 1, 1)));
    CHECK(at::equal(readRows(entry, {1, 0, 1}), at::stack({got[1], got[0], got[1]})));
  }
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS((void)readWeight(*source->find("Q8_0"), at::kFloat, {}, StopCheck(stop.get_token())), Stopped);
}

TEST_CASE("axes of 1 in front do not count") {
  const TemporaryFolder folder;
  const WeightSource source = single(folder, {{"class", at::ones({1, 1, 4})}});
  const auto store = WeightStore::load(source, {{"class", {4}}}, {});
  REQUIRE(store.ok());
  CHECK((*store)["class"].dim() == 1);
  const auto faults = checkTable(source, {{"class", {5}}});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].what == "shape [1,1,4], expected [5]");
}

TEST_CASE("a folder is opened by what is in it, and one with several candidates is refused") {
  const TemporaryFolder folder;
  CHECK((WeightSource::open(folder.path()).error().code == ErrorCode::NotFound));
  REQUIRE(writeSafetensors(folder.file("one.safetensors"), {{"a", at::ones({1})}}).ok());
  CHECK(WeightSource::open(folder.path()).ok());
  REQUIRE(writeSafetensors(folder.file("two.safetensors"), {{"b", at::ones({1})}}).ok());
  CHECK(contains(WeightSource::open(folder.path()).error().message, "got 2"));
  folder.write("x.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  const auto both = WeightSource::open(folder.path());
  REQUIRE(both.ok());
  CHECK(both->entries().size() == 2);
}
