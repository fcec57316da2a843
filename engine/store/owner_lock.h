// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "engine/core/result.h"

namespace kinora::store {

/// A locked file <folder>/<token>.lock that shows that the owner of some running jobs is alive. The kernel lets go of
/// the lock when the process ends, however it ends, so whoever can take it knows that the owner is gone.
class OwnerLock {
 public:
  /// A fresh token. Makes folder if it is not there. NotWritable on failure.
  static core::Result<std::unique_ptr<OwnerLock>> create(const std::string& folder);
  /// Takes over the lock of a dead owner, also when its file has gone; nullptr while the owner lives.
  static core::Result<std::unique_ptr<OwnerLock>> takeOver(const std::string& folder, const std::string& token);
  /// Lets go and removes the file.
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

  const std::string& token() const { return m_token; }

 private:
  OwnerLock(std::string token, std::string file, int descriptor);
  std::string m_token;
  std::string m_file;
  int m_descriptor;
};

}  // namespace kinora::store
