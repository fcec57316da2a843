// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/jobs/job_queue.h"

namespace kinora::test {

/// What happened, from any thread, and a way to wait for it.
class Log {
 public:
  void add(const std::string& line) {
    const std::lock_guard lock(m_mutex);
    m_lines.push_back(line);
    m_changed.notify_all();
  }
  /// Blocks until line is there count times.
  void waitFor(const std::string& line, int count = 1) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return countOf(line) >= count; });
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(m_mutex);
    return m_lines;
  }
  int count(const std::string& line) const {
    const std::lock_guard lock(m_mutex);
    return countOf(line);
  }
  std::string text() const {
    std::string all;
    for (const std::string& line : lines()) all.append(all.empty() ? "" : " ").append(line);
    return all;
  }

 private:
  int countOf(const std::string& line) const {
    int n = 0;
    for (const std::string& l : m_lines) n += l == line ? 1 : 0;
    return n;
  }
  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  std::vector<std::string> m_lines;
};

/// A gate that runners wait at until the test opens it.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(m_mutex);
    m_open = true;
    m_changed.notify_all();
  }
  /// True when opened, false when stopped first.
  bool wait(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait(lock, stop, [&] { return m_open; });
  }

 private:
  std::mutex m_mutex;
  std::condition_variable_any m_changed;
  bool m_open = false;
};

inline const char* eventName(core::JobEvent::Kind kind) {
  using Kind = core::JobEvent::Kind;
  switch (kind) {
    case Kind::Queued:
      return "queued";
    case Kind::Started:
      return "started";
    case Kind::Progress:
      return "progress";
    case Kind::Preview:
      return "preview";
    case Kind::Finished:
      return "finished";
    case Kind::Failed:
      return "failed";
    case Kind::Cancelled:
      return "cancelled";
    case Kind::Changed:
      return "changed";
  }
  return "?";
}

}  // namespace kinora::test
