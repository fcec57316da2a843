// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/generate_options.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace kinora::cli {
namespace {

core::Error badOption(const char* option, const char* expected, const std::string& got) {
  return {core::ErrorCode::InvalidInput,
          "cannot read the value; expected " + std::string(expected) + ", got \"" + got + "\"", option};
}

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "24", "23.976" or "24000/1001".
std::optional<core::Rational> rational(const std::string& text) {
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const auto num = wholeNumber(text.substr(0, slash));
    const auto den = wholeNumber(text.substr(slash + 1));
    if (!num || !den || *num <= 0 || *den <= 0 || *num > 1'000'000'000 || *den > 1'000'000'000) return std::nullopt;
    return core::Rational(*num, *den);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1e6) return std::nullopt;
  return core::Rational(static_cast<std::int64_t>(value * 1000 + 0.5), 1000);
}

std::optional<core::Size> sizeFromText(const std::string& text) {
  const auto cross = text.find_first_of("xX");
  if (cross == std::string::npos) return std::nullopt;
  const auto width = wholeNumber(text.substr(0, cross));
  const auto height = wholeNumber(text.substr(cross + 1));
  if (!width || !height || *width <= 0 || *height <= 0 || *width > 1'000'000 || *height > 1'000'000)
    return std::nullopt;
  return core::Size{static_cast<int>(*width), static_cast<int>(*height)};
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).string();
}

/// "FILE", "FILE=0.8", "FILE@low", "FILE=0.8@low"; a file may have '=' and '@' in its name where a weight follows.
std::optional<core::LoraUse> loraUse(std::string_view text) {
  core::LoraUse use;
  for (const char* expert : {"high", "low"}) {
    const std::string suffix = std::string("@") + expert;
    if (!text.ends_with(suffix)) continue;
    text.remove_suffix(suffix.size());
    use.expert = expert;
    break;
  }
  if (const auto equals = text.rfind('='); equals != text.npos) {
    const std::string_view number = text.substr(equals + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), use.weight);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    text = text.substr(0, equals);
  }
  if (text.empty()) return std::nullopt;
  use.file = absolute(std::string(text));
  return use;
}

std::string environmentOr(const std::string& value, const char* name) {
  if (!value.empty()) return value;
  const char* fallback = std::getenv(name);
  return fallback ? fallback : "";
}

}  // namespace

core::Result<core::GenerationRequest> toRequest(const GenerateOptions& o) {
  core::GenerationRequest r = o.request;
  if (!o.size.empty()) {
    const auto size = sizeFromText(o.size);
    if (!size) return badOption("--size", "WIDTHxHEIGHT in pixels, e.g. 832x480", o.size);
    r.size = *size;
  }
  if (!o.seconds.empty()) {
    const auto seconds = rational(o.seconds);
    if (!seconds) return badOption("--seconds", "a length above 0, e.g. 5", o.seconds);
    r.seconds = *seconds;
  }
  if (!o.fps.empty()) {
    const auto fps = rational(o.fps);
    if (!fps) return badOption("--fps", "a frame rate, e.g. 24 or 24000/1001", o.fps);
    r.fps = *fps;
  }
  if (o.nagScale) {
    const core::NagUse standard;
    r.nag = {*o.nagScale, o.nagTau.value_or(standard.tau), o.nagAlpha.value_or(standard.alpha)};
  }
  for (const std::string& lora : o.loras) {
    const auto use = loraUse(lora);
    if (!use) return badOption("--lora", "FILE, FILE=WEIGHT or FILE=WEIGHT@high or @low", lora);
    r.loras.push_back(*use);
  }
  r.startImage = absolute(r.startImage);
  r.endImage = absolute(r.endImage);
  r.controlVideo = absolute(r.controlVideo);
  r.controlMask = absolute(r.controlMask);
  for (std::string& reference : r.references) reference = absolute(reference);
  r.noiseFile = absolute(r.noiseFile);
  r.device = environmentOr(r.device, "KINORA_DEVICE");
  r.dtype = environmentOr(r.dtype, "KINORA_DTYPE");
  if (r.threads == 0) {
    const std::string threads = environmentOr({}, "KINORA_THREADS");
    if (!threads.empty()) {
      const auto count = wholeNumber(threads);
      if (!count || *count < 1) return badOption("KINORA_THREADS", "a whole number above 0", threads);
      r.threads = static_cast<int>(*count);
    }
  }
  return r;
}

}  // namespace kinora::cli
