// SPDX-License-Identifier: GPL-3.0-or-later
// The VAE's operations without weights. Video tensors are [1,C,T,H,W]; in memory the channels lie innermost
// ("frames layout": torch's ChannelsLast3d), because convolutions on the CPU and the channel norm want it so.
#pragma once

#include <cstdint>

#include "engine/tensor/stop_check.h"
#include "engine/tensor/torch_fwd.h"

namespace kinora::wan {

/// An uninitialised [1,channels,frames,height,width] in frames layout, with like's dtype and device.
at::Tensor emptyFrames(const at::Tensor& like, std::int64_t channels, std::int64_t frames, std::int64_t height,
                       std::int64_t width);
/// x in frames layout; x itself where it is so already.
at::Tensor toFrames(const at::Tensor& x);

/// x / max(|x|, 1e-12) · scale over the channels, then SiLU where silu, written to out (frames layout, same shape).
/// scale: f32 [C], holds sqrt(C)·gamma. f32 maths. Fused on the CPU in f32, by channelNormReference elsewhere.
void channelNorm(const at::Tensor& x, const at::Tensor& scale, bool silu, at::Tensor& out,
                 const tensor::StopCheck& stop);
/// The same by plain torch operations; returns a new tensor.
at::Tensor channelNormReference(const at::Tensor& x, const at::Tensor& scale, bool silu);

/// [1,c,F,H·p,W·p] → [1,c·p²,F,H,W]; channel c·p² + column·p + row: the column offset is the slower one.
at::Tensor patchify(const at::Tensor& video, std::int64_t patch);
/// Inverse of patchify; contiguous.
at::Tensor unpatchify(const at::Tensor& frames, std::int64_t patch);

/// AvgDown3D of VAE 2.2: zero frames in front up to a multiple of timeFactor, then space to depth in the order
/// (channel, time, row, column), then means of groups of in·timeFactor·spaceFactor²/out. [1,in,T,H,W] →
/// [1,out,ceil(T/timeFactor),H/spaceFactor,W/spaceFactor].
at::Tensor averageDown(const at::Tensor& x, std::int64_t out, std::int64_t timeFactor, std::int64_t spaceFactor);

/// DupUp3D of VAE 2.2, only the values of one phase: what output cells (2y+row, 2x+column) of frames t·timeFactor+time
/// get from input cell (t,y,x). [1,in,T,H,W] → [1,out,T,H,W], a view where it can be. The whole operation repeats each
/// channel out·timeFactor·4/in times, views [out,time,row,column] and interleaves.
at::Tensor duplicatedPhase(const at::Tensor& x, std::int64_t out, std::int64_t timeFactor, std::int64_t time,
                           std::int64_t row, std::int64_t column);

}  // namespace kinora::wan
