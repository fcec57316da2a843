# SPDX-License-Identifier: GPL-3.0-or-later
"""Times a generation in stock diffusers (float32, CPU) and prints JSON, for a paired comparison with kinora-bench.

"total" runs from the prompt to the last frame and leaves out imports and loading; "load" is told apart.
The minimum and the median over --repeat runs are given; the first run is part of them.
"""

import argparse
import json
import statistics
import time


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="model folder in the diffusers layout")
    parser.add_argument("--prompt", default="a red ball bounces on the beach")
    parser.add_argument("--negative", default="")
    parser.add_argument("--image", help="first frame; makes it image-to-video")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--height", type=int, default=80)
    parser.add_argument("--frames", type=int, default=25)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--shift", type=float, help="flow shift; default: the model's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


def load(arguments):
    import torch
    from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline
    from PIL import Image

    start = time.perf_counter()
    pipe = WanPipeline.from_pretrained(arguments.model, torch_dtype=torch.float32)
    call = {}
    if arguments.image:
        pipe = WanImageToVideoPipeline(**pipe.components, image_encoder=None, image_processor=None,
                                       expand_timesteps=pipe.config.expand_timesteps)
        picture = Image.open(arguments.image).convert("RGB")
        call["image"] = picture.resize((arguments.width, arguments.height), Image.Resampling.LANCZOS)
    if arguments.shift:
        pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift=arguments.shift)
    pipe.set_progress_bar_config(disable=True)
    return pipe, call, time.perf_counter() - start


def timed(owner, name, times, key):
    """Adds the duration of every call of owner.name to times[key]."""
    inner = getattr(owner, name)

    def outer(*positional, **named):
        start = time.perf_counter()
        result = inner(*positional, **named)
        times[key] = times.get(key, 0.0) + time.perf_counter() - start
        return result

    setattr(owner, name, outer)


def run(pipe, call, arguments, times):
    import torch

    times.clear()
    start = time.perf_counter()
    pipe(prompt=arguments.prompt, negative_prompt=arguments.negative, width=arguments.width, height=arguments.height,
         num_frames=arguments.frames, num_inference_steps=arguments.steps, guidance_scale=arguments.guidance,
         generator=torch.Generator().manual_seed(arguments.seed), output_type="np", **call)
    total = time.perf_counter() - start
    stages = {name: times.get(name, 0.0) for name in ("text", "encode", "decode")}
    return {**stages, "denoise": total - sum(stages.values()), "total": total}


def main():
    arguments = options()
    import torch
    import diffusers

    torch.set_num_threads(arguments.threads)
    pipe, call, seconds = load(arguments)
    times = {}
    timed(pipe, "encode_prompt", times, "text")
    timed(pipe.vae, "encode", times, "encode")
    timed(pipe.vae, "decode", times, "decode")
    runs = [run(pipe, call, arguments, times) for _ in range(arguments.repeat)]
    summary = {name: {stage: round(function(r[stage] for r in runs), 4) for stage in runs[0]}
               for name, function in (("min", min), ("median", statistics.median))}
    print(json.dumps({"torch": torch.__version__, "diffusers": diffusers.__version__, **vars(arguments),
                      "load": round(seconds, 4), **summary}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
