#!/usr/bin/env python3
"""Trains the bundled policy on demonstrations of the simulation, on a CPU, in three resumable stages:

  encoder   the image encoder alone, to tell where cube and hand are
  unet      the denoiser, on the encoder's features computed once
  finetune  both together, gently
  export    writes the checkpoint in LeRobot's layout (also done after unet and finetune)

Each stage goes on where its last save in --out left off; losses are appended to losses.csv there.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import checkpoint
from data import Demonstrations, normalize_images
from network import FEATURES, RgbEncoder, Scheduler, Unet

SETTINGS = {"horizon": 16, "n_action_steps": 6, "down_dims": [48, 80, 128], "kernel": 3, "step_dim": 64}
# What the simulation knows: cube in the base's frame (3), turn (2), tool (3), cube in the hand's frame (3).
TRUTH_SCALE = torch.tensor([0.05, 0.05, 0.03, 0.7, 0.7, 0.05, 0.05, 0.03, 0.03, 0.03, 0.03])


class PoseHeads(nn.Module):
    """Reads the poses off the features: each camera alone, and both with the joint positions."""

    def __init__(self, cameras, dim, truth):
        super().__init__()
        self.single = nn.ModuleList([self.mlp(FEATURES, truth) for _ in range(cameras)])
        self.joint = self.mlp(cameras * FEATURES + dim, truth)

    @staticmethod
    def mlp(n_in, n_out):
        return nn.Sequential(nn.Linear(n_in, 128), nn.ReLU(), nn.Linear(128, n_out))

    def forward(self, features, state):
        return [head(f) for head, f in zip(self.single, features)], self.joint(torch.cat([*features, state], -1))


class Trainer:
    def __init__(self, args):
        self.args, self.out = args, Path(args.out)
        self.out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(args.seed)
        torch.set_num_threads(args.threads)
        self.rng = np.random.default_rng(args.seed)
        self.data = Demonstrations(args.data, SETTINGS["horizon"])
        d = self.data
        low, high = d.state[d.train].min(0), d.state[d.train].max(0)
        self.state = torch.from_numpy(2 * (d.state - low) / (high - low) - 1)
        low, high = d.action[d.train].min(0), d.action[d.train].max(0)
        self.action = torch.from_numpy(2 * (d.action - low) / (high - low) - 1)
        centre = torch.from_numpy(d.truth[d.train].mean(0))
        self.truth = (torch.from_numpy(d.truth) - centre) / TRUTH_SCALE
        dim, cameras = d.state.shape[1], len(d.cameras)
        self.encoder = RgbEncoder(d.height, d.width).to(memory_format=torch.channels_last)
        self.encoder.half = args.bf16
        self.heads = PoseHeads(cameras, dim, d.truth.shape[1])
        self.unet = Unet(dim, dim + cameras * FEATURES, SETTINGS["down_dims"], SETTINGS["kernel"], SETTINGS["step_dim"])
        self.scheduler = Scheduler()
        count = lambda m: sum(p.numel() for p in m.parameters())
        print(f"{d.frames} frames, {len(d.train)} to train on; encoder {count(self.encoder) / 1e6:.2f} M, "
              f"unet {count(self.unet) / 1e6:.2f} M parameters", flush=True)

    # -- saving

    def load(self, stage, *parts):
        path = self.out / f"{stage}.pt"
        if not path.exists():
            return 0, {}
        saved = torch.load(path, weights_only=False)  # our own files
        for name, part in parts:
            part.load_state_dict(saved[name])
        return saved["step"], saved

    def keep(self, stage, step, *parts):
        part = self.out / f"{stage}.pt.part"
        torch.save({"step": step, **{name: module.state_dict() for name, module in parts}}, part)
        part.rename(self.out / f"{stage}.pt")

    def log(self, stage, step, **values):
        print(f"{stage} {step}: " + ", ".join(f"{k} {v:.5g}" for k, v in values.items()), flush=True)
        with open(self.out / "losses.csv", "a", newline="") as f:
            csv.writer(f).writerow([stage, step, int(time.time())] + [f"{k}={v:.6g}" for k, v in values.items()])

    # -- pieces

    def look(self, index, augment):
        """Features of each camera, all in one pass through the encoder."""
        pictures = torch.cat([normalize_images(self.data.images(c, index), augment) for c in self.data.cameras])
        features = self.encoder(pictures.contiguous(memory_format=torch.channels_last))
        return list(features.split(len(index)))

    def rate(self, optimizer, step, steps, peak, warmup=200):
        value = peak * min(1, (step + 1) / warmup) * 0.5 * (1 + np.cos(np.pi * min(1, step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = value

    def denoise_loss(self, index, features):
        state = self.state[index] + 0.01 * torch.randn(len(index), self.state.shape[1])
        cond = torch.cat([state, *features], -1)
        x0 = self.action[torch.from_numpy(self.data.chunk[index])]
        noise, t = torch.randn_like(x0), torch.randint(0, self.scheduler.steps, (len(index),))
        return nn.functional.mse_loss(self.unet(self.scheduler.noisy(x0, noise, t), t, cond), noise)

    # -- stages

    def train_encoder(self):
        steps, batch = self.args.encoder_steps, self.args.encoder_batch
        weights = [*self.encoder.parameters(), *self.heads.parameters()]
        optimizer = adamw(weights, lr=1e-3, weight_decay=1e-4)
        parts = (("encoder", self.encoder), ("heads", self.heads), ("optimizer", optimizer))
        start, _ = self.load("encoder", *parts)
        total, since = 0.0, time.time()
        for step in range(start, steps):
            self.rate(optimizer, step, steps, 6e-4)
            index = self.rng.choice(self.data.train, batch)
            alone, joint = self.heads(self.look(index, True), self.state[index])
            truth = self.truth[index]
            loss = nn.functional.smooth_l1_loss(joint, truth, beta=0.1)
            for guess in alone:
                loss = loss + 0.5 * nn.functional.smooth_l1_loss(guess, truth, beta=0.1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.encoder.parameters(), 5.0)
            optimizer.step()
            total += loss.item()
            if (step + 1) % 100 == 0 or step + 1 == steps:
                seconds = (time.time() - since) / 100
                self.log("encoder", step + 1, loss=total / 100, seconds_per_step=seconds)
                total, since = 0.0, time.time()
            if (step + 1) % 500 == 0 or step + 1 == steps:
                self.keep("encoder", step + 1, *parts)
                self.test_encoder(step + 1)
                since = time.time()

    @torch.no_grad()
    def test_encoder(self, step):
        index = self.data.test[:: max(1, len(self.data.test) // 256)]
        _, joint = self.heads(self.look(index, False), self.state[index])
        error = (joint - self.truth[index]) * TRUTH_SCALE
        level = 1000 * error[:, :2].norm(dim=1)
        self.log("encoder-test", step, cube_mm=level.mean().item(), cube_mm_p95=level.quantile(0.95).item(),
                 hand_mm=1000 * error[:, 8:11].norm(dim=1).mean().item(), turn=error[:, 3:5].norm(dim=1).mean().item())

    @torch.no_grad()
    def cache(self):
        """Features of every few frames: as they are, and augmented a few times. (variants, N, cameras, FEATURES)"""
        path = self.out / "features.npy"
        if path.exists():
            return torch.from_numpy(np.load(path))
        variants, every = self.args.variants, self.args.every
        frames = np.arange(0, self.data.frames, every)
        out = np.empty((variants, len(frames), len(self.data.cameras), FEATURES), np.float32)
        since = time.time()
        for v in range(variants):
            for i in range(0, len(frames), 64):
                for c, f in enumerate(self.look(frames[i : i + 64], v > 0)):
                    out[v, i : i + 64, c] = f.numpy()
        np.save(path, out)
        print(f"cached features in {time.time() - since:.0f} s", flush=True)
        return torch.from_numpy(out)

    def train_unet(self):
        if self.load("encoder", ("encoder", self.encoder))[0] == 0:
            raise SystemExit(f"{self.out} has no encoder yet: run the stage encoder first")
        features, every = self.cache(), self.args.every
        train = self.data.train[self.data.train % every == 0]
        steps, batch = self.args.unet_steps, self.args.unet_batch
        slow = lambda a, b, n: a + (b - a) * max(0.001, 1 / (n + 1))
        average = torch.optim.swa_utils.AveragedModel(self.unet, avg_fn=slow)
        optimizer = adamw(self.unet.parameters(), lr=1e-3, betas=(0.95, 0.999), weight_decay=1e-6)
        parts = (("unet", self.unet), ("average", average), ("optimizer", optimizer))
        start, _ = self.load("unet", *parts)
        total, since = 0.0, time.time()
        for step in range(start, steps):
            self.rate(optimizer, step, steps, 1e-3)
            index = self.rng.choice(train, batch)
            seen = features[torch.randint(0, features.shape[0], (batch,)), torch.from_numpy(index // every)]
            loss = self.denoise_loss(index, [seen.flatten(1)])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update_parameters(self.unet)
            total += loss.item()
            if (step + 1) % 500 == 0 or step + 1 == steps:
                self.log("unet", step + 1, loss=total / 500, seconds_per_step=(time.time() - since) / 500)
                total, since = 0.0, time.time()
            if (step + 1) % 2000 == 0 or step + 1 == steps:
                self.keep("unet", step + 1, *parts)
                self.test_unet(step + 1, average.module, features[0])
        self.unet.load_state_dict(average.module.state_dict())
        self.export()

    @torch.no_grad()
    def test_unet(self, step, unet, features):
        index = self.data.test[self.data.test % self.args.every == 0]
        index = index[:: max(1, len(index) // 256)]
        cond = torch.cat([self.state[index], features[index // self.args.every].flatten(1)], -1)
        truth = self.action[torch.from_numpy(self.data.chunk[index])]
        guess = self.scheduler.sample(unet, cond, truth.shape, 10)
        d = self.data
        half = torch.from_numpy((d.action[d.train].max(0) - d.action[d.train].min(0)) / 2)
        error = ((guess - truth) * half)[:, : SETTINGS["n_action_steps"]].abs().mean((0, 1))
        self.log("unet-test", step, body_units=error[:5].mean().item(), gripper_units=error[5].item())

    def train_together(self):
        optimizer = adamw([
            {"params": self.encoder.parameters()}, {"params": self.unet.parameters()}], lr=1e-4, weight_decay=1e-6)
        parts = (("encoder", self.encoder), ("unet", self.unet), ("optimizer", optimizer))
        start, _ = self.load("finetune", *parts)
        if start == 0:
            self.load("encoder", ("encoder", self.encoder))
            average = torch.optim.swa_utils.AveragedModel(self.unet)
            if self.load("unet", ("average", average))[0] == 0:
                raise SystemExit(f"{self.out} has no unet yet: run the stage unet first")
            self.unet.load_state_dict(average.module.state_dict())
        steps, total, since = self.args.finetune_steps, 0.0, time.time()
        for step in range(start, steps):
            self.rate(optimizer, step, steps, 1e-4)
            index = self.rng.choice(self.data.train, self.args.encoder_batch)
            features = self.look(index, True)
            # Pictures are dear and noise is cheap: several draws for each.
            loss = sum(self.denoise_loss(index, features) for _ in range(4)) / 4
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            if (step + 1) % 100 == 0 or step + 1 == steps:
                self.log("finetune", step + 1, loss=total / 100, seconds_per_step=(time.time() - since) / 100)
                total, since = 0.0, time.time()
            if (step + 1) % 500 == 0 or step + 1 == steps:
                self.keep("finetune", step + 1, *parts)
        self.export()

    def load_newest(self):
        if self.load("finetune", ("encoder", self.encoder), ("unet", self.unet))[0]:
            return
        average = torch.optim.swa_utils.AveragedModel(self.unet)
        if not self.load("unet", ("average", average))[0]:
            raise SystemExit(f"{self.out} has no trained unet to export")
        self.load("encoder", ("encoder", self.encoder))
        self.unet.load_state_dict(average.module.state_dict())

    def export(self):
        folder = self.out / "checkpoint"
        checkpoint.save(folder, self.encoder, self.unet, self.data, SETTINGS)
        (self.out / "settings.json").write_text(json.dumps({**SETTINGS, **vars(self.args)}, indent=2))
        print(f"wrote {folder}", flush=True)


def adamw(weights, **options):
    """In one pass over the weights where this PyTorch can."""
    try:
        return torch.optim.AdamW(weights, fused=True, **options)
    except (TypeError, RuntimeError):
        return torch.optim.AdamW(weights, **options)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("stage", choices=["encoder", "unet", "finetune", "export", "all"])
    p.add_argument("--data", nargs="+", required=True, help="folders written by `sinew record --format raw`")
    p.add_argument("--out", required=True, help="folder for saves, losses and the checkpoint")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--bf16", action="store_true", help="the encoder's convolutions in bfloat16: twice as fast on CPUs "
                   "with AMX or AVX512-BF16, slower on others")
    p.add_argument("--encoder-steps", type=int, default=10000)
    p.add_argument("--encoder-batch", type=int, default=16)
    p.add_argument("--variants", type=int, default=2, help="augmented looks for which features are cached")
    p.add_argument("--every", type=int, default=1, help="the denoiser sees every so many frames: neighbours look alike")
    p.add_argument("--unet-steps", type=int, default=40000)
    p.add_argument("--unet-batch", type=int, default=256)
    p.add_argument("--finetune-steps", type=int, default=2000)
    args = p.parse_args()
    trainer = Trainer(args)
    if args.stage in ("encoder", "all"):
        trainer.train_encoder()
    if args.stage in ("unet", "all"):
        trainer.train_unet()
    if args.stage in ("finetune", "all"):
        trainer.train_together()
    if args.stage == "export":
        trainer.load_newest()
        trainer.export()


if __name__ == "__main__":
    main()
