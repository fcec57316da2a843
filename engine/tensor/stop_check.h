// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <stop_token>
#include <utility>

namespace kinora::tensor {

/// Thrown by StopCheck when the user asked to stop. Only the pipeline runner catches it and makes it
/// ErrorCode::Cancelled.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped"; }
};

/// Passed by const reference through every long computation and called between its pieces, so that a cancel is seen
/// within 250 ms. The default one never stops. Copies share the token; safe from any thread.
class StopCheck {
 public:
  StopCheck() = default;
  explicit StopCheck(std::stop_token token) : m_token(std::move(token)) {}

  bool requested() const { return m_token.stop_requested(); }
  /// Throws Stopped where a stop was requested.
  void operator()() const {
    if (m_token.stop_requested()) throw Stopped();
  }

 private:
  std::stop_token m_token;
};

}  // namespace kinora::tensor
