// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "engine/core/result.h"

namespace kinora::wan {

/// The SentencePiece model (serialised ModelProto) of UMT5 in any form it comes in (wan.md 5.3): a folder with
/// spiece.model, that file, or a text encoder that carries it, as ComfyUI's files do in a tensor and GGUF files in
/// their header. Errors: NotFound, Unreadable, Corrupt, Unsupported (a vocabulary of another kind), ModelMismatch
/// (weights without one).
core::Result<std::string> readVocabulary(const std::string& fileOrFolder);

}  // namespace kinora::wan
