// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/job.h"
#include "engine/store/store.h"

namespace kinora::test {

inline core::JobSpec generation(int credits, const std::string& title = "a cat") {
  core::JobSpec spec;
  spec.title = title;
  spec.request.prompt = title;
  spec.request.model = "mini";
  spec.output = "/clips/" + title + ".mp4";
  spec.credits = credits;
  spec.work = 12;
  return spec;
}

inline core::JobSpec timelineExport(const std::string& title = "film") {
  core::JobSpec spec;
  spec.kind = core::JobKind::Export;
  spec.title = title;
  spec.exportSpec.projectJson = "{}";
  spec.exportSpec.preset = "h264-high";
  spec.output = "/clips/film.mp4";
  return spec;
}

inline core::JobOutcome outcome(double seconds = 4) {
  core::JobOutcome outcome;
  outcome.clip.path = "/clips/a.mp4";
  outcome.clip.frames = 25;
  outcome.seed = 7;
  outcome.timings = {{"total", seconds}};
  return outcome;
}

/// "balance/reserved/available"
inline std::string balanceText(const store::Store& store) {
  const auto b = store.balance();
  if (!b) return b.error().text();
  return std::to_string(b->balance) + "/" + std::to_string(b->reserved) + "/" + std::to_string(b->available);
}

/// "grant+1000 reserve-20 …"
inline std::string ledgerText(const store::Store& store) {
  const auto entries = store.ledger();
  if (!entries) return entries.error().text();
  std::string text;
  for (const store::LedgerEntry& entry : *entries) {
    if (!text.empty()) text += " ";
    text += store::entryKindName(entry.kind);
    if (entry.amount >= 0) text += "+";
    text += std::to_string(entry.amount);
  }
  return text;
}

}  // namespace kinora::test
