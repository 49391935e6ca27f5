"""Demonstrations as `sinew record --format raw` writes them, mapped into memory; and safetensors files."""

import json
import struct
from pathlib import Path

import numpy as np
import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Demonstrations:
    """Several recordings as one: pictures as maps of files, the rest as float32 arrays in memory."""

    def __init__(self, folders, horizon, held_out=20):
        self.parts, states, actions, truths, starts = [], [], [], [], [0]
        for folder in map(Path, folders):
            meta = json.loads((folder / "meta.json").read_text())
            n, h, w = meta["frames"], meta["height"], meta["width"]
            self.cameras = meta["cameras"]
            pictures = {c: np.memmap(folder / f"{c}.u8", np.uint8, "r", shape=(n, h, w, 3)) for c in self.cameras}
            self.parts.append(pictures)
            states.append(np.fromfile(folder / "state.f32", np.float32).reshape(n, meta["dim"]))
            actions.append(np.fromfile(folder / "action.f32", np.float32).reshape(n, meta["dim"]))
            truths.append(np.fromfile(folder / "truth.f32", np.float32).reshape(n, meta["truth"]))
            base = starts[-1]
            starts += [base + s for s in meta["episode_starts"][1:]]
        self.height, self.width = h, w
        self.state, self.action, self.truth = map(np.concatenate, (states, actions, truths))
        self.sizes = np.cumsum([0] + [len(s) for s in states])
        self.frames = len(self.state)
        self.chunk = np.empty((self.frames, horizon), np.int64)
        train, test = [], []
        for e, (a, b) in enumerate(zip(starts, starts[1:])):
            for i in range(a, b):
                self.chunk[i] = np.minimum(np.arange(i, i + horizon), b - 1)
            (test if e % held_out == 0 else train).extend(range(a, b))
        self.train, self.test = np.array(train), np.array(test)

    def images(self, camera, index):
        """(len(index), 3, H, W) uint8."""
        part = np.searchsorted(self.sizes, index, "right") - 1
        out = np.empty((len(index), self.height, self.width, 3), np.uint8)
        for k, (p, i) in enumerate(zip(part, index)):
            out[k] = self.parts[p][camera][i - self.sizes[p]]
        return torch.from_numpy(out).permute(0, 3, 1, 2)


def normalize_images(x, augment=False):
    """uint8 to what the network sees. Augmentation changes brightness, contrast and colour and adds noise."""
    x = x.float() / 255
    if augment:
        n = x.shape[0]
        gain = 1 + 0.12 * (2 * torch.rand(n, 1, 1, 1) - 1) + 0.04 * (2 * torch.rand(n, 3, 1, 1) - 1)
        shift = 0.06 * (2 * torch.rand(n, 1, 1, 1) - 1)
        x = (x * gain + shift + 0.012 * torch.randn_like(x)).clamp(0, 1)
    mean, std = torch.tensor(IMAGENET_MEAN)[:, None, None], torch.tensor(IMAGENET_STD)[:, None, None]
    return (x - mean) / std


def save_safetensors(path, tensors):
    header, at, blobs = {"__metadata__": {"format": "pt"}}, 0, []
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name].detach().numpy().astype(np.float32))
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
        blobs.append(array.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)))
        f.write(text)
        for blob in blobs:
            f.write(blob)
