"""The network of LeRobot's `diffusion` policy, small and with the same parameter names, so that what is trained
here loads there and in Sinew.

Shapes: B batch, T horizon, A action, C channels. Only what this policy uses: ResNet18 with GroupNorm shared by the
cameras, spatial softmax, one observation step, epsilon prediction, FiLM with scale and bias.
"""

import math

import torch
from torch import nn

KEYPOINTS = 32
FEATURES = 2 * KEYPOINTS
GROUPS = 8


def norm2d(channels):
    return nn.GroupNorm(channels // 16, channels)


class BasicBlock(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = norm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = norm2d(c_out)
        self.downsample = None
        if stride != 1 or c_in != c_out:
            self.downsample = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), norm2d(c_out))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


def resnet18():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), norm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    c_in = 64
    for c_out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers.append(nn.Sequential(BasicBlock(c_in, c_out, stride), BasicBlock(c_out, c_out, 1)))
        c_in = c_out
    net = nn.Sequential(*layers)
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    return net


class SpatialSoftmax(nn.Module):
    """Expected coordinates, in [-1, 1], of each of K softmax heat maps: (B, C, H, W) to (B, K, 2)."""

    def __init__(self, channels, height, width):
        super().__init__()
        self.nets = nn.Conv2d(channels, KEYPOINTS, 1)
        y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
        self.register_buffer("pos_grid", torch.stack([x.reshape(-1), y.reshape(-1)], 1))

    def forward(self, x):
        maps = self.nets(x).flatten(2)
        return torch.softmax(maps, -1) @ self.pos_grid


class RgbEncoder(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.backbone = resnet18()
        with torch.no_grad():
            _, c, h, w = self.backbone(torch.zeros(1, 3, height, width)).shape
        self.pool = SpatialSoftmax(c, h, w)
        self.out = nn.Linear(FEATURES, FEATURES)
        self.half = False

    def forward(self, x):
        # Only the convolutions: coordinates in bfloat16 would be off by half a pixel.
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            maps = self.backbone(x)
        return torch.relu(self.out(self.pool(maps.float()).flatten(1)))


class ConvBlock(nn.Module):
    def __init__(self, c_in, c_out, kernel):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv1d(c_in, c_out, kernel, padding=kernel // 2), nn.GroupNorm(GROUPS, c_out), nn.Mish()
        )

    def forward(self, x):
        return self.block(x)


class FilmBlock(nn.Module):
    def __init__(self, c_in, c_out, cond, kernel):
        super().__init__()
        self.c_out = c_out
        self.conv1 = ConvBlock(c_in, c_out, kernel)
        self.cond_encoder = nn.Sequential(nn.Mish(), nn.Linear(cond, 2 * c_out))
        self.conv2 = ConvBlock(c_out, c_out, kernel)
        self.residual_conv = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def forward(self, x, cond):
        scale, bias = self.cond_encoder(cond).unsqueeze(-1).split(self.c_out, 1)
        return self.conv2(scale * self.conv1(x) + bias) + self.residual_conv(x)


class StepEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        rate = torch.exp(torch.arange(half, device=t.device) * -(math.log(10000) / (half - 1)))
        angle = t[:, None].float() * rate[None]
        return torch.cat([angle.sin(), angle.cos()], -1)


class Unet(nn.Module):
    """Noise in a (B, T, A) trajectory, given the step (B) and the condition (B, G)."""

    def __init__(self, action, global_cond, dims, kernel, step_dim):
        super().__init__()
        self.diffusion_step_encoder = nn.Sequential(
            StepEmbedding(step_dim), nn.Linear(step_dim, 4 * step_dim), nn.Mish(), nn.Linear(4 * step_dim, step_dim)
        )
        cond = step_dim + global_cond
        pairs = list(zip([action, *dims[:-1]], dims))
        self.down_modules = nn.ModuleList()
        for i, (c_in, c_out) in enumerate(pairs):
            last = i == len(pairs) - 1
            self.down_modules.append(nn.ModuleList([
                FilmBlock(c_in, c_out, cond, kernel), FilmBlock(c_out, c_out, cond, kernel),
                nn.Identity() if last else nn.Conv1d(c_out, c_out, 3, 2, 1),
            ]))
        self.mid_modules = nn.ModuleList([FilmBlock(dims[-1], dims[-1], cond, kernel) for _ in range(2)])
        self.up_modules = nn.ModuleList()
        for c_out, c_in in reversed(pairs[1:]):
            self.up_modules.append(nn.ModuleList([
                FilmBlock(2 * c_in, c_out, cond, kernel), FilmBlock(c_out, c_out, cond, kernel),
                nn.ConvTranspose1d(c_out, c_out, 4, 2, 1),
            ]))
        self.final_conv = nn.Sequential(ConvBlock(dims[0], dims[0], kernel), nn.Conv1d(dims[0], action, 1))

    def forward(self, x, step, global_cond):
        x = x.transpose(1, 2)
        cond = torch.cat([self.diffusion_step_encoder(step), global_cond], -1)
        skips = []
        for first, second, down in self.down_modules:
            x = second(first(x, cond), cond)
            skips.append(x)
            x = down(x)
        for block in self.mid_modules:
            x = block(x, cond)
        for first, second, up in self.up_modules:
            x = up(second(first(torch.cat([x, skips.pop()], 1), cond), cond))
        return self.final_conv(x).transpose(1, 2)


class Scheduler:
    """DDPM's forward process with the squared cosine schedule, and DDIM's way back (eta 0, leading spacing)."""

    def __init__(self, steps=100):
        self.steps = steps
        bar = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
        betas = torch.tensor([min(1 - bar[i + 1] / bar[i], 0.999) for i in range(steps)])
        self.alphas = torch.cumprod(1 - betas, 0)

    def noisy(self, x0, noise, t):
        a = self.alphas[t][:, None, None]
        return a.sqrt() * x0 + (1 - a).sqrt() * noise

    @torch.no_grad()
    def back(self, unet, x, t, ratio, cond):
        """One step from t to t - ratio."""
        a = self.alphas[t]
        before = self.alphas[t - ratio] if t >= ratio else torch.tensor(1.0)
        eps = unet(x, torch.full((x.shape[0],), t), cond)
        x0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
        return before.sqrt() * x0 + (1 - before).sqrt() * eps

    def sample(self, unet, cond, shape, inference_steps, generator=None):
        x = torch.randn(shape, generator=generator)
        ratio = self.steps // inference_steps
        for t in reversed(range(0, ratio * inference_steps, ratio)):
            x = self.back(unet, x, t, ratio, cond)
        return x
