# SPDX-License-Identifier: GPL-3.0-or-later
"""AutoencoderKLWan (Wan 2.2 form: is_residual, patchified pixels) as whole-sequence modules.

Weight names and numerics are those of diffusers' class; diffusers runs it in chunks with caches, here the causal
convolutions see the whole clip at once, which is the same function (test_models.py proves it) and far faster to train.
Tensors: pixels [B,3,F,H,W] in [-1,1], F = 4k+1; latents [B,z,k+1,H/8,W/8] (or /16 with four levels).
"""

import itertools
import time

import torch
import torch.nn.functional as F
from torch import nn

from . import fused

CONV_MODES = ("3d", "2d")


class CausalConv3d(nn.Conv3d):
    """Conv3d padded in time on the left only. `mode` selects conv3d, or conv2d over stacked neighbour frames."""

    mode = "3d"

    def __init__(self, cin: int, cout: int, kernel, stride=1, time_pad: int | None = None):
        super().__init__(cin, cout, kernel, stride)
        kt, kh, kw = self.kernel_size
        self.time_pad = kt - 1 if time_pad is None else time_pad
        self.space_pad = (kh // 2, kw // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[B,C,T,H,W] -> [B,C',T',H',W']."""
        kt = self.kernel_size[0]
        one_frame = x.shape[2] == 1 and self.time_pad == kt - 1
        if one_frame or kt == 1:
            return per_frame(x, lambda f: F.conv2d(f, self.weight[:, :, -1], self.bias, 1, self.space_pad))
        if self.time_pad:
            x = F.pad(x, (0, 0, 0, 0, self.time_pad, 0))
        if self.mode == "3d" or self.stride[0] != 1:
            return F.conv3d(x, self.weight, self.bias, self.stride, (0, *self.space_pad))
        frames = x.shape[2] - kt + 1
        x = torch.cat([x[:, :, i : i + frames] for i in range(kt)], 1)  # [B, kt*C, T, H, W]
        weight = self.weight.transpose(1, 2).flatten(1, 2)  # [C', kt*C, kh, kw]
        return per_frame(x, lambda f: F.conv2d(f, weight, self.bias, 1, self.space_pad))


def per_frame(x: torch.Tensor, function) -> torch.Tensor:
    """Applies an image function [N,C,H,W] -> [N,C',H',W'] to each frame of [B,C,T,H,W]."""
    b, _, t, _, _ = x.shape
    y = function(x.transpose(1, 2).flatten(0, 1))
    return y.unflatten(0, (b, t)).transpose(1, 2)


class RmsNorm(nn.Module):
    """L2-normalises channels (dim 1). `extra` is the number of trailing singleton axes of gamma."""

    def __init__(self, dim: int, extra: int = 3):
        super().__init__()
        self.scale = dim**0.5
        self.gamma = nn.Parameter(torch.ones(dim, *([1] * extra)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x.float()
        y = y * torch.rsqrt(y.square().sum(1, keepdim=True).clamp_min(1e-24))
        return (y * (self.scale * self.gamma)).to(x.dtype)

    def silu(self, x: torch.Tensor) -> torch.Tensor:
        return fused.rms_silu(x, self.gamma, self.scale)


class ResidualBlock(nn.Module):
    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.norm1 = RmsNorm(cin)
        self.conv1 = CausalConv3d(cin, cout, 3)
        self.norm2 = RmsNorm(cout)
        self.conv2 = CausalConv3d(cout, cout, 3)
        self.conv_shortcut = CausalConv3d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.conv1(self.norm1.silu(x))
        return self.conv2(self.norm2.silu(h)) + self.conv_shortcut(x)


class AttentionBlock(nn.Module):
    """Single-head self-attention inside each frame."""

    def __init__(self, dim: int):
        super().__init__()
        self.norm = RmsNorm(dim, extra=2)
        self.to_qkv = nn.Conv2d(dim, dim * 3, 1)
        self.proj = nn.Conv2d(dim, dim, 1)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        """[N,C,H,W] -> [N,C,H,W]."""
        n, c, h, w = x.shape
        q, k, v = self.to_qkv(self.norm(x)).flatten(2).transpose(1, 2).unsqueeze(1).chunk(3, -1)  # [N,1,HW,C]
        y = F.scaled_dot_product_attention(q.contiguous(), k.contiguous(), v.contiguous())
        return self.proj(y.squeeze(1).transpose(1, 2).reshape(n, c, h, w))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + per_frame(x, self.attend)


class MidBlock(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.attentions = nn.ModuleList([AttentionBlock(dim)])
        self.resnets = nn.ModuleList([ResidualBlock(dim, dim), ResidualBlock(dim, dim)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class Resample(nn.Module):
    """2x spatial (and optionally temporal) resampling; the first frame is never mixed in time."""

    def __init__(self, dim: int, mode: str):
        super().__init__()
        self.mode = mode
        first = nn.Upsample(scale_factor=(2.0, 2.0), mode="nearest") if "up" in mode else nn.ZeroPad2d((0, 1, 0, 1))
        conv = nn.Conv2d(dim, dim, 3, padding=1) if "up" in mode else nn.Conv2d(dim, dim, 3, stride=2)
        self.resample = nn.Sequential(first, conv)
        if mode == "upsample3d":
            self.time_conv = CausalConv3d(dim, dim * 2, (3, 1, 1))
        elif mode == "downsample3d":
            self.time_conv = CausalConv3d(dim, dim, (3, 1, 1), (2, 1, 1), time_pad=0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.mode == "upsample3d" and x.shape[2] > 1:
            y = self.time_conv(x[:, :, 1:]).unflatten(1, (2, -1))  # [B,2,C,T-1,H,W]
            y = torch.stack(y.unbind(1), 3).flatten(2, 3)  # [B,C,2(T-1),H,W]
            x = torch.cat([x[:, :, :1], y], 2)
        x = per_frame(x, self.resample)
        if self.mode == "downsample3d" and x.shape[2] > 1:
            x = torch.cat([x[:, :, :1], self.time_conv(x)], 2)
        return x


def average_down(x: torch.Tensor, cout: int, ft: int, fs: int) -> torch.Tensor:
    """Parameter-free shortcut of the encoder: space-time to channels, then the mean over channel groups."""
    x = F.pad(x, (0, 0, 0, 0, -x.shape[2] % ft, 0))
    if x.shape[1] == cout:
        return F.avg_pool3d(x, (ft, fs, fs)) if ft * fs > 1 else x
    b, c, t, h, w = x.shape
    x = x.view(b, c, t // ft, ft, h // fs, fs, w // fs, fs).permute(0, 1, 3, 5, 7, 2, 4, 6)
    return x.reshape(b, cout, c * ft * fs * fs // cout, t // ft, h // fs, w // fs).mean(2)


def duplicate_up(x: torch.Tensor, cout: int, ft: int, fs: int) -> torch.Tensor:
    """Parameter-free shortcut of the decoder: repeats channels, then channels to space-time; drops the lead-in frames."""
    b, c, t, h, w = x.shape
    if c == cout:
        return F.interpolate(x, scale_factor=(ft, fs, fs), mode="nearest")[:, :, ft - 1 :]
    x = x.repeat_interleave(cout * ft * fs * fs // c, 1).view(b, cout, ft, fs, fs, t, h, w)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(b, cout, t * ft, h * fs, w * fs)[:, :, ft - 1 :]


class DownBlock(nn.Module):
    def __init__(self, cin: int, cout: int, blocks: int, down: bool, temporal: bool):
        super().__init__()
        self.cout, self.factors = cout, (2 if temporal else 1, 2 if down else 1)
        self.resnets = nn.ModuleList([ResidualBlock(cin if i == 0 else cout, cout) for i in range(blocks)])
        self.downsampler = Resample(cout, "downsample3d" if temporal else "downsample2d") if down else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = average_down(x, self.cout, *self.factors)
        for block in self.resnets:
            x = block(x)
        return (x if self.downsampler is None else self.downsampler(x)) + shortcut


class UpBlock(nn.Module):
    def __init__(self, cin: int, cout: int, blocks: int, up: bool, temporal: bool):
        super().__init__()
        self.cout, self.factors = cout, (2 if temporal else 1, 2)
        self.resnets = nn.ModuleList([ResidualBlock(cin if i == 0 else cout, cout) for i in range(blocks + 1)])
        self.upsampler = Resample(cout, "upsample3d" if temporal else "upsample2d") if up else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for block in self.resnets:
            y = block(y)
        return y if self.upsampler is None else self.upsampler(y) + duplicate_up(x, self.cout, *self.factors)


class Encoder(nn.Module):
    def __init__(self, cin: int, base: int, cout: int, mult, blocks: int, temporal):
        super().__init__()
        dims = [base * m for m in (1, *mult)]
        last = len(mult) - 1
        self.conv_in = CausalConv3d(cin, dims[0], 3)
        self.down_blocks = nn.ModuleList([DownBlock(a, b, blocks, i < last, i < last and temporal[i]) for i, (a, b) in enumerate(zip(dims, dims[1:]))])
        self.mid_block = MidBlock(dims[-1])
        self.norm_out = RmsNorm(dims[-1])
        self.conv_out = CausalConv3d(dims[-1], cout, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(self.norm_out.silu(self.mid_block(x)))


class Decoder(nn.Module):
    def __init__(self, cin: int, base: int, cout: int, mult, blocks: int, temporal):
        super().__init__()
        dims = [base * m for m in (mult[-1], *mult[::-1])]
        last = len(mult) - 1
        self.conv_in = CausalConv3d(cin, dims[0], 3)
        self.mid_block = MidBlock(dims[0])
        self.up_blocks = nn.ModuleList([UpBlock(a, b, blocks, i < last, i < last and temporal[i]) for i, (a, b) in enumerate(zip(dims, dims[1:]))])
        self.norm_out = RmsNorm(dims[-1])
        self.conv_out = CausalConv3d(dims[-1], cout, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(self.norm_out.silu(x))


def patchify(x: torch.Tensor, p: int) -> torch.Tensor:
    """[B,C,F,H,W] -> [B,C*p*p,F,H/p,W/p]; channel index (c, column offset, row offset)."""
    b, c, f, h, w = x.shape
    return x.view(b, c, f, h // p, p, w // p, p).permute(0, 1, 6, 4, 2, 3, 5).reshape(b, c * p * p, f, h // p, w // p)


def unpatchify(x: torch.Tensor, p: int) -> torch.Tensor:
    """Inverse of patchify."""
    b, c, f, h, w = x.shape
    x = x.reshape(b, c // (p * p), p, p, f, h, w).permute(0, 1, 4, 5, 3, 6, 2)
    return x.reshape(b, c // (p * p), f, h * p, w * p)


class WanVae(nn.Module):
    """config: the diffusers config.json keys (see presets.py)."""

    def __init__(self, config: dict):
        super().__init__()
        c = self.config = dict(config)
        temporal = list(c["temperal_downsample"])
        shape = (c["dim_mult"], c["num_res_blocks"])
        z = c["z_dim"]
        self.encoder = Encoder(c["in_channels"], c["base_dim"], 2 * z, *shape, temporal)
        self.quant_conv = CausalConv3d(2 * z, 2 * z, 1)
        self.post_quant_conv = CausalConv3d(z, z, 1)
        self.decoder = Decoder(z, c["decoder_base_dim"], c["out_channels"], *shape, temporal[::-1])

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels [B,3,F,H,W] -> mean and log-variance [B,z,T,h,w] (raw, not yet normalised)."""
        return self.quant_conv(self.encoder(channels_last(patchify(x, self.config["patch_size"])))).chunk(2, 1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Raw latents -> pixels, not clamped."""
        return unpatchify(self.decoder(self.post_quant_conv(channels_last(z))), self.config["patch_size"])

    def initialise(self) -> None:
        """Starts as an image autoencoder: only the newest tap of each temporal kernel is non-zero, time convs copy."""
        with torch.no_grad():
            for name, m in self.named_modules():
                if name.endswith("time_conv"):
                    m.weight.mul_(0.02)
                    m.bias.zero_()
                    cout, cin = m.weight.shape[:2]
                    eye = torch.eye(cin).repeat(cout // cin, 1)
                    if cout == cin:  # stride 2 in time: mean of the two newest frames
                        m.weight[:, :, 1, 0, 0] += 0.5 * eye
                        m.weight[:, :, 2, 0, 0] += 0.5 * eye
                    else:
                        m.weight[:, :, 2, 0, 0] += eye
                elif isinstance(m, CausalConv3d) and m.kernel_size[0] == 3:
                    m.weight[:, :, 2] *= 3**0.5
                    m.weight[:, :, :2] = 0
                    m.bias.zero_()


def channels_last(x: torch.Tensor) -> torch.Tensor:
    """The layout that is faster on a GPU; on a CPU oneDNN was measured a third slower with it."""
    return x.contiguous(memory_format=torch.channels_last_3d) if x.is_cuda else x


def pick_conv_mode(vae: WanVae, sample: torch.Tensor, dtype: torch.dtype) -> dict[str, tuple[float, float]]:
    """Times encode, decode and backward on `sample` [B,3,F,H,W] per convolution mode; keeps the fastest. CUDA only.

    Returns (first run, third run) in seconds. cuDNN's own benchmark is taken only when it is clearly faster and cheap.
    """
    seconds = {}
    best, best_time = (CausalConv3d.mode, False), float("inf")
    for benchmark, mode in itertools.product((False, True), CONV_MODES):
        CausalConv3d.mode, torch.backends.cudnn.benchmark = mode, benchmark
        runs = []
        try:
            for _ in range(3):
                torch.cuda.synchronize()
                start = time.time()
                with torch.autocast("cuda", dtype):
                    loss = vae.decode(vae.encode(sample)[0]).float().square().mean()
                loss.backward()
                torch.cuda.synchronize()
                runs.append(time.time() - start)
        except RuntimeError as error:
            print(f"convolution mode {mode} failed: {error}", flush=True)
            runs = [float("inf")] * 3
        vae.zero_grad(set_to_none=True)
        seconds[mode + (" benchmark" if benchmark else "")] = (round(runs[0], 3), round(runs[2], 4))
        if runs[2] < best_time * (0.85 if benchmark else 1.0) and not (benchmark and runs[0] > 6):
            best, best_time = (mode, benchmark), runs[2]
    CausalConv3d.mode, torch.backends.cudnn.benchmark = best
    return seconds
