# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what a training begins with: placed heads, words that are heard, a text encoder that has read captions, left-out frames."""

from dataclasses import replace

import pytest
import torch

import train_text
from mini import checkpoint, flow, fused
from mini.latents import Batch
from mini.models import TextEncoder, WanTransformer, two_rows
from mini.presets import PRESETS
from mini.stream import SceneStream
from mini.training import Budget, Trainer
from train_model import build_model, read_text

TOY, SMALL = PRESETS["toy"], PRESETS["small"]


@torch.no_grad()
def first_look(head: int) -> torch.Tensor:
    """Where the token at frame 5, row 2, column 4 looks in the first block: weights [11,5,8]."""
    torch.manual_seed(0)
    model = WanTransformer(SMALL.dit)
    model.initialise()
    attention, rope = model.blocks[0].attn1, model.rope((11, 5, 8), "cpu")
    x = torch.randn(1, 440, model.blocks[0].norm2.normalized_shape[0])
    q = fused.rms_rope(attention.to_q(x), attention.norm_q.weight, *rope, 1e-6).flatten(3)[0, :, head]
    k = fused.rms_rope(attention.to_k(x), attention.norm_k.weight, *rope, 1e-6).flatten(3)[0, :, head]
    return (q[5 * 40 + 2 * 8 + 4] @ k.T / q.shape[1] ** 0.5).softmax(0).view(11, 5, 8)


def test_heads_first_look_at_one_place_each():
    before, all_times, neighbour, free = (first_look(h) for h in range(4))
    assert before.sum((1, 2)).argmax() == 4 and before.sum((0, 1)).argmax() == 4
    assert before.sum((1, 2)).max() > 0.5
    assert all_times.sum((1, 2)).max() < 0.3 and all_times.sum((0, 2)).argmax() == 2
    assert neighbour.sum((1, 2)).argmax() == 5 and neighbour.sum((0, 1)).argmax() == 5
    assert free.max() < 0.02


@torch.no_grad()
def test_one_head_a_layer_finds_the_clean_first_frame():
    torch.manual_seed(0)
    model = WanTransformer(SMALL.dit)
    model.initialise()

    def found() -> float:
        """Share of head 1 in the first block that frame 8 gives to frame 0, where that has timestep 0 and the others 700."""
        torch.manual_seed(1)
        block, rope = model.blocks[0], model.rope((11, 5, 8), "cpu")
        modulation = model.condition_embedder(torch.tensor([[0.0, 700.0]]))[1]
        shift, scale = (two_rows(m, 11) for m in (block.scale_shift_table + modulation).unbind(2)[:2])
        x = fused.norm_modulate(torch.randn(1, 11, 40, shift.shape[3]), scale, shift, 1e-6).flatten(1, 2)
        q = fused.rms_rope(block.attn1.to_q(x), block.attn1.norm_q.weight, *rope, 1e-6).flatten(3)[0, :, 1]
        k = fused.rms_rope(block.attn1.to_k(x), block.attn1.norm_k.weight, *rope, 1e-6).flatten(3)[0, :, 1]
        return (q[8 * 40 : 9 * 40] @ k.T / q.shape[1] ** 0.5).softmax(1)[:, :40].sum(1).mean().item()

    assert found() < 0.1
    model.open_first_frame()
    assert found() > 2 / 11  # twice its share of the eleven frames


@torch.no_grad()
def test_frames_left_out_keep_the_places_of_the_others_in_time():
    model = build_model(TOY).eval()
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.02)
    x, rows, text = torch.randn(2, 8, 5, 6, 8), torch.rand(2, 2) * 1000, torch.randn(2, 7, TOY.text["d_model"])
    whole = model.transformer(x, rows, text)
    assert torch.equal(model.transformer(x, rows, text, frames=[0, 1, 2, 3, 4]), whole)
    some, packed = model.transformer(x[:, :, [0, 2, 4]], rows, text, frames=[0, 2, 4]), model.transformer(x[:, :, [0, 2, 4]], rows, text)
    assert some.shape == packed.shape and not torch.allclose(some, packed, atol=1e-4)


def test_left_out_frames_always_keep_the_first():
    for _ in range(20):
        frames = flow.some_frames(11, 5)
        assert len(set(frames)) == 5 and frames[0] == 0 and frames == sorted(frames) and frames[-1] <= 10


def test_a_clip_learns_from_some_of_its_frames():
    torch.manual_seed(0)
    ids = torch.randint(3, 4000, (2, 12))
    batch = Batch(torch.randn(2, 8, 5, 6, 8), ids, torch.full((2,), 12), torch.zeros(2, 5, 6, 8), torch.zeros(2, dtype=torch.bool))
    loss = flow.training_loss(build_model(TOY), batch, p_image=1.0, kept=3)
    loss.backward()
    assert torch.isfinite(loss) and batch.latents.shape[2] == 5


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A text encoder that has read 25 batches of captions, as a checkpoint folder; and its loss on the first and the last."""
    torch.manual_seed(0)
    folder, losses = str(tmp_path_factory.mktemp("text")), []
    source = train_text.Captions(replace(TOY, world="small"), 0)
    source.learn_values(500)
    reader = train_text.Reader(TOY, source.values)
    trainer = Trainer(reader, train_text.RATE, TOY, Budget(60, 1))
    for _ in range(25):
        train_text.learn(reader, trainer, source, 32, "cpu")
        losses.append(trainer.last["loss"])
    checkpoint.save(folder, "text", dict(reader.text_encoder.state_dict()), {})
    return folder, losses


def test_the_text_encoder_learns_to_read_captions(read):
    losses = read[1]
    assert sum(losses[-3:]) < 0.9 * sum(losses[:3])


@torch.no_grad()
def test_cross_attention_hears_words_and_not_the_padding(read):
    model, stream = build_model(TOY), SceneStream("model", TOY, 3, TOY.sizes[:1])

    def heard() -> float:
        """Share of the first block's attention that goes to words."""
        torch.manual_seed(0)
        scenes = stream.take(4, 1)
        ids, lengths = (torch.stack([torch.as_tensor(s[k][0]) for s in scenes]) for k in ("ids", "lengths"))
        text, bias = model.text_encoder(ids, lengths)
        a, context = model.transformer.blocks[0].attn2, model.transformer.condition_embedder.text_embedder(text)
        q = a.split(fused.rms_norm(a.to_q(torch.randn(4, 30, context.shape[2])), a.norm_q.weight, 1e-6))
        k = a.split(fused.rms_norm(a.to_k(context), a.norm_k.weight, 1e-6))
        weights = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5 + bias).softmax(-1)
        return (weights * (bias == 0)).sum(-1).mean().item()

    assert heard() < 0.2
    read_text(model, read[0], stream)
    stored = checkpoint.load(read[0], "text")[0]
    assert all(torch.equal(v, stored[k]) for k, v in model.text_encoder.state_dict().items())
    assert heard() > 0.5


def test_a_folder_without_text_checkpoint_begins_from_nothing(tmp_path):
    model = build_model(TOY)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    read_text(model, str(tmp_path), SceneStream("model", TOY, 3, TOY.sizes[:1]))
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert isinstance(model.text_encoder, TextEncoder)
