// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <utility>
#include <vector>

namespace kinora::library {

/// A recipe in words: label and value, in the order a person would ask. Empty for text that is no recipe.
std::vector<std::pair<QString, QString>> recipeInWords(const std::string& recipeJson);

}  // namespace kinora::library
