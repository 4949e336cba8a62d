"""Feature maps, pooling and upsampling by PyTorch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import skimage
import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.convolution.feature_maps.look import Checker, Look
from core.concepts.convolution.feature_maps.settings import (
    COLOURED,
    DRAWN,
    GIVEN,
    KERNELS,
    MINE,
    KernelError,
    ViewSettings,
    parse_kernel,
)
from core.data.drawn import picture as drawn_picture

SIDE = 46  # pixels of a picture
DRAWS = 64  # random kernels that a checkerboard is measured with
SOURCES = {"cat": "chelsea", "bricks": "brick"}  # others are called so in skimage.data too
EXAMPLE = ((1, 2, 0, 3, 1), (0, 1, 2, 3, 1), (1, 2, 1, 0, 0), (5, 2, 3, 1, 1), (2, 1, 0, 1, 1))
TRANSPOSED = (2, 3, 4)  # kernel sizes


def look_at(view: ViewSettings, own: np.ndarray | None) -> Look:
    """Everything that is drawn of a picture. own: the learner's picture (H, W, 3), uint8."""
    channels = load(view, own)
    weights = torch.tensor([view.red, view.green, view.blue] if len(channels) == 3 else [1.0], dtype=torch.float64)
    kernel, trouble = chosen_kernel(view)
    mixed = (weights[:, None, None] * channels).sum(0)
    # One output channel over all input channels: the kernel times the channel's weight, as nn.Conv2d holds them.
    out = convolve(channels, weights[None, :, None, None] * torch.from_numpy(kernel))[0]
    activated = {"none": out, "relu": out.relu(), "abs": out.abs(), "tanh": out.tanh()}[view.activation]
    bank = {
        name: convolve(mixed[None], torch.tensor(k, dtype=torch.float64)[None, None])[0].numpy()
        for name, k in KERNELS.items()
    }
    example = torch.tensor(EXAMPLE, dtype=torch.float64)
    halved = F.avg_pool2d(mixed[None], 2)[0]
    return Look(
        view, trouble, channels.numpy(), mixed.numpy(), kernel, out.numpy(), activated.numpy(),
        pooled(activated, view, view.ceil_mode).numpy(), bank,
        (example.numpy(), pooled(example, view, False).numpy(), pooled(example, view, True).numpy()),
        {name: checker(name, halved, view) for name in ("nearest", "bilinear", *(f"transposed {k}" for k in TRANSPOSED))},
    )  # fmt: skip


def load(view: ViewSettings, own: np.ndarray | None) -> Tensor:
    """The channels (C, SIDE, SIDE) of the chosen picture in [0, 1]."""
    if view.picture == DRAWN:
        return torch.from_numpy(drawn_picture(view.strokes, SIDE, 0.09)).double()[None]
    if view.picture in GIVEN:
        return _prepared(own if own is not None else np.zeros((8, 8, 3), np.uint8))
    return torch.from_numpy(_bundled(view.picture).copy())


@lru_cache(maxsize=8)
def _bundled(name: str) -> np.ndarray:
    pixels = getattr(skimage.data, SOURCES.get(name, name))()
    return _prepared(pixels if name in COLOURED else pixels[..., None]).numpy()


def _prepared(pixels: np.ndarray) -> Tensor:
    """The middle square of (H, W, C) uint8, SIDE pixels wide."""
    side = min(pixels.shape[:2])
    top, left = ((n - side) // 2 for n in pixels.shape[:2])
    square = pixels[top : top + side, left : left + side] / 255
    small = skimage.transform.resize(square, (SIDE, SIDE), anti_aliasing=True).clip(0, 1)
    return torch.from_numpy(small.transpose(2, 0, 1).copy())


def chosen_kernel(view: ViewSettings) -> tuple[np.ndarray, str]:
    """The kernel, and what is wrong with a typed one, in which case the identity stands for it."""
    if view.kernel != MINE:
        return np.array(KERNELS[view.kernel], float), ""
    try:
        return parse_kernel(view.numbers), ""
    except KernelError as refused:
        return np.array(KERNELS["identity"], float), str(refused)


def convolve(x: Tensor, weight: Tensor) -> Tensor:
    """x (C, n, n) and weight (out, C, k, k) -> (out, n, n); beyond the edge, the last pixels are repeated."""
    half = weight.shape[-1] // 2
    return F.conv2d(F.pad(x[None], (half,) * 4, mode="replicate"), weight)[0]


def pooled(x: Tensor, view: ViewSettings, ceil_mode: bool) -> Tensor:
    """x (n, n), each window of the view's side made one number."""
    pool = F.max_pool2d if view.pool == "max" else F.avg_pool2d
    return pool(x[None], view.window, ceil_mode=ceil_mode)[0]


def double(name: str, x: Tensor, weight: Tensor) -> Tensor:
    """x (B, 1, n, n) twice as large: resized and then convolved, or by a transposed convolution. weight (B, 1, k, k)."""
    B, _, n, _ = x.shape
    if name.startswith("transposed"):
        k = weight.shape[-1]
        out = F.conv_transpose2d(x.transpose(0, 1), weight, stride=2, groups=B)
        cut = (k - 2) // 2
        return out[:, :, cut : cut + 2 * n, cut : cut + 2 * n].transpose(0, 1)
    larger = F.interpolate(x, scale_factor=2, mode=name, align_corners=None if name == "nearest" else False)
    return F.conv2d(larger.transpose(0, 1), weight, padding=1, groups=B).transpose(0, 1)


def checker(name: str, picture: Tensor, view: ViewSettings) -> Checker:
    """How much of a checkerboard a way of doubling makes: of nothing (a constant), and of the picture."""
    k = int(name.split()[1]) if name.startswith("transposed") else 3
    # Equal weights that keep the mean: a transposed convolution with stride 2 spreads each pixel over four.
    equal = torch.full((1, 1, k, k), (4 if name.startswith("transposed") else 1) / k**2, dtype=torch.float64)
    random = torch.randn(DRAWS, 1, k, k, dtype=torch.float64, generator=torch.Generator().manual_seed(view.draw))
    flat = torch.ones(1, 1, 16, 16, dtype=torch.float64)
    shown = double(name, picture[None, None], random[:1] / random[:1].abs().sum() if view.random else equal)[0, 0]
    spread = [uneven(double(name, flat.expand(len(w), 1, 16, 16), w)) for w in (equal, random)]
    return Checker(shown.numpy(), float(spread[0]), spread[1].numpy(), lattice(shown.numpy()))


def uneven(out: Tensor) -> Tensor:
    """Standard deviation / mean size of each picture (B, 1, n, n), away from its edge."""
    inside = out[:, 0, 6:-6, 6:-6]
    return inside.std((1, 2), correction=0) / inside.abs().mean((1, 2))


def lattice(picture: np.ndarray) -> float:
    """The share of a picture's power, without its mean, at the frequencies that change with every pixel along one axis or both."""
    inside = picture[4:-4, 4:-4]
    power = np.abs(np.fft.fft2(inside - inside.mean())) ** 2
    half = len(inside) // 2
    return float((power[half, 0] + power[0, half] + power[half, half]) / max(power.sum(), 1e-30))
