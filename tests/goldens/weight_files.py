# SPDX-License-Identifier: GPL-3.0-or-later
"""Weight files as other programs write them, for the tests of Kinora's own readers: tests/data/goldens/weight-files.

ggml-blocks.gguf    by the gguf package: two rows of random blocks of every quantised type, NAME, and what the package
                    dequantises them to, NAME.expected
tiny-wan22.pth      by torch.save: the transformer of tiny-wan22 under the original names, in float32
"""

import gguf
import numpy as np
import torch
from safetensors.torch import load_file

# Where the float16 factors lie in a block; all other bytes may have any value.
FACTORS = {"Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q2_K": (80, 82), "Q3_K": (108,),
           "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "IQ4_NL": (0,), "IQ4_XS": (0,)}
ROWS, ROW = 2, 512

# diffusers → original, in this order (wan.md section 3).
RENAMES = [("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
           ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
           ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
           ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
           ("condition_embedder.time_proj", "time_projection.1"), ("norm2", "norm3"), ("attn1", "self_attn"),
           ("attn2", "cross_attn"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "o"),
           ("ffn.net.0.proj", "ffn.0"), ("ffn.net.2", "ffn.2"), ("proj_out", "head.head")]


def original_name(name):
    if name == "scale_shift_table":
        return "head.modulation"
    name = name.replace("scale_shift_table", "modulation")
    for ours, original in RENAMES:
        name = name.replace(ours, original)
    return name


def random_blocks(kind, rng):
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (ROWS * ROW // elements, size), dtype=np.uint8)
    for at in FACTORS[kind.name]:
        blocks[:, at : at + 2] = rng.normal(0, 0.05, (len(blocks), 1)).astype(np.float16).view(np.uint8)
    return blocks.reshape(ROWS, -1)


def write_blocks(path):
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "wan")
    writer.add_string("general.name", "blocks of every type")
    writer.add_array("tokenizer.ggml.tokens", ["a", "bc", ""])
    for name in FACTORS:
        kind = gguf.GGMLQuantizationType[name]
        blocks = random_blocks(kind, rng)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        writer.add_tensor(name + ".expected", gguf.quants.dequantize(blocks, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_torch(path, model):
    tensors = load_file(model / "transformer/diffusion_pytorch_model.safetensors")
    torch.save({original_name(name): tensor for name, tensor in tensors.items()}, path)


def make_weight_files(folder, model):
    write_blocks(folder / "ggml-blocks.gguf")
    write_torch(folder / "tiny-wan22.pth", model)
