"""Squares of photographs, told apart with few of them: on the features that were learnt from digits, on those of the same
networks before training, on the pixels themselves, and on features from ImageNet where their weights are installed."""

from __future__ import annotations

import numpy as np
import skimage.data
import torch
from skimage.color import rgb2gray
from skimage.transform import resize
from torch import nn
from torch.nn import functional as F

from core.concepts.vision.fine_tuning.network import build, parameters
from core.concepts.vision.fine_tuning.result import Look, Result
from core.concepts.vision.fine_tuning.settings import GIVEN, ViewSettings
from core.data.pictures import PHOTOS, photo
from core.engine import imagenet

ACROSS, SIDE = 8, 28  # squares along a side of a photograph, and pixels along a side of a square
SIZES = (1, 2, 4, 8, 16, 32)
DRAWS, NETWORKS = 16, 4  # choices of squares to learn from, and seeds whose features they take in turn
LARGE, BLOCKS = (
    40,
    3,
)  # pixels along a square for the ImageNet network, and how many of its blocks it passes: a quarter of a second
PENALTY = 0.01  # of the ridge, as a share of the features' mean square


def look_at(result: Result, view: ViewSettings, own: tuple[np.ndarray, ...] = ()) -> Look:
    """The photographs of `view` cut up and told apart; own: those that the learner gives, in their order."""
    given = iter(own)
    pictures = [next(given) if name in GIVEN else _made(name) for name in view.names]
    squares = np.stack([cut(picture) for picture in pictures])
    y = np.repeat(np.arange(len(squares)), squares.shape[1])
    flat = squares.reshape(len(y), SIDE // 2, 2, SIDE // 2, 2).mean((2, 4)).reshape(len(y), -1)  # at half the size
    bodies = {
        kind: [features(body, squares) for body in result.bodies[kind][:NETWORKS]] for kind in ("trained", "untrained")
    }
    described = {**bodies, "pixels": [flat.astype(float)]}
    if (weights := imagenet.pretrained()) is not None:
        described["imagenet"] = [imagenet_features(weights, squares)]
    accuracy = {kind: np.empty((len(SIZES), DRAWS)) for kind in described}
    right = {kind: np.zeros((len(SIZES), len(y))) for kind in described}
    rng = np.random.default_rng(result.settings.seed)
    orders = [np.stack([rng.permutation(squares.shape[1]) for _ in squares]) for _ in range(DRAWS)]
    for i, n in enumerate(SIZES):
        held_out = np.zeros(len(y))
        for d, order in enumerate(orders):
            held = np.ones((len(squares), squares.shape[1]), bool)
            np.put_along_axis(held, order[:, :n], False, axis=1)
            test = held.ravel()
            held_out += test
            for kind, each in described.items():
                x = each[d % len(each)]
                hit = predict(x[~test], y[~test], x[test]) == y[test]
                accuracy[kind][i, d] = hit.mean()
                right[kind][i, test] += hit
        for shares in right.values():
            shares[i] /= np.maximum(held_out, 1)
    return Look(view.names, squares, SIZES, accuracy, right)


def _made(name: str) -> np.ndarray:
    return photo(name) if name in PHOTOS else np.asarray(getattr(skimage.data, name)())


def cut(picture: np.ndarray) -> np.ndarray:
    """The middle square of a picture in grey, as 64 squares (64, 28, 28) in [0, 1]."""
    grey = rgb2gray(picture[..., :3]) if picture.ndim == 3 else picture / 255
    side = min(grey.shape)
    top, left = ((n - side) // 2 for n in grey.shape)
    small = resize(grey[top : top + side, left : left + side], (ACROSS * SIDE,) * 2, anti_aliasing=True)
    blocks = np.asarray(small, np.float32).reshape(ACROSS, SIDE, ACROSS, SIDE)
    return blocks.swapaxes(1, 2).reshape(-1, SIDE, SIDE)


def features(body: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """What both convolutions find in each square: the mean of each of the 16 maps, (squares, 16)."""
    convolutions = build()[:5]
    nn.utils.vector_to_parameters(torch.from_numpy(body[: parameters(2)]), convolutions.parameters())
    with torch.no_grad():
        maps = convolutions(torch.from_numpy(squares.reshape(-1, 1, SIDE, SIDE)))
    return np.asarray(maps.mean((2, 3)).numpy(), float)


def imagenet_features(weights: imagenet.Weights, squares: np.ndarray) -> np.ndarray:
    """What the first blocks of EfficientNet-Lite0 find in each square: the mean of each of the 144 maps, (squares, 144)."""
    x = torch.from_numpy(squares.reshape(-1, 1, SIDE, SIDE))
    with torch.no_grad():
        large = F.interpolate(x, size=(LARGE, LARGE), mode="bilinear").expand(-1, 3, -1, -1)
        return np.asarray(imagenet.feature_maps(large, weights, BLOCKS)[0][-1].mean((2, 3)).numpy(), float)


def predict(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Classes by ridge regression on 0 and 1 a class, in its dual form: quick where there are few rows and many numbers."""
    centre, classes = x.mean(0), np.eye(y.max() + 1)[y]
    rows = x - centre
    gram = rows @ rows.T
    penalty = PENALTY * np.trace(gram) / len(x) + 1e-12
    weights = np.linalg.solve(gram + penalty * np.eye(len(x)), classes - classes.mean(0))
    return np.asarray(((new - centre) @ (rows.T @ weights) + classes.mean(0)).argmax(1))
