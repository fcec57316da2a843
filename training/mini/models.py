# SPDX-License-Identifier: GPL-3.0-or-later
"""WanTransformer3DModel and UMT5 encoder with the diffusers / transformers weight names and numerics, for training.

Two savings against the reference code, both exact: the modulation is computed for two rows a clip (frame 0 and the other
frames may have different timesteps) instead of one a token, and the 512 text positions are folded, since all padding
positions share one key and value: k padding columns get the attention bias log((512 - n) / k).
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from . import fused
from .vae import WanVae  # noqa: F401  (one import place for all three networks)

TEXT_POSITIONS = 512


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int, eps: float):
        super().__init__()
        self.heads, self.eps = heads, eps
        self.to_q, self.to_k, self.to_v = (nn.Linear(dim, dim) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])
        self.norm_q, self.norm_k = nn.RMSNorm(dim, eps), nn.RMSNorm(dim, eps)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """[B,L,h*d] -> [B,h,L,d]."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def finish(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias=None) -> torch.Tensor:
        y = F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, attn_mask=bias)
        return self.to_out[0](y.transpose(1, 2).flatten(2))

    def self_attend(self, x: torch.Tensor, rope) -> torch.Tensor:
        """x [B,L,D], rope (cos, sin) each [L,d/2]."""
        q = fused.rms_rope(self.to_q(x), self.norm_q.weight, *rope, self.eps).flatten(3).transpose(1, 2)
        k = fused.rms_rope(self.to_k(x), self.norm_k.weight, *rope, self.eps).flatten(3).transpose(1, 2)
        return self.finish(q, k, self.split(self.to_v(x)))

    def cross_attend(self, x: torch.Tensor, context: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """x [B,L,D], context [B,N,D], bias [B,1,1,N] or None."""
        q = fused.rms_norm(self.to_q(x), self.norm_q.weight, self.eps)
        k = fused.rms_norm(self.to_k(context), self.norm_k.weight, self.eps)
        v = self.split(self.to_v(context))
        if bias is not None:
            bias = bias.to(v.dtype).expand(-1, self.heads, x.shape[1], -1)
        return self.finish(self.split(q), self.split(k), v, bias)


class Projection(nn.Module):
    """The first layer of diffusers' FeedForward: a linear layer named `proj`, then GELU (tanh)."""

    def __init__(self, dim: int, inner: int):
        super().__init__()
        self.proj = nn.Linear(dim, inner)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(self.proj(x), approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, dim: int, inner: int):
        super().__init__()
        self.net = nn.ModuleList([Projection(dim, inner), nn.Identity(), nn.Linear(inner, dim)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net[2](self.net[0](x))


class Block(nn.Module):
    def __init__(self, dim: int, ffn_dim: int, heads: int, eps: float):
        super().__init__()
        self.eps = eps
        self.attn1, self.attn2 = Attention(dim, heads, eps), Attention(dim, heads, eps)
        self.norm2 = nn.LayerNorm(dim, eps)
        self.ffn = FeedForward(dim, ffn_dim)
        self.scale_shift_table = nn.Parameter(torch.randn(1, 6, dim) / dim**0.5)

    def forward(self, x, context, modulation, rope, bias):
        """x [B,F,S,D] fp32; context [B,N,D]; modulation [B,2,6,D]; rope (cos, sin); bias [B,1,1,N] or None."""
        frames = x.shape[1]
        rows = [two_rows(m, frames) for m in (self.scale_shift_table + modulation.float()).unbind(2)]
        shift1, scale1, gate1, shift2, scale2, gate2 = rows
        y = fused.norm_modulate(x, scale1, shift1, self.eps)
        y = self.attn1.self_attend(y.flatten(1, 2), rope)
        x = fused.gated_add(x, y.view_as(x), gate1)
        y = self.attn2.cross_attend(self.norm2(x).flatten(1, 2), context, bias)
        x = x + y.view_as(x)
        y = self.ffn(fused.norm_modulate(x, scale2, shift2, self.eps))
        return fused.gated_add(x, y, gate2)


def two_rows(m: torch.Tensor, frames: int) -> torch.Tensor:
    """[B,2,D] (frame 0, others) -> [B,F,1,D]."""
    return torch.cat([m[:, :1], m[:, 1:].expand(-1, frames - 1, -1)], 1).unsqueeze(2)


class MlpEmbedding(nn.Module):
    """linear_1, activation, linear_2."""

    def __init__(self, cin: int, cout: int, activation):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(cin, cout), nn.Linear(cout, cout)
        self.activation = activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear_2(self.activation(self.linear_1(x)))


class ConditionEmbedder(nn.Module):
    def __init__(self, dim: int, freq_dim: int, text_dim: int):
        super().__init__()
        self.freq_dim = freq_dim
        self.time_embedder = MlpEmbedding(freq_dim, dim, F.silu)
        self.time_proj = nn.Linear(dim, dim * 6)
        self.text_embedder = MlpEmbedding(text_dim, dim, lambda x: F.gelu(x, approximate="tanh"))

    def forward(self, timestep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """timestep [B,2] in 0..1000 -> embedding [B,2,D] and block modulation [B,2,6,D]."""
        half = self.freq_dim // 2
        freq = torch.exp(-math.log(10000) / half * torch.arange(half, device=timestep.device, dtype=torch.float32))
        angle = timestep.float()[..., None] * freq
        embedding = self.time_embedder(torch.cat([angle.cos(), angle.sin()], -1))
        return embedding, self.time_proj(F.silu(embedding)).unflatten(2, (6, -1))


HEAD_GAIN = 4.0  # bias against weights at the start, where inputs are normalised
HEAD_KINDS = 4
FLAG, FLAG_BOOST = 4.0, 5.0  # length of the first frame's mark among inputs of length sqrt(dim); how much longer its keys get
SHARP, WIDE, ANY = (1.0, 1.0, 0.3), (0.0, 0.3, 1.5), ()  # energy by frequency: about one token, some four, all


def head_places(layer: int, head: int) -> list[tuple[tuple, float]]:
    """(energy, offset in tokens) along time, rows and columns where a head first looks."""
    step = ((0, 1), (0, -1), (1, 0), (-1, 0))[layer % 4]
    return [
        [(SHARP, -1.0), (SHARP, 0.0), (SHARP, 0.0)],  # the frame before
        [(WIDE, 0.0), (SHARP, 0.0), (SHARP, 0.0)],  # the same place at all times, near ones more: tells the frame number too
        [(SHARP, 0.0), (SHARP, step[0]), (SHARP, step[1])],  # a neighbour
        [(ANY, 0.0), (ANY, 0.0), (ANY, 0.0)],  # free: by content
    ][head % HEAD_KINDS]


class WanTransformer(nn.Module):
    """config: the diffusers config.json keys (see presets.py)."""

    def __init__(self, config: dict):
        super().__init__()
        c = self.config = dict(config)
        dim = c["num_attention_heads"] * c["attention_head_dim"]
        self.patch, self.eps = tuple(c["patch_size"]), c["eps"]
        self.patch_embedding = nn.Conv3d(c["in_channels"], dim, self.patch, self.patch)
        self.condition_embedder = ConditionEmbedder(dim, c["freq_dim"], c["text_dim"])
        self.blocks = nn.ModuleList([Block(dim, c["ffn_dim"], c["num_attention_heads"], c["eps"]) for _ in range(c["num_layers"])])
        self.proj_out = nn.Linear(dim, c["out_channels"] * math.prod(self.patch))
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, dim) / dim**0.5)
        self._rope = {}

    def axis_sizes(self) -> tuple[int, int, int]:
        """Channels of a head that turn with the frame, the row and the column."""
        d = self.config["attention_head_dim"]
        dh = 2 * (d // 6)
        return d - 2 * dh, dh, dh

    def rope(self, grid: tuple[int, int, int], device) -> tuple[torch.Tensor, torch.Tensor]:
        """cos and sin [L, head_dim/2] for a token grid (frames, rows, columns)."""
        key = (*grid, str(device))
        if key not in self._rope:
            parts = []
            for axis, (n, size) in enumerate(zip(grid, self.axis_sizes())):
                freq = 10000.0 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
                angle = torch.outer(torch.arange(n, dtype=torch.float64), freq)
                parts.append(angle.view(*(n if i == axis else 1 for i in range(3)), -1).expand(*grid, -1))
            angle = torch.cat(parts, -1).flatten(0, 2)
            self._rope[key] = (angle.cos().float().to(device), angle.sin().float().to(device))
        return self._rope[key]

    def forward(self, x, timestep, text, bias=None, frames=None):
        """x [B,C,F,H,W]; timestep [B,2] (frame 0, other frames); text [B,N,text_dim]; bias [B,1,1,N] -> [B,C,F,H,W].

        frames: ascending numbers of the F latent frames in their clip, if some are left out of it.
        """
        b, _, f, h, w = x.shape
        _, ph, pw = self.patch
        rope = self.rope(((frames[-1] + 1) if frames else f, h // ph, w // pw), x.device)
        if frames:
            rope = tuple(r.unflatten(0, (frames[-1] + 1, -1))[frames].flatten(0, 1) for r in rope)
        # The patch embedding as a matrix product: conv3d with stride = kernel is slow in most libraries.
        x = x.view(b, -1, f, h // ph, ph, w // pw, pw).permute(0, 2, 3, 5, 1, 4, 6).flatten(4).flatten(2, 3)
        x = F.linear(x, self.patch_embedding.weight.flatten(1), self.patch_embedding.bias).float()  # [B,F,S,D]
        embedding, modulation = self.condition_embedder(timestep)
        context = self.condition_embedder.text_embedder(text)
        for block in self.blocks:
            x = block(x, context, modulation, rope, bias)
        shift, scale = (two_rows(m, f) for m in (self.scale_shift_table + embedding.float().unsqueeze(2)).unbind(2))
        x = self.proj_out(fused.norm_modulate(x, scale, shift, self.eps))  # [B,F,S, ph*pw*C]
        x = x.view(b, f, h // ph, w // pw, ph, pw, -1).permute(0, 6, 1, 2, 4, 3, 5)
        return x.reshape(b, -1, f, h, w)

    def initialise(self) -> None:
        with torch.no_grad():
            for m in self.modules():
                if isinstance(m, nn.Linear):
                    nn.init.xavier_uniform_(m.weight)
                    nn.init.zeros_(m.bias)
            nn.init.xavier_uniform_(self.patch_embedding.weight.flatten(1))
            self.patch_embedding.bias.zero_()
            self.proj_out.weight.zero_()
            nn.init.normal_(self.condition_embedder.time_proj.weight, std=0.02)
            self.scale_shift_table.zero_()
            for block in self.blocks:
                nn.init.normal_(block.attn2.to_out[0].weight, std=0.02)
                block.scale_shift_table.zero_()
                block.scale_shift_table[:, [2, 5]] = 0.5  # gates start half open
            self.place_heads()

    def place_heads(self) -> None:
        """Lets self-attention begin as a convolution (ConViT, d'Ascoli et al. 2021): most heads first look at one relative place.

        With equal constant queries and keys the rotary score is sum_i |b_i|^2 cos(f_i * distance); its high frequencies make it local.
        The weights stay free to learn: only the biases are set, large against what the weights first add.
        """
        sizes = self.axis_sizes()
        count, d = self.config["num_attention_heads"], self.config["attention_head_dim"]
        for index, block in enumerate(self.blocks):
            q, k = torch.zeros(count, d // 2, 2), torch.zeros(count, d // 2, 2)
            for head in range(count):
                start = 0
                for size, (energy, offset) in zip(sizes, head_places(index, head)):
                    for i, e in enumerate(energy[: size // 2]):
                        turn = offset * 10000.0 ** (-2 * i / size)
                        q[head, start + i] = e**0.5 * torch.tensor([math.cos(turn), math.sin(turn)])
                        k[head, start + i, 0] = e**0.5
                    start += size // 2
            for layer, vector in ((block.attn1.to_q, q), (block.attn1.to_k, k)):
                layer.weight.mul_(0.5)
                layer.bias.copy_(vector.flatten() * HEAD_GAIN)
            block.attn1.norm_q.weight.fill_(1.5)
            block.attn1.norm_k.weight.fill_(1.5)

    @torch.no_grad()
    def open_first_frame(self) -> None:
        """Lets the heads that look at one place at all times begin with the clean first frame there, before motion is learnt.

        The time embedding of timestep 0 gets a direction of its own in the input of self-attention, and the keys of these heads answer to it.
        """
        c = self.condition_embedder
        weight = c.time_proj.weight
        timestep = torch.cat([weight.new_zeros(1), torch.linspace(50, 1000, 400, device=weight.device)])
        states = F.silu(c(timestep.unsqueeze(1))[0][:, 0])
        states = torch.cat([states, torch.ones_like(states[:, :1])], 1)
        wanted, trust = torch.zeros_like(timestep), torch.ones_like(timestep)
        wanted[0], trust[0] = 1.0, 20.0
        ridge = 1e-3 * torch.eye(states.shape[1], device=weight.device)
        rule = torch.linalg.solve(states.T @ (states * trust[:, None]) + ridge, states.T @ (wanted * trust))  # 1 at timestep 0, else about 0
        dim = weight.shape[1]
        flag = torch.randn(dim, device=weight.device)
        flag *= FLAG / flag.norm()
        weight[:dim] += torch.outer(flag, rule[:-1])  # the first of six rows: the shift before self-attention
        c.time_proj.bias[:dim] += flag * rule[-1]
        size = self.config["attention_head_dim"]
        for block in self.blocks:
            for head in range(1, self.config["num_attention_heads"], HEAD_KINDS):
                rows = slice(head * size, (head + 1) * size)
                to_k = block.attn1.to_k
                to_k.weight[rows] += torch.outer(to_k.bias[rows], flag) * FLAG_BOOST / flag.square().sum()

    @torch.no_grad()
    def open_text(self, text: torch.Tensor, bias: torch.Tensor) -> None:
        """Turns cross-attention to the words: some twenty of 512 text positions are words, and without this it sees padding only.

        text [B,N,text_dim], bias [B,1,1,N] (0 at words): a sample of encoded captions. The queries get the mean key of words as their bias.
        """
        words = self.condition_embedder.text_embedder(text)[bias[:, 0, 0] == 0]
        for block in self.blocks:
            a = block.attn2
            key = fused.rms_norm(a.to_k(words), a.norm_k.weight, a.eps).mean(0)
            a.to_q.bias.copy_(key / key.square().mean().sqrt())
            a.norm_q.weight.fill_(1.5)
            a.norm_k.weight.fill_(1.5)
            a.to_out[0].weight.mul_(2.5)


class T5Norm(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return fused.rms_norm(x.float(), self.weight, 1e-6)


class T5Attention(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        inner = c["num_heads"] * c["d_kv"]
        self.heads, self.buckets = c["num_heads"], c["relative_attention_num_buckets"]
        self.max_distance = c["relative_attention_max_distance"]
        self.q, self.k, self.v = (nn.Linear(c["d_model"], inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, c["d_model"], bias=False)
        self.relative_attention_bias = nn.Embedding(self.buckets, self.heads)

    def position_bias(self, n: int, device) -> torch.Tensor:
        """[1,h,n,n] from bidirectional, logarithmic distance buckets."""
        half, exact = self.buckets // 2, self.buckets // 4
        position = torch.arange(n, device=device)
        offset = position[None] - position[:, None]
        distance = offset.abs()
        far = exact + (torch.log(distance.float().clamp_min(1) / exact) / math.log(self.max_distance / exact) * (half - exact)).long().clamp_max(
            half - exact - 1
        )
        bucket = torch.where(distance < exact, distance, far) + half * (offset > 0)
        return self.relative_attention_bias(bucket).permute(2, 0, 1).unsqueeze(0)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x [B,N,D]; mask [B,1,1,N] additive."""
        q, k, v = (f(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        bias = (self.position_bias(x.shape[1], x.device) + mask).to(v.dtype).expand(x.shape[0], -1, -1, -1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=1.0)
        return self.o(y.transpose(1, 2).flatten(2))


class T5FeedForward(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.wi_0, self.wi_1 = (nn.Linear(c["d_model"], c["d_ff"], bias=False) for _ in range(2))
        self.wo = nn.Linear(c["d_ff"], c["d_model"], bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wo(F.gelu(self.wi_0(x), approximate="tanh") * self.wi_1(x))


class T5Block(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        attention, feed_forward = nn.Module(), nn.Module()
        attention.SelfAttention, attention.layer_norm = T5Attention(c), T5Norm(c["d_model"])
        feed_forward.DenseReluDense, feed_forward.layer_norm = T5FeedForward(c), T5Norm(c["d_model"])
        self.layer = nn.ModuleList([attention, feed_forward])

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        attention, feed_forward = self.layer
        x = x + attention.SelfAttention(attention.layer_norm(x), mask)
        return x + feed_forward.DenseReluDense(feed_forward.layer_norm(x))


class TextEncoder(nn.Module):
    """UMT5 encoder. config: the transformers config.json keys (see presets.py)."""

    def __init__(self, config: dict):
        super().__init__()
        self.config = dict(config)
        self.shared = nn.Embedding(config["vocab_size"], config["d_model"])
        self.encoder = nn.Module()
        self.encoder.block = nn.ModuleList([T5Block(config) for _ in range(config["num_layers"])])
        self.encoder.final_layer_norm = T5Norm(config["d_model"])

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """ids [B,N] padded with 0, lengths [B] -> embeddings [B,N,D] (zero at padding), folding bias [B,1,1,N]."""
        n = ids.shape[1]
        real = torch.arange(n, device=ids.device)[None] < lengths[:, None]
        mask = torch.where(real, 0.0, -1e9)[:, None, None]
        x = self.shared(ids)
        for block in self.encoder.block:
            x = block(x, mask)
        x = self.encoder.final_layer_norm(x) * real[..., None]
        padding = torch.log((TEXT_POSITIONS - lengths).float() / (n - lengths).clamp_min(1))
        return x, torch.where(real, 0.0, padding[:, None])[:, None, None]

    def initialise(self) -> None:
        nn.init.normal_(self.shared.weight, std=0.3)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
            if isinstance(m, T5Attention):
                nn.init.normal_(m.q.weight, std=(m.q.in_features * m.q.out_features / m.heads) ** -0.5)
                nn.init.zeros_(m.relative_attention_bias.weight)
