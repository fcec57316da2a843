// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/jobs/submission.h"

#include <cctype>
#include <cstdio>
#include <filesystem>
#include <random>

namespace kinora::jobs {
namespace {

/// Cuts UTF-8 text after count code points.
std::string firstCharacters(const std::string& text, int count) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts && count-- == 0) break;
  }
  return text.substr(0, end);
}

std::string slug(const std::string& prompt) {
  std::string name;
  for (const char c : firstCharacters(prompt, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte)) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "clip" : name;
}

}  // namespace

std::string freshClipPath(const std::string& folder, const std::string& prompt) {
  std::random_device random;
  while (true) {
    char suffix[8];
    std::snprintf(suffix, sizeof suffix, "%06x", random() & 0xFFFFFFu);
    const std::string path = folder + "/" + slug(prompt) + "-" + suffix + ".mp4";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return path;
  }
}

core::JobSpec generationJob(const core::Plan& plan, const std::string& folder, const std::string& output) {
  core::JobSpec spec;
  spec.kind = core::JobKind::Generate;
  spec.request = plan.request;
  if (!spec.request.seed) spec.request.seed = std::random_device{}();
  spec.title = firstCharacters(plan.request.prompt.empty() ? plan.request.startImage : plan.request.prompt, 80);
  spec.output =
      output.empty() ? freshClipPath(folder, plan.request.prompt) : std::filesystem::absolute(output).string();
  spec.credits = plan.credits;
  spec.work = plan.work;
  return spec;
}

}  // namespace kinora::jobs
