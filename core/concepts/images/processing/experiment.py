"""Damage, operators and scores, by scikit-image and SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import skimage
from scipy import ndimage
from skimage import exposure, feature, filters, metrics, morphology, restoration, transform, util

from core.concepts.images.processing.result import Result, Score
from core.concepts.images.processing.settings import DAMAGES, FEATURES, GIVEN, PARS, SMOOTHERS, SOURCES, Settings
from core.settings import declared

SIDE = 192  # pixels; every picture is cut to its middle square
DARKEST = 0.02  # of an estimate of the light, which is divided by


def run(settings: Settings, own: np.ndarray | None = None) -> Result:
    """Everything at once. own: the learner's picture (H, W, 3), uint8."""
    s = settings
    original = prepared(own) if s.picture in GIVEN and own is not None else bundled(s.picture)
    damaged = damage(original, s)
    steps = apply(s.pipeline, damaged, s)
    features = any(name in FEATURES for name in s.pipeline)
    wanted = apply(s.pipeline, original, s) if features else [original] * len(steps)
    targets = (original, *wanted)
    scores = tuple(score(target, got) for target, got in zip(targets, (damaged, *steps), strict=True))
    short, alone = _references(_usual(s), original.tobytes(), damaged.tobytes())
    best = max(short, key=lambda names: short[names].ssim)
    back = [] if features else apply(s.pipeline[::-1], damaged, s)
    again = float(np.abs(apply(s.pipeline[-1:], steps[-1], s)[0] - steps[-1]).max()) if steps else 0.0
    return Result(
        s, original, damaged, tuple(steps), targets, scores, short[best], best, alone,
        score(original, back[-1]) if len(back) > 1 else None, again, element(s),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _references(
    usual: Settings, original: bytes, damaged: bytes
) -> tuple[dict[tuple[str, ...], Score], dict[str, Score]]:
    """What the short pipelines and each smoothing filter alone reach; kept, as the controls of operators change nothing here."""
    target, picture = (np.frombuffer(pixels).reshape(SIDE, SIDE) for pixels in (original, damaged))
    short = {names: score(target, apply(names, picture, usual)[-1]) for names in PARS}
    return short, {n: short.get((n,)) or score(target, apply((n,), picture, usual)[0]) for n in SMOOTHERS}


def _usual(s: Settings) -> Settings:
    """The same damage with all operators at their defaults."""
    kept = ("damage", "picture", "own", *DAMAGES["all"], "noise", "seed")
    specs = {name: spec for name, spec in declared(Settings).items() if name not in kept}
    change: dict[str, Any] = {name: spec.default for name, spec in specs.items()}
    return replace(s, **change)


@lru_cache(maxsize=16)
def bundled(name: str) -> np.ndarray:
    """A picture that comes with scikit-image; not to be written to."""
    pixels = prepared(getattr(skimage.data, SOURCES[name])())
    pixels.flags.writeable = False
    return pixels


def prepared(pixels: np.ndarray) -> np.ndarray:
    """The middle square of a picture, in grey, SIDE pixels wide, in [0, 1]."""
    grey = skimage.color.rgb2gray(pixels) if pixels.ndim == 3 else util.img_as_float(pixels)
    side = min(grey.shape)
    top, left = ((n - side) // 2 for n in grey.shape)
    square = grey[top : top + side, left : left + side]
    return np.asarray(transform.resize(square, (SIDE, SIDE), anti_aliasing=True)).clip(0, 1)


def damage(picture: np.ndarray, s: Settings) -> np.ndarray:
    """A picture, spoilt."""
    rng = np.random.default_rng(s.seed)
    for kind in DAMAGES[s.damage]:
        if kind == "blur":
            picture = filters.gaussian(picture, s.blur) if s.blur else picture
        elif kind == "light":
            across, down = np.linspace(0, 0.7, SIDE), np.linspace(0, 0.3, SIDE)
            picture = picture * (1 - s.light * (1 - across - down[:, None]))
        elif kind == "noise":
            picture = picture + s.noise * rng.normal(size=picture.shape)
        else:
            picture = util.random_noise(picture, "s&p", rng=rng, amount=s.salt)
    return np.asarray(picture.clip(0, 1))


def apply(pipeline: Sequence[str], picture: np.ndarray, s: Settings) -> list[np.ndarray]:
    """The picture after each operator, always within [0, 1]."""
    steps = []
    for name in pipeline:
        picture = np.asarray(OPERATORS[name](picture, s), float).clip(0, 1)
        steps.append(picture)
    return steps


def element(s: Settings) -> np.ndarray:
    """The structuring element, (n, n) of 0 and 1; a line is level."""
    n = 2 * s.radius + 1
    if s.element == "disk":
        return np.asarray(morphology.disk(s.radius))
    if s.element == "square":
        return np.ones((n, n), np.uint8)
    made = np.zeros((n, n), np.uint8)
    made[s.radius] = 1
    if s.element == "cross":
        made[:, s.radius] = 1
    return made


def _morphology(operator: Callable[..., np.ndarray]) -> Callable[[np.ndarray, Settings], np.ndarray]:
    # Beyond the edge there is nothing, so that openings and closings keep their laws there too.
    return lambda x, s: operator(x, element(s), mode="ignore")


def _even(x: np.ndarray, s: Settings) -> np.ndarray:
    """Divided by its own far smoothing, an estimate of the light."""
    light = filters.gaussian(x, s.even)
    return np.asarray(x * light.mean() / np.maximum(light, DARKEST))


def _stretch(x: np.ndarray, s: Settings) -> np.ndarray:
    low, high = np.percentile(x, (2, 98))
    return np.asarray((x - low) / max(high - low, 1e-6))


OPERATORS: dict[str, Callable[[np.ndarray, Settings], np.ndarray]] = {
    "box": lambda x, s: ndimage.uniform_filter(x, s.box),
    "gaussian": lambda x, s: filters.gaussian(x, s.gaussian),
    "median": lambda x, s: ndimage.median_filter(x, footprint=morphology.disk(s.median)),
    "bilateral": lambda x, s: restoration.denoise_bilateral(np.array(x), win_size=7, sigma_color=s.bilateral, sigma_spatial=2),
    "laplacian": lambda x, s: x - s.laplacian * ndimage.laplace(x),
    "unsharp": lambda x, s: filters.unsharp_mask(x, s.unsharp_radius, s.unsharp),
    "sobel": lambda x, s: filters.sobel(x),
    "canny": lambda x, s: feature.canny(x, s.canny),
    "erosion": _morphology(morphology.erosion),
    "dilation": _morphology(morphology.dilation),
    "opening": _morphology(morphology.opening),
    "closing": _morphology(morphology.closing),
    "gradient": lambda x, s: morphology.dilation(x, element(s), mode="ignore") - morphology.erosion(x, element(s), mode="ignore"),
    "tophat": _morphology(morphology.white_tophat),
    "even": _even,
    "stretch": _stretch,
    "equalise": lambda x, s: exposure.equalize_adapthist(x),
}  # fmt: skip


def score(target: np.ndarray, got: np.ndarray) -> Score:
    """Both scores of a picture in [0, 1]."""
    with np.errstate(divide="ignore"):
        psnr = metrics.peak_signal_noise_ratio(target, got, data_range=1)
    return Score(float(metrics.structural_similarity(target, got, data_range=1)), float(psnr))
