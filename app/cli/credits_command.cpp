// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/store_access.h"

namespace kinora::cli {
namespace {

int printBalance(Report& report) {
  auto accounts = openAccounts(runtime::findPaths());
  if (!accounts) return report.fail(accounts.error());
  const auto balance = accounts->store->balance();
  if (!balance) return report.fail(balance.error());
  report.event({{"balance", balance->balance}, {"reserved", balance->reserved}, {"available", balance->available}});
  report.line(std::to_string(balance->available) + " credits available (" + std::to_string(balance->balance) +
              " in all, " + std::to_string(balance->reserved) + " reserved) · " + credits::inYuan(balance->available) +
              " yuan");
  return kDone;
}

int printHistory(Report& report) {
  auto accounts = openAccounts(runtime::findPaths());
  if (!accounts) return report.fail(accounts.error());
  const auto entries = accounts->store->ledger();
  if (!entries) return report.fail(entries.error());
  for (const store::LedgerEntry& entry : *entries) {
    const char* kind = store::entryKindName(entry.kind);
    report.event({{"id", entry.id},
                  {"time_ms", entry.time},
                  {"kind", kind},
                  {"amount", entry.amount},
                  {"job", entry.job},
                  {"note", entry.note},
                  {"available", entry.balance}});
    const std::time_t when = static_cast<std::time_t>(entry.time / 1000);
    char date[32];
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M", std::localtime(&when));
    char text[96];
    std::snprintf(text, sizeof text, "%s  %-7s %+6lld  %6lld  ", date, kind, static_cast<long long>(entry.amount),
                  static_cast<long long>(entry.balance));
    report.line(text + (entry.job.empty() ? entry.note : entry.job));
  }
  return kDone;
}

}  // namespace

void addCredits(CLI::App& app, Context& context) {
  CLI::App* credits = app.add_subcommand("credits", "The credit balance and its ledger");
  credits->require_subcommand(1);
  CLI::App* balance = credits->add_subcommand("balance", "What is there, what jobs hold, what a new job may take");
  balance->add_flag("--json", context.json, "One JSON object on stdout");
  balance->callback([&context] { context.action = printBalance; });
  CLI::App* history = credits->add_subcommand("history", "Every ledger entry, oldest first");
  history->add_flag("--json", context.json, "One JSON object a line");
  history->callback([&context] { context.action = printHistory; });
}

}  // namespace kinora::cli
