"""The trained network in NumPy, with its gates in sight and each of them free to be set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Arrays = dict[str, np.ndarray]


class Answers(NamedTuple):
    """For n pictures: gates of the first block's channels (n, C), its spatial gates (n, H, W), its output before them
    (n, C, H, W), and the probability of each class (n, 10). Gates that the network lacks are ones."""

    channel: np.ndarray
    spatial: np.ndarray
    features: np.ndarray
    classes: np.ndarray


def compute(kind: str, p: Arrays, x: np.ndarray, gates: np.ndarray | None = None) -> Answers:
    """kind: se, spatial, cbam or none. gates (n, C) or (C,): the first block's channel gates, instead of its own."""
    channel, spatial, features, h = _block(kind, p, "0", x, gates)
    *_, h = _block(kind, p, "1", h, None)
    scores = h.reshape(len(h), -1) @ p["answer.weight"].T + p["answer.bias"]
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return Answers(channel, spatial, features, raised / raised.sum(1, keepdims=True))


def _block(
    kind: str, p: Arrays, name: str, x: np.ndarray, given: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    scale = p[f"{name}.norm.weight"] / np.sqrt(p[f"{name}.norm.running_var"] + 1e-5)
    h = convolve(x, p[f"{name}.conv.weight"] * scale[:, None, None, None])
    shift = p[f"{name}.norm.bias"] - p[f"{name}.norm.running_mean"] * scale
    features = np.maximum(h + shift[:, None, None], 0)
    channel = np.ones(features.shape[:2], features.dtype)
    if kind in ("se", "cbam"):
        channel = _sigmoid(np.sum([_mlp(p, name, m) for m in _squeezed(kind, features)], axis=0))
    used = channel if given is None else np.broadcast_to(given, channel.shape).astype(features.dtype)
    h = features * used[:, :, None, None]
    spatial = np.ones((len(h), *h.shape[2:]), h.dtype)
    if kind in ("spatial", "cbam"):
        seen = np.stack([h.mean(1), h.max(1)], 1)
        where = f"{name}.spatial.conv"
        spatial = _sigmoid(convolve(seen, p[f"{where}.weight"])[:, 0] + p[f"{where}.bias"])
        h = h * spatial[:, None]
    n, C, H, W = h.shape
    return channel, spatial, features, h.reshape(n, C, H // 2, 2, W // 2, 2).max((3, 5))


def convolve(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x (n, C, H, W) and kernels (O, C, k, k), with zeros around: (n, O, H, W)."""
    (n, _, H, W), k = x.shape, w.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    windows = sliding_window_view(padded, (k, k), (2, 3)).transpose(0, 2, 3, 1, 4, 5)
    out = windows.reshape(n * H * W, -1) @ w.reshape(len(w), -1).T
    return np.asarray(out.reshape(n, H, W, -1).transpose(0, 3, 1, 2))


def _squeezed(kind: str, features: np.ndarray) -> list[np.ndarray]:
    return [features.mean((2, 3))] + ([features.max((2, 3))] if kind == "cbam" else [])


def _mlp(p: Arrays, name: str, x: np.ndarray) -> np.ndarray:
    down, up = f"{name}.channel.down", f"{name}.channel.up"
    hidden = np.maximum(x @ p[f"{down}.weight"].T + p[f"{down}.bias"], 0)
    return np.asarray(hidden @ p[f"{up}.weight"].T + p[f"{up}.bias"])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def losses(classes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cross-entropy of each picture."""
    return np.asarray(-np.log(np.maximum(classes[np.arange(len(y)), y], 1e-12)))
