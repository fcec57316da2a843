// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/media/media_commands.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/media/media_service.h"

namespace kinora::cli {
namespace {

const char* kindName(core::MediaKind kind) {
  switch (kind) {
    case core::MediaKind::Video:
      return "video";
    case core::MediaKind::Picture:
      return "picture";
    case core::MediaKind::Audio:
      return "audio";
  }
  return "video";
}

}  // namespace

int probe(Report& report, const std::string& file) {
  const auto info = media::createMediaService()->probe(std::filesystem::absolute(file).string());
  if (!info) return report.fail(info.error());
  report.event(
      {{"kind", kindName(info->kind)},
       {"path", info->path},
       {"width", info->size.width},
       {"height", info->size.height},
       {"frames", info->frames},
       {"fps", info->fps.toString()},
       {"seconds", info->duration.toDouble()},
       {"codec", info->codec},
       {"audio", info->hasAudio},
       {"recipe", info->recipe.empty() ? nlohmann::json() : nlohmann::json::parse(info->recipe, nullptr, false)}});
  std::string text = std::string(kindName(info->kind)) + " · " + info->codec;
  if (!info->size.isEmpty()) text += " · " + std::to_string(info->size.width) + "×" + std::to_string(info->size.height);
  if (info->kind == core::MediaKind::Video) {
    char timing[96];
    std::snprintf(timing, sizeof timing, " · %lld frames · %s fps · %.2f s", static_cast<long long>(info->frames),
                  info->fps.toString().c_str(), info->duration.toDouble());
    text += timing;
  }
  report.line(text);
  if (!info->recipe.empty()) report.line("recipe: " + info->recipe);
  return kDone;
}

}  // namespace kinora::cli
