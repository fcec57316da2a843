// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/report.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace kinora::cli {
namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

Exit exitCode(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::InvalidInput:
    case core::ErrorCode::ModelMismatch:
    case core::ErrorCode::NotFound:
    case core::ErrorCode::NewerVersion:
      return kUsage;
    case core::ErrorCode::NotEnoughCredits:
      return kNoCredits;
    case core::ErrorCode::OutOfMemory:
      return kNoMemory;
    case core::ErrorCode::Cancelled:
      return kCancelled;
    default:
      return kFailed;
  }
}

void Report::event(const nlohmann::json& object) const {
  if (!m_json) return;
  const std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void Report::line(const std::string& text) const {
  if (m_json) return;
  clearBar();
  std::printf("%s\n", text.c_str());
}

void Report::note(const std::string& text) const {
  clearBar();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Report::clearBar() const {
  if (m_barShown) std::fputs("\r\033[K", stderr);
  m_barShown = false;
}

void Report::progress(const core::JobId& job, const core::Progress& p) {
  nlohmann::json object{{"event", "progress"},
                        {"job", job},
                        {"stage", core::stageName(p.stage)},
                        {"step", p.step},
                        {"steps", p.steps},
                        {"fraction", rounded(p.fraction)},
                        {"elapsed_s", rounded(p.elapsedSeconds)}};
  object["eta_s"] = p.etaSeconds < 0 ? nlohmann::json() : nlohmann::json(rounded(p.etaSeconds));
  event(object);
  const std::string left = p.etaSeconds < 0 ? "" : " · " + clockTime(p.etaSeconds) + " left";
  bar(p.fraction, core::stageName(p.stage) + (" " + std::to_string(p.step)) + "/" + std::to_string(p.steps) + left);
}

void Report::bar(double fraction, const std::string& words) {
  if (m_json || !isatty(STDERR_FILENO)) return;
  constexpr int kWidth = 28;
  std::string filled(static_cast<std::size_t>(fraction * kWidth), '#');
  filled.resize(kWidth, '.');
  std::fprintf(stderr, "\r\033[K[%s] %3.0f %% · %s", filled.c_str(), fraction * 100, words.c_str());
  m_barShown = true;
}

Exit Report::fail(const core::Error& error) const {
  event({{"event", "error"}, {"code", core::codeName(error.code)}, {"message", error.text()}});
  note("kinora-cli: " + error.text());
  return exitCode(error.code);
}

std::string clockTime(double seconds) {
  const long whole = std::lround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

std::string byteText(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes);
  if (bytes >= 1ull << 30) return format("%.1f GiB", value / (1ull << 30));
  if (bytes >= 1ull << 20) return format("%.1f MiB", value / (1ull << 20));
  return format("%.0f KiB", value / 1024);
}

}  // namespace kinora::cli
