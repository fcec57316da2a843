// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/result.h"

#include <array>

namespace kinora::core {
namespace {

struct Name {
  ErrorCode code;
  const char* name;
};

constexpr std::array kNames{
    Name{ErrorCode::Internal, "internal"},
    Name{ErrorCode::InvalidInput, "invalid_input"},
    Name{ErrorCode::NotFound, "not_found"},
    Name{ErrorCode::Unreadable, "unreadable"},
    Name{ErrorCode::Corrupt, "corrupt"},
    Name{ErrorCode::NewerVersion, "newer_version"},
    Name{ErrorCode::NotWritable, "not_writable"},
    Name{ErrorCode::DiskFull, "disk_full"},
    Name{ErrorCode::OutOfMemory, "out_of_memory"},
    Name{ErrorCode::NotEnoughCredits, "not_enough_credits"},
    Name{ErrorCode::ModelMismatch, "model_mismatch"},
    Name{ErrorCode::Unsupported, "unsupported"},
    Name{ErrorCode::Busy, "busy"},
    Name{ErrorCode::Cancelled, "cancelled"},
    Name{ErrorCode::Interrupted, "interrupted"},
};

}  // namespace

const char* codeName(ErrorCode code) {
  for (const Name& entry : kNames) {
    if (entry.code == code) return entry.name;
  }
  return "internal";
}

ErrorCode codeFromName(const std::string& name) {
  for (const Name& entry : kNames) {
    if (name == entry.name) return entry.code;
  }
  return ErrorCode::Internal;
}

}  // namespace kinora::core
