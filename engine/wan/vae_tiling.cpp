// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/wan/vae_tiling.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace kinora::wan {
namespace {

constexpr std::int64_t kRowAxis = 3;
constexpr std::int64_t kColumnAxis = 4;

/// The last count lines of x along axis, as a tensor of its own.
at::Tensor tail(const at::Tensor& x, std::int64_t axis, std::int64_t count) {
  return x.narrow(axis, x.size(axis) - count, count).clone();
}

/// Fades the first lines of tile in from `before`, in place: line i of n gets the share i/n.
void fadeIn(at::Tensor& tile, const at::Tensor& before, std::int64_t axis) {
  const std::int64_t count = before.size(axis);
  std::vector<std::int64_t> shape(5, 1);
  shape[static_cast<std::size_t>(axis)] = count;
  const at::Tensor share = at::arange(count, at::kFloat).div_(static_cast<double>(count)).view(shape);
  at::Tensor edge = tile.narrow(axis, 0, count);
  edge.copy_(at::lerp(before, edge, share));
}

}  // namespace

std::vector<TileSpan> tileSpans(std::int64_t size, std::int64_t tile, std::int64_t overlap) {
  if (tile <= 0 || tile >= size) return {{0, size}};
  TORCH_CHECK(overlap >= 0 && overlap < tile, "tile overlap; expected 0 to ", tile - 1, " cells, got ", overlap);
  std::vector<TileSpan> spans;
  for (std::int64_t begin = 0; spans.empty() || begin + overlap < size; begin += tile - overlap) {
    spans.push_back({begin, std::min(tile, size - begin)});
  }
  return spans;
}

std::int64_t VaeTiling::tiles(std::int64_t height, std::int64_t width) const {
  return static_cast<std::int64_t>(tileSpans(height, rows, overlap).size() * tileSpans(width, columns, overlap).size());
}

at::Tensor joinTiles(const VaeTiling& tiling, std::int64_t height, std::int64_t width, std::int64_t scale,
                     const MakeTile& make) {
  const std::vector<TileSpan> rows = tileSpans(height, tiling.rows, tiling.overlap);
  const std::vector<TileSpan> columns = tileSpans(width, tiling.columns, tiling.overlap);
  const std::int64_t fade = scale * tiling.overlap;
  at::Tensor joined;
  std::vector<at::Tensor> above(columns.size());  // last lines of the tiles of the row before
  for (std::size_t i = 0; i < rows.size(); ++i) {
    at::Tensor left;  // last columns of the tile before
    for (std::size_t j = 0; j < columns.size(); ++j) {
      at::Tensor tile = make(rows[i], columns[j]).to(at::kCPU, at::kFloat);  // [1,C,F,h,w]
      if (!joined.defined()) {
        joined = at::empty({1, tile.size(1), tile.size(2), scale * height, scale * width}, at::kFloat);
      }
      if (fade > 0 && i > 0) fadeIn(tile, above[j], kRowAxis);
      if (fade > 0 && j > 0) fadeIn(tile, left, kColumnAxis);
      if (fade > 0 && i + 1 < rows.size()) above[j] = tail(tile, kRowAxis, fade);
      if (fade > 0 && j + 1 < columns.size()) left = tail(tile, kColumnAxis, fade);
      joined.narrow(kRowAxis, scale * rows[i].begin, tile.size(kRowAxis))
          .narrow(kColumnAxis, scale * columns[j].begin, tile.size(kColumnAxis))
          .copy_(tile);
    }
  }
  return joined;
}

}  // namespace kinora::wan
