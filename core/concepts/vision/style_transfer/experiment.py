"""Changing one picture with the features of random networks, of trained ones, of ImageNet's, and of none, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import skimage.data
import torch
from skimage import transform
from torch import Tensor
from torch.nn import functional as F

from core.concepts.vision.style_transfer.losses import Transfer
from core.concepts.vision.style_transfer.network import features, filters, imagenet_features, scaled, train
from core.concepts.vision.style_transfer.result import Result, Values
from core.concepts.vision.style_transfer.settings import CONTENTS, GIVEN, IMAGENET, NONE, STYLES, TRAINED, Settings
from core.data.pictures import PHOTOS, photo
from core.engine.imagenet import pretrained
from core.progress import Step

CLOSE = (slice(0, 300), slice(60, 360))  # the part of the astronaut that shows her face
EVERY = 5  # steps between two measurements of the gradients
COLUMNS = ("arm", "seed", "step", "content", "style", "variation", "from_content", "from_style", "from_variation")
PREPARATION = 0.02  # share of the run, of each network
PATCH, DIRECTIONS = 5, 32  # of the patch distance


def run(settings: Settings, own: np.ndarray | None = None) -> Iterator[Step[Result]]:
    """A Step after each change of a picture. own: the learner's picture (H, W, 3), uint8."""
    s = settings
    yield Step(0.0, doing="data")
    whole = own if s.content in GIVEN and own is not None else bundled(s.content)
    content, style = prepared(whole, s.side), prepared(bundled(s.style), s.side)
    yield Step(0.0, doing="models")
    others = []
    for name in dict.fromkeys((*STYLES, *CONTENTS)) if s.trained else ():
        if name not in (s.content, s.style):
            others.append(prepared(bundled(name), s.side))
            yield Step(0.0, doing="models")
    transfers: dict[tuple[str, int], Transfer] = {}
    imagenet = pretrained() if s.imagenet else None
    arms = [arm for arm in s.arms if arm != IMAGENET or imagenet is not None]
    for arm in arms:
        if arm == IMAGENET and imagenet is not None:
            transfers[arm, s.seed] = Transfer(s, content, style, partial(imagenet_features, imagenet, s.layers, style))
            yield Step(0.0, doing="models")
            continue
        for seed in range(s.seed, s.seed + (1 if arm == NONE else s.seeds)):
            weights = [] if arm == NONE else filters(seed)
            if arm == TRAINED:
                training = train(weights, torch.cat(others), seed)
                while True:
                    try:
                        next(training)
                    except StopIteration as end:
                        weights = end.value
                        break
                    yield Step(0.0, doing="models")
            transfers[arm, seed] = Transfer(
                s, content, style, partial(features, scaled(weights[: s.layers], style), style)
            )
            yield Step(0.0, doing="models")
    rows: list[tuple[object, ...]] = []

    def shown(fraction: float, step: int, **measured: Values) -> Callable[[], Result]:
        pictures = {arm: np.stack([pixels(t.x) for (name, _), t in transfers.items() if name == arm]) for arm in arms}
        frame = pd.DataFrame(rows, columns=COLUMNS)
        return lambda: Result(s, fraction, step, pixels(content), pixels(style), pictures, frame, **measured)

    for step in range(s.steps):
        for i, ((arm, seed), transfer) in enumerate(transfers.items()):
            fraction = 0.98 * (step + i / len(transfers)) / s.steps
            gradients = transfer.gradients() if seed == s.seed and step % EVERY == 0 else (np.nan,) * 3
            rows.append((arm, seed, step, *transfer.step(), *gradients))
            yield Step(fraction, lambda f=fraction, n=step: shown(f, n + 1)())  # type: ignore[misc]
    for (arm, seed), transfer in transfers.items():
        gradients = transfer.gradients() if seed == s.seed else (np.nan,) * 3
        rows.append((arm, seed, s.steps, *(float(loss.detach()) for loss in transfer.losses()), *gradients))
        yield Step(0.98)
    first, scores = patch_distance(content, style), {}
    for key, transfer in transfers.items():
        scores[key] = patch_distance(transfer.x.detach(), style) / max(first, 1e-9)
        yield Step(0.99)
    distance = {arm: np.array([v for (name, _), v in scores.items() if name == arm]) for arm in arms}
    grey = pixels(content).mean(2).ravel()
    kept = {
        arm: np.array(
            [likeness(pixels(t.x).mean(2).ravel(), grey) for (name, _), t in transfers.items() if name == arm]
        )
        for arm in arms
    }
    yield Step(1.0, shown(1.0, s.steps, distance=distance, kept=kept))


def bundled(name: str) -> np.ndarray:
    """A picture that comes with the installed libraries."""
    whole = photo(name) if name in PHOTOS else np.asarray(getattr(skimage.data, name)())
    return whole[CLOSE] if name == "astronaut" else whole


def prepared(whole: np.ndarray, side: int) -> Tensor:
    """The middle square of a picture as (1, 3, side, side) in [0, 1]."""
    x = whole if whole.ndim == 3 else np.stack([whole] * 3, -1)
    n = min(x.shape[:2])
    top, left = ((m - n) // 2 for m in x.shape[:2])
    square = transform.resize(x[top : top + n, left : left + n, :3], (side, side), anti_aliasing=True).clip(0, 1)
    return torch.from_numpy(square.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def pixels(x: Tensor) -> np.ndarray:
    """(1, 3, n, n) -> a copy (n, n, 3)."""
    return np.ascontiguousarray(x.detach()[0].permute(1, 2, 0).numpy()).copy()


def patch_distance(x: Tensor, y: Tensor) -> float:
    """Sliced Wasserstein distance between the 5 x 5 patches of two pictures (1, 3, n, n), summed over three sizes of them: no
    network takes part in it, and it does not matter where a patch lies."""
    total = 0.0
    directions = np.random.default_rng(0).normal(size=(3 * PATCH * PATCH, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    for shrink in (1, 2, 4):
        a, b = (np.sort(F.unfold(F.avg_pool2d(z, shrink), PATCH)[0].T.numpy() @ directions, 0) for z in (x, y))
        total += float(((a - b) ** 2).mean())
    return float(np.sqrt(total))


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Their correlation; 0 where one of them is constant."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-6 and b.std() > 1e-6 else 0.0
