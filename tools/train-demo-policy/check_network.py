#!/usr/bin/env python3
"""Compares network.py with a policy recorded from LeRobot itself: `check_network.py FOLDER`, where FOLDER holds
model.safetensors and golden.safetensors of a policy with one shared encoder, 84x112 pictures, two observation steps and
DDIM with 10 steps."""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

from network import RgbEncoder, Scheduler, Unet

TYPES = {"F16": np.float16, "F32": np.float32, "U8": np.uint8, "I64": np.int64}
LIMIT = 1e-4


def load(path):
    raw = Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + x for x in entry["data_offsets"])
        array = np.frombuffer(raw[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


@torch.no_grad()
def main(folder):
    golden, weights = load(Path(folder) / "golden.safetensors"), load(Path(folder) / "model.safetensors")
    encoder, unet = RgbEncoder(84, 112), Unet(6, 268, [32, 64, 128], 5, 32)
    for prefix, module in (("diffusion.rgb_encoder.", encoder), ("diffusion.unet.", unet)):
        module.load_state_dict({k[len(prefix):]: v.float() for k, v in weights.items() if k.startswith(prefix)})
    seen = golden["encoder_input.observation.images.front.step0"].unsqueeze(0)
    scheduler, cond = Scheduler(), golden["global_cond"]
    steps = golden["timesteps"].tolist()
    x = golden["noise"]
    for t in steps:
        x = scheduler.back(unet, x, t, steps[0] - steps[1], cond)
    pairs = {
        "encoder": (encoder(seen)[0], golden["encoder_feature"][0, 0]),
        "unet": (unet(golden["noise"], torch.tensor([steps[0]]), cond), golden["unet_output.first"]),
        "sample": (x, golden["samples"][-1]),
    }
    worst = {name: (a - b).abs().max().item() for name, (a, b) in pairs.items()}
    print(", ".join(f"{name} differs by {d:.2g}" for name, d in worst.items()))
    return 0 if max(worst.values()) < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
