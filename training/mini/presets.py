# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of the networks and of the training stages. `full` is for one large GPU, `small` for two processors, `toy` for tests."""

from dataclasses import dataclass


def vae_config(base: int, decoder: int, z: int, mult=(1, 4, 4)) -> dict:
    """Wan 2.2 form (residual shortcuts, 2x2 patchified pixels) with three levels: 8x8x4 compression."""
    return dict(
        base_dim=base, decoder_base_dim=decoder, z_dim=z, dim_mult=list(mult), num_res_blocks=1, attn_scales=[],
        temperal_downsample=[True, True], dropout=0.0, is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_temporal=4, scale_factor_spatial=8,
    )  # fmt: skip


def dit_config(heads: int, head_dim: int, ffn: int, layers: int, z: int, text: int, freq: int = 256) -> dict:
    return dict(
        patch_size=[1, 2, 2], num_attention_heads=heads, attention_head_dim=head_dim, in_channels=z, out_channels=z, text_dim=text,
        freq_dim=freq, ffn_dim=ffn, num_layers=layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6,
        rope_max_seq_len=256,
    )  # fmt: skip


def text_config(dim: int, heads: int, ff: int, layers: int) -> dict:
    return dict(
        vocab_size=4096, d_model=dim, d_kv=32, d_ff=ff, num_layers=layers, num_heads=heads, relative_attention_num_buckets=32,
        relative_attention_max_distance=128, dropout_rate=0.0, feed_forward_proj="gated-gelu", layer_norm_epsilon=1e-6,
        pad_token_id=0, eos_token_id=1,
    )  # fmt: skip


@dataclass
class Phase:
    """share of the stage's time, frames a clip, clips a step; for the model also new clips a step, latent frames a clip that are
    learnt from (0 = all), and the share of steps that go to single frames (with the batch of the stage's first phase)."""

    share: float
    frames: int
    batch: int
    fresh: float = 0
    kept: int = 0
    stills: float = 0


@dataclass
class Preset:
    name: str
    vae: dict
    dit: dict
    text: dict
    sizes: list[tuple[int, int]]  # (height, width), drawn with equal probability
    frames: int  # frames of a full clip
    fps: int  # frames a second
    vae_phases: list[Phase]
    model_phases: dict[str, list[Phase]]  # by stage name; model2 always continues a clean first frame
    pool: int  # clips held in each latent pool
    render_chunk: int  # clips rendered and encoded at once
    variants: int  # canvases painted for each kind of background
    workers: int  # processes that describe scenes
    vae_lr: float = 1.0e-3
    model_lr: float = 1.5e-3
    text_tokens: int = 80
    warmup: int = 60
    log_every: int = 25
    world: str = "full"  # of world.py
    slow: float = 0.7  # share of autoencoder clips that are slow pieces of a full clip


PRESETS = {
    "full": Preset(
        name="full",
        vae=vae_config(24, 32, 16),
        dit=dit_config(6, 64, 1280, 8, 16, 192),
        text=text_config(192, 6, 512, 4),
        sizes=[(144, 256), (256, 144), (192, 192)],
        frames=81,
        fps=16,
        vae_phases=[Phase(0.22, 1, 192), Phase(0.78, 17, 20)],
        model_phases={
            "model1": [Phase(1.0, 1, 512, 128)],
            "model2": [Phase(0.6, 81, 128, 16, kept=8, stills=0.15), Phase(0.4, 81, 48, 12, stills=0.15)],
            "distill": [Phase(1.0, 81, 40, 10, stills=0.15)],
        },
        pool=6144,
        render_chunk=12,
        variants=20,
        workers=12,
    ),
    "small": Preset(
        name="small",
        vae=vae_config(24, 32, 12, (1, 2, 2)),
        dit=dit_config(4, 48, 768, 6, 12, 128, 128),
        text=text_config(128, 4, 256, 2),
        sizes=[(80, 128)] * 4 + [(128, 80), (96, 96)],
        frames=41,
        fps=8,
        vae_phases=[Phase(0.4, 1, 16), Phase(0.6, 13, 2)],
        model_phases={
            "model1": [Phase(1.0, 1, 32, 5)],
            "model2": [Phase(0.6, 41, 12, 0.9, kept=5, stills=0.12), Phase(0.4, 41, 8, 0.8, stills=0.12)],
            "distill": [Phase(1.0, 41, 8, 0.9, stills=0.15)],
        },
        pool=1200,
        render_chunk=6,
        variants=6,
        workers=1,
        vae_lr=2.4e-4,
        model_lr=1.2e-3,
        world="small",
        slow=0.9,
    ),
    "toy": Preset(
        name="toy",
        vae=vae_config(8, 8, 8),
        dit=dit_config(2, 32, 128, 2, 8, 64),
        text=text_config(64, 2, 128, 1),
        sizes=[(48, 64), (64, 48)],
        frames=9,
        fps=12,
        vae_phases=[Phase(0.4, 1, 8), Phase(0.6, 5, 4)],
        model_phases={
            "model1": [Phase(1.0, 1, 16, 4)],
            "model2": [Phase(0.5, 9, 12, 2, kept=2, stills=0.15), Phase(0.5, 9, 8, 2, stills=0.15)],
            "distill": [Phase(1.0, 9, 6, 2, stills=0.15)],
        },
        pool=32,
        render_chunk=8,
        variants=1,
        workers=0,
        warmup=10,
        log_every=10,
    ),
}
