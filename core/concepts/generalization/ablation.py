"""Ablation: which parts of a recipe are worth having, by taking each one out and by adding each one alone.

A recipe of seven parts (batch norm, dropout, augmentation, residual connections, momentum, a falling learning rate,
weight decay) is trained whole, without each part, and from the bare network with each part alone: 16 variants. Those of
one seed share training examples, start, batches and noise, so every difference is paired. A part can be worth much alone
and nothing in company: then others do its work.

What to expect, on 100 MNIST digits of 14 x 14 pixels: the full recipe gains some 8 points. In it the falling learning
rate is worth some 5 and augmentation some 3, and the rest nothing beyond luck; alone, those two cost 15 and more, as the
bare network learns slowly. On 40 points no part is worth anything. Two cores: 16 variants x 8 seeds, about 9 s.

Sources: Meyes et al., "Ablation Studies in Artificial Neural Networks" (2019); Lipton and Steinhardt, "Troubling Trends
in Machine Learning Scholarship" (2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import data as datasets
from core.concepts.generalization.ablation_network import (
    BARE,
    FULL,
    PARTS,
    accuracy,
    build,
    load,
    only,
    timed,
    variants,
    without,
)
from core.concepts.generalization.ablation_network import train as trained
from core.concepts.generalization.ablation_script import ablation_script
from core.concepts.generalization.ablation_words import QUESTIONS, SOURCES, difference, findings, score
from core.engine import cost, device
from core.legacy import Waiting
from core.stats import Interval, mean_interval

__all__ = ["DATA", "LIMITS", "PARTS", "QUESTIONS", "SOURCES", "Result", "Settings", "difference", "findings", "run", "score", "script"]  # fmt: skip

MARKS = 12
DATA = ("mnist5k", "digits", "moons", "circles", "spiral")
LIMITS: dict[str, tuple[float, float]] = {
    "n": (20, 400),
    "noise": (0, 0.5),
    "dropout": (0.05, 0.9),
    "shift": (1, 4),
    "momentum": (0.1, 0.99),
    "decay": (0.0001, 0.3),
    "lr": (0.001, 0.3),
    "depth": (1, 10),
    "width": (8, 64),
    "batch": (8, 64),
    "epochs": (5, 200),
    "seeds": (3, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    data: str = "mnist5k"
    n: int = 100  # training examples
    noise: float = 0.4  # of the points
    parts: str = ",".join(PARTS)  # the recipe
    dropout: float = 0.2  # probability to drop a hidden activation
    shift: int = 1  # pixels by which augmentation moves a picture at most
    momentum: float = 0.9
    decay: float = 0.01  # weight decay
    lr: float = 0.1
    fair: bool = False  # without momentum the learning rate is 1 / (1 - momentum) times as high
    depth: int = 1  # blocks after the first hidden layer
    width: int = 32
    batch: int = 32
    epochs: int = 80
    seeds: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"data: must be one of {', '.join(DATA)}")
        if not self.chosen or set(self.chosen) - set(PARTS) or len(set(self.chosen)) < len(self.chosen):
            raise ValueError(f"parts: must be one or more of {', '.join(PARTS)}, each once")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
        object.__setattr__(self, "noise", self.noise + 0.0)

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(filter(None, self.parts.split(",")))

    @property
    def pictures(self) -> bool:
        return datasets.kind(self.data) == "images"

    @property
    def all_seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.seeds))


@dataclass(frozen=True)
class Result:
    """test: variant -> accuracy of each seed. history: variant, seed, epoch, split, metric, value, of the validation accuracy.
    ms: variant -> milliseconds a step of one network, several times; empty until the end. parameters: of the bare network
    and of one with batch norm. flops: of one example forwards."""

    settings: Settings
    test: dict[str, np.ndarray]
    history: pd.DataFrame
    fraction: float
    ms: dict[str, np.ndarray]
    parameters: tuple[int, int]
    flops: int

    def level(self, count: int) -> float:
        """Of one of `count` intervals that are read at once, so that all hold together at 95 % (Bonferroni)."""
        return 1 - 0.05 / count

    def within(self, part: str) -> Interval:
        """What the part is worth in the full recipe."""
        return mean_interval(self.test[FULL] - self.test[without(part)], self.level(2 * len(self.settings.chosen)))

    def alone(self, part: str) -> Interval:
        """What it is worth added to the bare one."""
        return mean_interval(self.test[only(part)] - self.test[BARE], self.level(2 * len(self.settings.chosen)))

    def interaction(self, part: str) -> Interval:
        """How much more it is worth in the full recipe than alone."""
        more = self.test[FULL] - self.test[without(part)] - (self.test[only(part)] - self.test[BARE])
        return mean_interval(more, self.level(len(self.settings.chosen)))

    def whole(self) -> Interval:
        return mean_interval(self.test[FULL] - self.test[BARE])

    def surplus(self) -> Interval:
        """The gains of the parts alone, added up, less the gain of the full recipe."""
        alone = sum(self.test[only(p)] - self.test[BARE] for p in self.settings.chosen)
        return mean_interval(alone - (self.test[FULL] - self.test[BARE]))

    def rising(self, name: str) -> Interval:
        """By how much its validation accuracy rose in the last sixth of the epochs."""
        rows = self.history[self.history.variant == name]
        curve = rows.pivot(index="seed", columns="epoch", values="value").to_numpy()
        return mean_interval(curve[:, -1] - curve[:, max(0, curve.shape[1] - 1 - MARKS // 6)])

    def slower(self, name: str) -> Interval:
        """Share by which a step of this variant takes longer than one of the bare network, over rounds of timing."""
        return mean_interval(self.ms[name] / self.ms[BARE] - 1)

    def frame(self) -> pd.DataFrame:
        """Test accuracy, a row a variant and seed."""
        seeds = self.settings.all_seeds
        rows = [(name, seed, v) for name, values in self.test.items() for seed, v in zip(seeds, values, strict=True)]
        return pd.DataFrame(rows, columns=["variant", "seed", "test accuracy"])


def script(s: Settings) -> str | None:
    """Plain PyTorch that trains the same variants."""
    return ablation_script(s)


def run(s: Settings) -> Iterator[Result | Waiting]:
    """Train all variants times seeds as one stack; yields after every step, the Result renewed MARKS times, always at the
    same steps, so that the curves are the same on every machine."""
    result: Result | Waiting = Waiting("Data", 0.0)
    yield result
    data = load(s)
    features = data.x[0, 0].numel()
    plain, normed = (build(s, features, data.classes, 0.0, norm, False) for norm in (False, True))
    sizes, flops = (cost.parameters(plain), cost.parameters(normed)), cost.flops(plain, (features,))
    names = [v.name for v in variants(s)]
    records: list[pd.DataFrame] = []
    per_epoch = s.n // min(s.batch, s.n)
    for models, done, total in trained(s, data, device.pick()):
        if done == total or done * MARKS // total > (done - 1) * MARKS // total:
            validated = accuracy(models, data.validation)
            records.append(
                pd.DataFrame(
                    {
                        "variant": np.repeat(names, s.seeds), "seed": np.tile(s.all_seeds, len(names)), "epoch": done / per_epoch,
                        "split": "validation", "metric": "accuracy", "value": validated,
                    }
                )
            )  # fmt: skip
            test = dict(zip(names, accuracy(models, data.test).reshape(-1, s.seeds), strict=True))
            ms = timed(s, data) if done == total else {}
            history = pd.concat(records, ignore_index=True)
            result = Result(s, test, history, done / total, ms, sizes, flops)
        yield result
