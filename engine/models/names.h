// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

// What texts from manifests and indexes may be before they become paths.
namespace kinora::models {

/// Names below a folder: not absolute, no empty part, no "." and no "..".
bool isPlainRelativePath(const std::string& path);
/// Fit for a folder's name: lower-case letters, digits, points, dashes and underscores, no leading point.
bool isModelId(const std::string& id);
/// 64 lower-case hex digits.
bool isSha256(const std::string& text);

}  // namespace kinora::models
