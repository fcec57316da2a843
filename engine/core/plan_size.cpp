// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/core/plan_size.h"

#include <algorithm>
#include <climits>
#include <cmath>

namespace kinora::core {
namespace {

constexpr double kWide = 16.0 / 9.0;

int downToMultiple(double value, int multiple) {
  return std::max(multiple, static_cast<int>(value / multiple) * multiple);
}

double aspectError(double wanted, int width, int height) {
  const double got = static_cast<double>(width) / height;
  return std::max(wanted / got, got / wanted);
}

}  // namespace

std::optional<double> namedAspect(const std::string& aspect) {
  if (aspect.empty()) return 0;
  if (aspect == "16:9") return kWide;
  if (aspect == "9:16") return 1 / kWide;
  if (aspect == "1:1") return 1;
  return std::nullopt;
}

int roundToMultiple(int value, int multiple) {
  const auto wide = static_cast<std::int64_t>(value);
  const std::int64_t rounded = std::max<std::int64_t>(1, (wide + multiple / 2) / multiple) * multiple;
  return static_cast<int>(std::min<std::int64_t>(rounded, INT_MAX / multiple * multiple));
}

Size nativeSizeFor(const ModelInfo& model, double aspect) {
  const int multiple = std::max(1, model.sizeMultiple);
  const Size native{std::max(multiple, model.nativeSize.width), std::max(multiple, model.nativeSize.height)};
  if (aspect <= 0 || aspect == kWide) return native;
  if (aspect == 1 / kWide) return {native.height, native.width};
  // Wan 2.1 and the A14B models floor both sides (their reference: of the square root of area times aspect).
  if (model.architecture != "wan2.2-ti2v") {
    const double wide = std::sqrt(static_cast<double>(native.width) * native.height * aspect);
    return {downToMultiple(wide, multiple), downToMultiple(wide / aspect, multiple)};
  }
  // Floor one side and let the other take up the rest of the area, both ways round; the better aspect wins.
  const double area = static_cast<double>(native.width) * native.height;
  const double width = std::sqrt(area * aspect);
  const double height = area / width;
  const int w1 = downToMultiple(width, multiple);
  const int h1 = downToMultiple(area / w1, multiple);
  const int h2 = downToMultiple(height, multiple);
  const int w2 = downToMultiple(area / h2, multiple);
  return aspectError(aspect, w1, h1) < aspectError(aspect, w2, h2) ? Size{w1, h1} : Size{w2, h2};
}

Size editionSize(int shortSide, double aspect) {
  const double ratio = aspect > 0 ? aspect : kWide;
  const double stretch = std::max(ratio, 1 / ratio);
  const int longSide = static_cast<int>(std::lround(shortSide * stretch / 2)) * 2;
  return ratio >= 1 ? Size{longSide, shortSide} : Size{shortSide, longSide};
}

}  // namespace kinora::core
