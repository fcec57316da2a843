// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace kinora::core {

/// What went wrong, as a code that programs test. The sentence a user reads is made from it in ui/session.
enum class ErrorCode {
  Internal,      ///< our own fault
  InvalidInput,  ///< a request, option or argument that cannot be
  NotFound,      ///< a file, model, job or id that is not there
  Unreadable,    ///< a file that is there and cannot be read or decoded
  Corrupt,       ///< a file whose content contradicts itself
  NewerVersion,  ///< written by a newer Kinora
  NotWritable,   ///< an output path that cannot be written
  DiskFull,
  OutOfMemory,
  NotEnoughCredits,
  ModelMismatch,  ///< the model cannot do what is asked, or its tensors do not fit
  Unsupported,    ///< a format, codec or device we do not have
  Busy,           ///< locked by another process
  Cancelled,      ///< the user said stop; not a failure
  Interrupted,    ///< the process that ran the job ended before it did
};

/// Stable lower-case word for logs and JSON, e.g. "not_enough_credits".
const char* codeName(ErrorCode code);
/// Inverse of codeName; Internal for an unknown word.
ErrorCode codeFromName(const std::string& name);

/// A failure. message reads "what; expected X, got Y" in English; context says where, e.g. a file, tensor or stage.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  std::string context;

  /// "[context] message"
  std::string text() const { return context.empty() ? message : "[" + context + "] " + message; }
};

/// A value or an Error; for all that can fail in normal life.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return m_state.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return std::get<0>(m_state);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(m_state);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(m_state));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

  const Error& error() const {
    assert(!ok());
    return std::get<1>(m_state);
  }

 private:
  std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : m_error(std::move(error)) {}

  bool ok() const { return !m_error; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    assert(m_error);
    return *m_error;
  }

 private:
  std::optional<Error> m_error;
};

}  // namespace kinora::core
