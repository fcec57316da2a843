// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include <pthread.h>
#include <signal.h>

#include <ctime>

namespace kinora::cli {
namespace {

sigset_t interruptSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = interruptSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  m_waiter = std::jthread([this, signals](std::stop_token done) {
    const timespec patience{0, 50'000'000};
    while (!done.stop_requested()) {
      if (sigtimedwait(&signals, nullptr, &patience) > 0) m_stop.request_stop();
    }
  });
}

Interrupt::~Interrupt() = default;

}  // namespace kinora::cli
