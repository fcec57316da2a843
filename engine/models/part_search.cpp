// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/models/part_search.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/models/weight_files.h"
#include "engine/weights/wan_shapes.h"

namespace kinora::models {
namespace {

namespace fs = std::filesystem;
using core::Result;
using weights::Role;
using weights::WeightSource;

constexpr int kMaxDepth = 2;
constexpr const char* kIndexEnd = ".safetensors.index.json";
/// Names decide only which files of a folder are worth a look.
constexpr std::array kEnds{".safetensors", kIndexEnd, ".gguf", ".pth", ".model"};
/// Folders that programs keep parts in.
constexpr std::array kFolders{"vae",
                              "text_encoders",
                              "text_encoder",
                              "clip",
                              "clip_vision",
                              "vae_approx",
                              "tokenizer",
                              "image_encoder",
                              "unet",
                              "transformer",
                              "transformer_2",
                              "high_noise_model",
                              "low_noise_model",
                              "google/umt5-xxl",
                              "diffusion_models"};

constexpr std::int64_t kVae21Base = 96;
constexpr std::int64_t kVae22Base = 160;
constexpr std::int64_t kTinyWidth = 256;  ///< of the first stage of a published tiny decoder

/// The first bytes of a SentencePiece model: field 1 of the model is a piece, field 1 of the piece its text, and the
/// first piece of UMT5 is <pad>.
bool isVocabulary(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::array<char, 9> head{};
  stream.read(head.data(), head.size());
  return stream && head[0] == '\x0a' && head[2] == '\x0a' && std::string_view(head.data() + 3, 6) == "\x05<pad>";
}

void measure(const WeightSource& source, FoundPart& part) {
  part.published = !part.what.size.empty();
  if (part.what.role == Role::Transformer) {
    const auto shape = weights::wanTransformerShape(source);
    part.channels = shape->outChannels;
    part.textDim = shape->textDim;
    part.imageDim = shape->imageDim.value_or(0);
  } else if (part.what.role == Role::Vae) {
    const auto shape = weights::wanVaeShape(source);
    part.channels = shape->latentChannels;
    part.published = shape->baseDim == (shape->residual ? kVae22Base : kVae21Base);
  } else if (part.what.role == Role::TextEncoder) {
    part.textDim = weights::textEncoderShape(source)->dim;
    part.vocabulary = source.find("spiece_model") || source.files().front()->array("tokenizer.ggml.tokens");
  } else if (part.what.role == Role::TinyDecoder) {
    const auto shape = weights::tinyDecoderShape(source);
    part.channels = shape->latentChannels;
    part.published = shape->width == kTinyWidth;
  } else if (part.what.role == Role::ImageEncoder) {
    part.imageDim = weights::imageEncoderShape(source)->dim;
  }
}

bool endsLikeOne(const std::string& name) {
  return std::any_of(kEnds.begin(), kEnds.end(), [&](const char* end) { return name.ends_with(end); });
}

std::vector<fs::path> entriesOf(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const bool hidden = it->path().filename().string().front() == '.';
    if (!hidden && (folders ? it->is_directory(ignored) : it->is_regular_file(ignored))) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void collect(const fs::path& folder, int depth, std::vector<FoundPart>& found) {
  for (FoundPart& part : partsIn(folder.string())) found.push_back(std::move(part));
  if (depth == kMaxDepth) return;
  for (const fs::path& child : entriesOf(folder, /*folders=*/true)) collect(child, depth + 1, found);
}

}  // namespace

std::string FoundPart::title() const {
  return what.role == Role::Unknown && vocabulary ? "tokenizer" : what.title();
}

Result<FoundPart> lookAt(const std::string& path) {
  FoundPart part;
  part.path = path;
  if (isVocabulary(path)) {
    part.vocabulary = true;
    return part;
  }
  const auto source = WeightSource::open(path);
  if (!source) return source.error();
  part.what = weights::recognise(*source);
  measure(*source, part);
  return part;
}

std::string wholeOf(const std::string& file) {
  const fs::path path(file);
  for (const fs::path& beside : entriesOf(path.parent_path(), /*folders=*/false)) {
    if (!beside.string().ends_with(kIndexEnd)) continue;
    const auto index = readShardIndex(beside.string());
    const std::string name = path.filename().string();
    if (index && std::find(index->files.begin(), index->files.end(), name) != index->files.end())
      return beside.string();
  }
  return file;
}

std::vector<FoundPart> partsIn(const std::string& folder) {
  std::set<std::string> shards;
  std::vector<fs::path> files;
  for (const fs::path& file : entriesOf(folder, /*folders=*/false)) {
    if (!endsLikeOne(file.filename().string())) continue;
    files.push_back(file);
    if (!file.string().ends_with(kIndexEnd)) continue;
    if (const auto index = readShardIndex(file.string())) shards.insert(index->files.begin(), index->files.end());
  }
  std::vector<FoundPart> parts;
  for (const fs::path& file : files) {
    if (shards.contains(file.filename().string())) continue;
    auto part = lookAt(file.string());
    if (part && (part->what.role != Role::Unknown || part->vocabulary)) parts.push_back(std::move(part).value());
  }
  return parts;
}

std::vector<FoundPart> partsBelow(const std::string& folder) {
  std::vector<FoundPart> found;
  collect(folder, 0, found);
  return found;
}

std::vector<std::string> foldersAround(const std::string& file) {
  std::vector<std::string> folders;
  const auto add = [&](const fs::path& folder) {
    std::error_code ignored;
    const std::string path = folder.lexically_normal().string();
    if (fs::is_directory(folder, ignored) && std::find(folders.begin(), folders.end(), path) == folders.end())
      folders.push_back(path);
  };
  fs::path base = fs::path(file).parent_path();
  add(base);
  // Beside the file, beside its folder, and once more for those who sort files into folders of their own.
  for (int level = 0; level < 3 && base != base.root_path(); ++level, base = base.parent_path()) {
    for (const char* name : kFolders) {
      add(base / name);
      for (const fs::path& child : entriesOf(base / name, /*folders=*/true)) add(child);
    }
  }
  return folders;
}

}  // namespace kinora::models
