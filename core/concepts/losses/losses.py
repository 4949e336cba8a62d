"""Loss functions: what is called an error decides what is learnt.

Each loss is drawn over the one number it depends on (residual, margin, distance or overlap), beside its gradient, which is the pull
an example has on the model. Two experiments show what follows from it: one line fitted with every regression loss to points with outliers,
and one classifier trained with every classification loss on partly wrong labels, the losses and seeds together as one stack.

Sources: Huber, "Robust estimation of a location parameter" (1964); Natarajan et al., "Learning with noisy labels" (2013); each loss names
its own in functions.py.
What to expect: a line by MSE is turned by a few far points and one by MAE or Huber hardly; on clean points MSE is the most exact. Under wrong labels the
differences between losses are a few points of accuracy, and often none beyond luck; 0-1, which has no gradient, stays where it started.
Two cores: the curves take 3 ms, the lines 0.1 s, the classifiers 0.3 s for 4 losses and 12 seeds; the largest setting about 1.5 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import torch

from core.concepts.losses import source
from core.concepts.losses.experiments import EXPERIMENTS, Points, draw_points, label_noise, lines
from core.concepts.losses.functions import FAMILIES, LOSSES, PARAMETERS, bind, gradient, of
from core.concepts.losses.losses_views import figures, lifted_to
from core.concepts.losses.losses_words import QUESTIONS, REFERENCE, SOURCES, described, difference, findings, score

__all__ = [
    "EXPERIMENTS", "FAMILIES", "LOSSES", "PARAMETERS", "QUESTIONS", "REFERENCE", "SOURCES", "Result", "Settings",
    "described", "difference", "figures", "findings", "lifted_to", "of", "run", "score", "script",
]  # fmt: skip

# The sizes of the experiments are bounded so that the largest is still drawn while a slider moves.
LIMITS: dict[str, tuple[float, float]] = {
    "span": (1, 10_000),
    "delta": (0.01, 10_000),
    "beta": (0.01, 10_000),
    "q": (0.01, 0.99),
    "batch": (1, 1024),
    "classes": (2, 1000),
    "epsilon": (0, 1),
    "gamma": (0, 10),
    "target": (0.5, 1),
    "margin": (0, 2),
    "negative": (0, 2),
    "temperature": (0.01, 10),
    "negatives": (1, 10_000),
    "size": (0.05, 20),
    "points": (10, 100),
    "outliers": (0, 10),
    "height": (-100, 100),
    "where": (0, 10),
    "noise": (0, 5),
    "examples": (20, 150),
    "flips": (0, 0.5),
    "width": (0, 32),
    "steps": (1, 200),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    family: str = "regression"  # which losses are on view; the experiment goes with it
    regression: str = "MAE,MSE,Huber"  # names in LOSSES, with commas; may be empty
    classification: str = "0-1,cross-entropy,hinge,focal"
    embedding: str = "contrastive same,contrastive other,triplet,InfoNCE"
    overlap: str = "Dice,IoU"
    log: bool = False  # logarithmic axis for value and gradient
    span: float = 5.0  # residuals or margins from -span to span
    delta: float = 1.0  # Huber: residual from which it is linear
    beta: float = 1.0  # smooth L1: the same
    q: float = 0.9  # quantile
    batch: int = 8  # RMSE: examples a batch
    classes: int = 2  # cross-entropy, label smoothing
    epsilon: float = 0.1  # label smoothing: share spread over all classes
    gamma: float = 2.0  # focal
    target: float = 0.9  # KL: probability of the label
    margin: float = 1.0  # contrastive, triplet: in units of distance, 0 to 2
    negative: float = 1.0  # triplet, InfoNCE: distance of the negatives, 0 to 2
    temperature: float = 0.1  # InfoNCE
    negatives: int = 16  # InfoNCE
    size: float = 1.0  # Dice, IoU: area predicted / true area
    points: int = 30  # on the line
    outliers: int = 3  # of them, those nearest to `where`
    height: float = 20.0  # by how much an outlier is lifted; the noise has a standard deviation of `noise`
    where: float = 9.0  # on the x axis, 0 to 10
    noise: float = 1.0
    examples: int = 100  # to train the classifier
    flips: float = 0.2  # share of training labels that are wrong
    width: int = 32  # neurons of the hidden layer, 0: a straight line
    steps: int = 150  # of Adam on all examples, learning rate 0.03
    seeds: int = 12  # draws of noise; starts of the classifier
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family: must be one of {', '.join(FAMILIES)}")
        for family in FAMILIES:
            unknown = set(filter(None, getattr(self, family).split(","))) - set(of(family))
            if unknown:
                raise ValueError(f"{family}: must be names of {', '.join(of(family))}, separated by commas")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")

    @property
    def chosen(self) -> tuple[str, ...]:
        """The losses on view, in the order of the table."""
        names = getattr(self, self.family).split(",")
        return tuple(name for name in of(self.family) if name in names)


@dataclass(frozen=True)
class Result:
    """curves: a row a loss and x, with value and gradient. scores: a row a loss and seed; regression: slope, intercept, error
    (fitted minus true slope), below (share of points under the line); classification: accuracy (clean test points), memorised (share of the wrong training
    labels that the model repeats). The reference is among them, chosen or not."""

    settings: Settings
    curves: pd.DataFrame
    scores: pd.DataFrame | None = None
    points: Points | None = None

    def by_seed(self, column: str, name: str) -> np.ndarray:
        assert self.scores is not None
        rows = self.scores[self.scores.name == name].sort_values("seed")
        return rows[column].to_numpy(float)


def curves(settings: Settings, points: int = 401) -> pd.DataFrame:
    """Value and gradient of every chosen loss. An odd number of points, so that 0 is one of them."""
    s = settings
    low, high = {"embedding": (0.0, 2.0), "overlap": (0.0, min(1.0, s.size))}.get(s.family, (-s.span, s.span))
    x = torch.linspace(low, high, points, dtype=torch.float64)
    frames = []
    for name in s.chosen:
        loss = bind(name, vars(s))
        frames.append(pd.DataFrame({"name": name, "x": x, "value": loss(x), "gradient": gradient(loss, x)}))
    return pd.concat(frames) if frames else pd.DataFrame(columns=["name", "x", "value", "gradient"])


@lru_cache(maxsize=32)
def _trained(bound: tuple[tuple[str, tuple[tuple[str, float], ...]], ...], *how: float) -> pd.DataFrame:
    """Trainings already done are held, by nothing but what they depend on: a slider of the axis costs none."""
    return label_noise({name: bind(name, dict(parameters)) for name, parameters in bound}, *how)  # type: ignore[arg-type]


def run(settings: Settings) -> Result:
    """The curves, and the experiment of the family on view."""
    s, drawn = settings, curves(settings)
    if not s.chosen or s.family not in REFERENCE:
        return Result(s, drawn)
    names = dict.fromkeys([*s.chosen, REFERENCE[s.family]])
    if s.family == "regression":
        points = Points(*draw_points(s.seeds, s.seed, s.points, s.noise, s.outliers, s.height, s.where))
        # The root of a mean is least where the mean is: RMSE is fitted as MSE.
        losses = {name: bind("MSE" if name == "RMSE" else name, vars(s)) for name in names}
        return Result(s, drawn, lines(losses, {"MAE": 0.5, "quantile": s.q}, points, s.seed), points)
    two = {**vars(s), "classes": 2}  # whatever the axis shows, the moons have no more
    bound = tuple((name, tuple((p, two[p]) for p in LOSSES[name].parameters)) for name in names)
    return Result(s, drawn, _trained(bound, s.examples, s.flips, s.width, s.steps, s.seeds, s.seed))


def script(settings: Settings) -> str:
    """The functions that ran, as a file of their own that prints the numbers on screen."""
    names = dict.fromkeys([*settings.chosen, *filter(None, [REFERENCE.get(settings.family)])])
    return source.script(settings.family, list(names), vars(settings))
