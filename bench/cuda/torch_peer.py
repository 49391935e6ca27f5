#!/usr/bin/env python3
"""Times LeRobot's default UNet in PyTorch on a GPU: eager, torch.compile(mode="reduce-overhead") and a captured CUDA
graph, for the figures of GpuBench. Usage: torch_peer.py OUT.json [BATCH,...]

The network is the one of tools/train-demo-policy, of the default's size; its weights are random, as ours are.
"""

import json
import statistics
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "train-demo-policy"))
from network import Unet  # noqa: E402

ACTION, CONDITION, DIMS, KERNEL, STEP = 6, 268, [512, 1024, 2048], 5, 128
CONFIGS = {"default-h16": 16, "default-h64": 64}
# Ours by name: what PyTorch computes in, and whether float32 products may be TF32. PyTorch has no such int8.
TYPES = {"f32": (torch.float32, False), "tf32": (torch.float32, True), "bf16": (torch.bfloat16, True)}
RUNS, REPLAYS, STEPS = 30, 20, 10


def millis(call):
    """Of one call: the median over some runs of many calls each, by the device's clock."""
    for _ in range(5):
        call()
    torch.cuda.synchronize()
    times = []
    for _ in range(RUNS):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(REPLAYS):
            call()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) / REPLAYS)
    return statistics.median(times)


def captured(call):
    """The call as a CUDA graph."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def denoising(net, x, cond):
    """DDIM's ten steps with its arithmetic, as LeRobot runs them, without the encoders."""
    signal = torch.linspace(0.1, 0.99, STEPS).tolist()

    def run():
        sample = x
        for i in range(STEPS):
            t = torch.full((len(x),), 90 - 9 * i, device="cuda")
            said = net(sample, t, cond)
            s, n = signal[i], (1 - signal[i] ** 2) ** 0.5
            sample = ((sample - n * said) / s).clamp(-1, 1) * 0.9 + 0.1 * said
        return sample

    return run


@torch.no_grad()
def main():
    out = Path(sys.argv[1])
    batches = [int(b) for b in sys.argv[2].split(",")] if len(sys.argv) > 2 else [1, 8, 64]
    results = {"pytorch": torch.__version__, "device": torch.cuda.get_device_name()}
    for config, horizon in CONFIGS.items():
        for name, (dtype, tf32) in TYPES.items():
            torch.backends.cuda.matmul.allow_tf32 = tf32
            torch.backends.cudnn.allow_tf32 = tf32
            torch.backends.cudnn.benchmark = True
            torch._dynamo.reset()
            net = Unet(ACTION, CONDITION, DIMS, KERNEL, STEP).eval().to("cuda", dtype)
            # The step's waves are float32 wherever they come from.
            net.diffusion_step_encoder[0].register_forward_hook(lambda module, args, waves: waves.to(dtype))
            compiled = torch.compile(net, mode="reduce-overhead")
            for batch in batches:
                x = torch.randn(batch, horizon, ACTION, device="cuda", dtype=dtype)
                t = torch.full((batch,), 50, device="cuda")
                cond = torch.randn(batch, CONDITION, device="cuda", dtype=dtype)
                key = f"{config}/{name}/step-x{batch}"
                results[key] = {
                    "eager": millis(lambda: net(x, t, cond)),
                    "compile": millis(lambda: compiled(x, t, cond)),
                    "graph": millis(captured(lambda: net(x, t, cond))),
                }
                print(key, results[key], flush=True)
                if batch == 1:
                    loop = captured(denoising(net, x, cond))
                    results[f"{config}/{name}/loop"] = {"graph": millis(loop)}
    out.write_text(json.dumps(results, indent=1))


main()
