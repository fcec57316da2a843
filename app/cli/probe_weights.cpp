// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/probe_weights.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "engine/models/model_catalogue.h"
#include "engine/weights/recognise.h"

namespace kinora::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kFolderDepth = 2;  ///< <folder>/transformer/x.safetensors

bool isIndex(const fs::path& path) {
  return path.filename().string().ends_with(".safetensors.index.json");
}

/// Whether the content, or for an index the name, says that this is a weight file.
bool isWeightFile(const fs::path& path) {
  if (isIndex(path)) return true;
  const auto map = weights::MappedFile::open(path.string());
  return map && weights::sniffFormat(map->bytes()).has_value();
}

/// "1.42 B", "9.0 M".
std::string countText(std::uint64_t count) {
  char text[32];
  const double value = static_cast<double>(count);
  if (value >= 1e9) {
    std::snprintf(text, sizeof text, "%.2f B", value / 1e9);
  } else if (value >= 1e6) {
    std::snprintf(text, sizeof text, "%.1f M", value / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(count));
  }
  return text;
}

void print(Report& report, const weights::Recognised& found) {
  report.event({{"kind", "weights"},
                {"path", found.path},
                {"format", weights::formatName(found.format)},
                {"role", weights::roleName(found.role)},
                {"architecture", found.architecture},
                {"alternatives", found.alternatives},
                {"size", found.size},
                {"title", found.title()},
                {"naming", found.naming},
                {"prefix", found.prefix},
                {"quantisation", found.quantisation},
                {"dtypes", found.dtypes},
                {"tensors", found.tensors},
                {"parameters", found.parameters},
                {"bytes", found.bytes},
                {"note", found.note}});
  std::string text = found.title() + " · " + weights::formatName(found.format);
  if (!found.naming.empty()) text += " · " + found.naming + " names";
  if (!found.quantisation.empty()) text += " · " + found.quantisation;
  std::string dtypes;
  for (const auto& [dtype, tensors] : found.dtypes) dtypes += (dtypes.empty() ? "" : ", ") + dtype;
  text += " · " + dtypes + " · " + std::to_string(found.tensors) + " tensors · " + countText(found.parameters) +
          " parameters · " + byteText(found.bytes);
  if (!found.note.empty()) text += " · " + found.note;
  report.line(text);
}

int probeFile(Report& report, const std::string& path) {
  const auto found = weights::recognise(path);
  if (!found) return report.fail(found.error());
  print(report, *found);
  return kDone;
}

/// Indexes, and weight files that belong to no index, sorted by name.
std::vector<fs::path> weightsIn(const fs::path& folder) {
  std::set<fs::path> found;
  std::set<fs::path> withIndex;  // folders
  std::error_code failure;
  for (fs::recursive_directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
    if (it.depth() >= kFolderDepth - 1) it.disable_recursion_pending();
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || !isWeightFile(it->path())) continue;
    if (isIndex(it->path())) withIndex.insert(it->path().parent_path());
    found.insert(it->path());
  }
  std::vector<fs::path> sets;
  for (const fs::path& path : found) {
    const bool shard = !isIndex(path) && path.extension() == ".safetensors" && withIndex.contains(path.parent_path());
    if (!shard) sets.push_back(path);
  }
  return sets;
}

std::optional<int> probeFolder(Report& report, const fs::path& folder) {
  const std::vector<fs::path> sets = weightsIn(folder);
  if (sets.empty()) return std::nullopt;
  int code = kDone;
  if (fs::exists(folder / "model_index.json")) {
    const auto model = models::describeModel(folder.string());
    if (!model) return report.fail(model.error());
    report.event({{"kind", "model"},
                  {"path", model->directory},
                  {"architecture", model->architecture},
                  {"parameters", model->parameters},
                  {"bytes", model->bytes},
                  {"problem", model->problem}});
    report.line("model " + model->name + " · " + model->architecture + " · " + byteText(model->bytes) +
                (model->problem.empty() ? "" : " · cannot be used: " + model->problem));
  }
  for (const fs::path& path : sets) {
    report.line(fs::relative(path, folder).string() + ":");
    if (const int failed = probeFile(report, path.string()); failed != kDone) code = failed;
  }
  return code;
}

}  // namespace

std::optional<int> probeWeights(Report& report, const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return probeFolder(report, path);
  if (!isWeightFile(path)) return std::nullopt;
  return probeFile(report, path);
}

}  // namespace kinora::cli
