# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny random Wan models in the diffusers layout, shaped like the real ones but small enough for git.

Widths are chosen so that sizes which coincide in the real models differ here (heads * d_kv != d_model, a RoPE split
with unequal axes, encoder and decoder widths, residual blocks with and without shortcut convolution).
"""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from transformers import UMT5Config, UMT5EncoderModel

TEXT_DIM = 32


def tiny_text_encoder(vocab_size):
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=vocab_size, d_model=TEXT_DIM, d_kv=12, d_ff=56, num_layers=2, num_decoder_layers=2, num_heads=2,
            feed_forward_proj="gated-gelu", dropout_rate=0.0, is_encoder_decoder=False, use_cache=False,
        )
    )


def tiny_transformer(channels):
    return WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=20, in_channels=channels, out_channels=channels,
        text_dim=TEXT_DIM, freq_dim=32, ffn_dim=72, num_layers=2, cross_attn_norm=True,
        qk_norm="rms_norm_across_heads", rope_max_seq_len=64,
    )


def latent_statistics(channels):
    return {"latents_mean": torch.linspace(-0.6, 0.7, channels).tolist(),
            "latents_std": torch.linspace(0.5, 1.6, channels).tolist()}


def tiny_vae_22(z_dim=8):
    return AutoencoderKLWan(
        base_dim=3, decoder_base_dim=4, z_dim=z_dim, dim_mult=[1, 2, 4, 4], num_res_blocks=2,
        temperal_downsample=[False, True, True], is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_spatial=16, scale_factor_temporal=4, **latent_statistics(z_dim),
    )


def tiny_vae_21(z_dim=16):
    return AutoencoderKLWan(
        base_dim=4, z_dim=z_dim, dim_mult=[1, 2, 4, 4], num_res_blocks=2, temperal_downsample=[False, True, True],
        scale_factor_spatial=8, scale_factor_temporal=4, **latent_statistics(z_dim),
    )


@torch.no_grad()
def randomise(module, seed):
    """Fills every parameter so that activations stay O(1) and no branch vanishes: gains near 1, biases not 0."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape, std):
        return torch.randn(shape, generator=generator) * std

    for name, parameter in sorted(module.named_parameters()):
        shape = parameter.shape
        if name.endswith("scale_shift_table"):
            value = normal(shape, 0.4)
        elif name.endswith(("shared.weight", "relative_attention_bias.weight")):
            value = normal(shape, 1.0)
        elif name.endswith("SelfAttention.q.weight"):  # UMT5 has no 1/sqrt(d_kv); keep the softmax soft
            value = normal(shape, (shape[0] * shape[1]) ** -0.5 * 2)
        elif name.endswith("bias"):
            value = normal(shape, 0.2)
        elif "norm" in name or name.endswith("gamma"):
            # sharper cross-attention, or the prompt drowns in its 500 zero rows
            value = (2.0 if ".attn2.norm_" in name else 1.0) + normal(shape, 0.2)
        else:
            gain = 2.0 if ".attn2.to_out" in name else 1.2
            value = normal(shape, gain * parameter[0].numel() ** -0.5)
        parameter.copy_(value)
    return module.eval()


def unipc(shift):
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)


def save_tiny_model(folder: Path, vocab_size, vae, expand_timesteps, shift, seed):
    """Writes one model folder; all tiny models share one tokenizer."""
    pipe = WanPipeline(
        tokenizer=None, text_encoder=randomise(tiny_text_encoder(vocab_size), seed), vae=randomise(vae, seed + 1),
        transformer=randomise(tiny_transformer(vae.config.z_dim), seed + 2), scheduler=unipc(shift),
        expand_timesteps=expand_timesteps,
    )
    # decoded pixels of about 0.4 rms: neither grey nor clamped everywhere
    with torch.no_grad():
        pipe.vae.decoder.conv_out.weight.mul_(0.4)
    pipe.save_pretrained(folder)
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace(
        '"tokenizer": [\n    null,\n    null\n  ]', '"tokenizer": [\n    "transformers",\n    "T5TokenizerFast"\n  ]'))
    (folder / "tokenizer").symlink_to("../tokenizer")
