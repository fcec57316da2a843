// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/tea_cache_fit.h"

#include <algorithm>
#include <array>

namespace kinora::wan {
namespace {

struct Fit {
  std::int64_t dim;
  bool picture;  ///< with CLIP tokens
  std::array<double, 5> coefficients;
};
constexpr std::array kFits{
    Fit{1536, false, {-5.21862437e+04, 9.23041404e+03, -5.28275948e+02, 1.36987616e+01, -4.99875664e-02}},
    Fit{5120, false, {-3.03318725e+05, 4.90537029e+04, -2.65530556e+03, 5.87365115e+01, -3.15583525e-01}},
    Fit{5120, true, {8.10705460e+03, 2.13393892e+03, -3.72934672e+02, 1.66203073e+01, -4.17769401e-02}}};

}  // namespace

std::vector<double> teaCacheFit(const TransformerConfig& config) {
  const bool picture = config.imageDim.has_value();
  const auto fit = std::find_if(kFits.begin(), kFits.end(), [&](const Fit& row) {
    return row.dim == config.dim() && row.picture == picture && (picture || config.inChannels == config.outChannels);
  });
  if (fit == kFits.end() || config.hasControl()) return {};
  return {fit->coefficients.begin(), fit->coefficients.end()};
}

}  // namespace kinora::wan
