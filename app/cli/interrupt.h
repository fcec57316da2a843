// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <thread>

namespace kinora::cli {

/// Turns Ctrl+C and SIGTERM into a stop request. Make it before any other thread: it blocks both signals for the whole
/// process and waits for them on a thread of its own, where everything is allowed.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  std::stop_token token() const { return m_stop.get_token(); }

 private:
  std::stop_source m_stop;
  std::jthread m_waiter;
};

}  // namespace kinora::cli
