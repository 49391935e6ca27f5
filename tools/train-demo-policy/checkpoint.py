"""Writes a policy as LeRobot's `save_pretrained` does: config, weights, and the two processors with the statistics."""

import json
from pathlib import Path

import torch

from data import IMAGENET_MEAN, IMAGENET_STD, save_safetensors

MAPPING = {"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "ACTION": "MIN_MAX"}
PICTURE = [3, 480, 640]


def features(cameras, dim):
    inputs = {"observation.state": {"type": "STATE", "shape": [dim]}}
    for camera in cameras:
        inputs[f"observation.images.{camera}"] = {"type": "VISUAL", "shape": PICTURE}
    return inputs, {"action": {"type": "ACTION", "shape": [dim]}}


def save(folder, encoder, unet, data, settings):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    dim = data.state.shape[1]
    inputs, outputs = features(data.cameras, dim)
    config = {
        "type": "diffusion", "n_obs_steps": 1, "input_features": inputs, "output_features": outputs, "device": "cpu",
        "use_amp": False, "horizon": settings["horizon"], "n_action_steps": settings["n_action_steps"],
        "normalization_mapping": MAPPING, "drop_n_last_frames": 0, "vision_backbone": "resnet18",
        "resize_shape": [data.height, data.width], "crop_ratio": 1.0, "crop_shape": None, "crop_is_random": False,
        "pretrained_backbone_weights": None, "use_group_norm": True, "spatial_softmax_num_keypoints": 32,
        "use_separate_rgb_encoder_per_camera": False,
        "down_dims": settings["down_dims"], "kernel_size": settings["kernel"],
        "n_groups": 8, "diffusion_step_embed_dim": settings["step_dim"], "use_film_scale_modulation": True,
        "noise_scheduler_type": "DDIM", "num_train_timesteps": 100, "beta_schedule": "squaredcos_cap_v2",
        "beta_start": 0.0001, "beta_end": 0.02, "prediction_type": "epsilon",
        "clip_sample": True, "clip_sample_range": 1.0,
        "num_inference_steps": 10, "do_mask_loss_for_padding": False,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=4))
    weights = {f"diffusion.rgb_encoder.{k}": v for k, v in encoder.state_dict().items()}
    weights.update({f"diffusion.unet.{k}": v for k, v in unet.state_dict().items()})
    save_safetensors(folder / "model.safetensors", weights)

    stats = {}
    for name, values in (("observation.state", data.state), ("action", data.action)):
        values = torch.from_numpy(values[data.train])
        stats.update({f"{name}.min": values.amin(0), f"{name}.max": values.amax(0), f"{name}.mean": values.mean(0),
                      f"{name}.std": values.std(0)})
    for camera in data.cameras:
        for stat, value in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            stats[f"observation.images.{camera}.{stat}"] = torch.tensor(value).reshape(3, 1, 1)
    processor(folder, "policy_preprocessor", 3, "normalizer_processor", {**inputs, **outputs}, stats)
    processor(folder, "policy_postprocessor", 0, "unnormalizer_processor", outputs, stats)


def processor(folder, name, place, kind, shapes, stats):
    state = f"{name}_step_{place}_{kind}.safetensors"
    steps = [{"registry_name": "rename_observations_processor", "config": {"rename_map": {}}},
             {"registry_name": "to_batch_processor", "config": {}}] if place else []
    device = {"registry_name": "device_processor", "config": {"device": "cpu", "float_dtype": None}}
    config = {"eps": 1e-8, "features": shapes, "norm_map": MAPPING}
    norm = {"registry_name": kind, "config": config, "state_file": state}
    steps += [device, norm] if place else [norm, device]
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "steps": steps}, indent=2))
    save_safetensors(folder / state, stats)
