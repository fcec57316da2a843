#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/data/schedules/diffusers.json: sigmas, timesteps and trajectories of diffusers' schedulers.

Pinned: diffusers 0.42.1, torch 2.11.0. Run it only when these change; the tests read the file, never this script.
The "network" is v(x, t) = 0.5·x + 0.2·cos(t/100) + 0.1·sin(3·x), on four numbers, in fp32.
"""
import json
import pathlib

import diffusers
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

FLOW = dict(prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, solver_order=2,
            lower_order_final=True, final_sigmas_type="zero", timestep_spacing="linspace")
MAKERS = {
    "unipc": lambda shift: UniPCMultistepScheduler(flow_shift=shift, solver_type="bh2", predict_x0=True, **FLOW),
    "euler": lambda shift: FlowMatchEulerDiscreteScheduler(shift=shift),
    "dpm++": lambda shift: DPMSolverMultistepScheduler(flow_shift=shift, algorithm_type="dpmsolver++",
                                                       solver_type="midpoint", **FLOW),
}
CASES = [(1, 5.0), (2, 5.0), (3, 8.0), (4, 5.0), (5, 5.0), (6, 5.0), (8, 3.0), (10, 1.0), (20, 5.0), (40, 12.0), (50, 16.0)]
START = [1.0, -0.75, 0.3, 2.25]


def velocity(x, t):
    return 0.5 * x + 0.2 * torch.cos(t.float() / 100) + 0.1 * torch.sin(3 * x)


def run(name, steps, shift):
    scheduler = MAKERS[name](shift)
    scheduler.set_timesteps(steps)
    scheduler.set_begin_index(0)  # a look-up by timestep starts too late where the first two are equal
    x = torch.tensor([START])
    trajectory = []
    for t in scheduler.timesteps:
        x = scheduler.step(velocity(x, t), t, x, return_dict=False)[0]
        trajectory.append(x[0].tolist())
    return dict(sampler=name, steps=steps, shift=shift, sigmas=scheduler.sigmas.tolist(),
                timesteps=scheduler.timesteps.tolist(), trajectory=trajectory)


def main():
    runs = [run(name, steps, shift) for name in MAKERS for steps, shift in CASES]
    document = dict(
        note="written by tests/goldens/make_schedules.py", diffusers=diffusers.__version__,
        torch=torch.__version__.split("+")[0], start=START, runs=runs)
    target = pathlib.Path(__file__).resolve().parent.parent / "data" / "schedules" / "diffusers.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = json.dumps(document, indent=None).replace('{"sampler"', '\n{"sampler"')
    target.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
