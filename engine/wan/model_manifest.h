// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "engine/core/result.h"

namespace kinora::wan {

/// "draws_first_frame" of a model's kinora.json, the one field there that a run depends on; the others are defaults of
/// a request, which engine/models reads. A TI2V model that says true makes a clip of text alone in two goes: first its
/// first frame as a picture, then the clip that begins with it (Girdhar et al., "Emu Video: Factorizing Text-to-Video
/// Generation by Explicit Image Conditioning", 2023). Nothing where there is no such file or field. Errors: Corrupt (no
/// JSON, not true or false), Unreadable.
core::Result<std::optional<bool>> readDrawsFirstFrame(const std::string& path);

}  // namespace kinora::wan
