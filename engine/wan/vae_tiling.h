// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

/// How a picture is cut to save memory, in latent cells. Neighbours share `overlap` cells and are cross-faded there.
/// The VAE's attention sees one tile only, so a tiled result is close to the whole one, never equal.
struct VaeTiling {
  std::int64_t rows = 0;     ///< of a tile; 0: the whole height
  std::int64_t columns = 0;  ///< of a tile; 0: the whole width
  std::int64_t overlap = 0;  ///< less than the tile on each axis that is cut
  bool operator==(const VaeTiling&) const = default;

  bool cuts(std::int64_t height, std::int64_t width) const { return tiles(height, width) > 1; }
  /// Number of tiles of a picture of height × width cells.
  std::int64_t tiles(std::int64_t height, std::int64_t width) const;
};

/// Where a tile lies on one axis.
struct TileSpan {
  std::int64_t begin = 0;
  std::int64_t length = 0;
  bool operator==(const TileSpan&) const = default;
};

/// Tiles a stride of tile - overlap apart; the last ends with the axis, and none lies wholly in the overlap. Whole
/// axis: tile is 0 or at least size. The layout of diffusers' AutoencoderKLWan.tiled_decode.
std::vector<TileSpan> tileSpans(std::int64_t size, std::int64_t tile, std::int64_t overlap);

/// Makes tile after tile, row by row, and joins them as diffusers does: the first `overlap` rows fade from the tile
/// above (itself already joined), then the first columns from the tile on the left. make gets the spans in latent cells
/// and returns [1,C,F,scale·rows,scale·columns]; the result is [1,C,F,scale·height,scale·width], f32 on the CPU.
using MakeTile = std::function<at::Tensor(const TileSpan& rows, const TileSpan& columns)>;
at::Tensor joinTiles(const VaeTiling& tiling, std::int64_t height, std::int64_t width, std::int64_t scale,
                     const MakeTile& make);

}  // namespace kinora::wan
