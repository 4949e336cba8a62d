"""Learning-rate schedules: whether slowing down pays, told apart from whether the learning rate was right.

Every schedule is trained from the same random starts, on the same batches, at three base learning rates, all networks in
one stack. At one base rate a schedule is set against the constant one beside it, and then each at its best rate, chosen on
validation data, against the best constant rate, chosen likewise; both are judged on the test split.

Sources: the papers named in SOURCES; the values are those of torch.optim.lr_scheduler, stepped after every batch
(ReduceLROnPlateau: after every epoch).
What to expect: where the base rate is too high, decay mends it, and where it is too low, decay makes it worse; against a
tuned constant rate little is left. Two cores: 8 schedules x 3 rates x 12 seeds on 1,000 digits, 20 epochs, about 8 s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from torch import nn

from core import data as datasets
from core.concepts.optimization.schedules_script import schedules_script
from core.concepts.optimization.schedules_words import QUESTIONS, difference, findings, score
from core.data import Dataset, Split
from core.engine import device
from core.engine import schedules as factors
from core.engine.fit import History, Recipe, evaluate, fit
from core.engine.schedules import Schedule
from core.engine.stack import Stack, stack
from core.stats import Interval, mean_interval

DATA = ("digits", "mnist5k", "spiral", "circles", "moons")
POINTS = 5000  # made of points, 60 % of them to draw training examples from; validation and test are large
SEEN = 300  # training examples that the training loss is measured on
OPTIMIZERS = ("SGD", "Momentum", "Adam")
CONSTANT, PLATEAU = "constant", "ReduceLROnPlateau"
NAMES = (
    CONSTANT,
    "StepLR",
    "ExponentialLR",
    "CosineAnnealing",
    "OneCycle",
    "warm-up",
    "warm-up + cosine",
    PLATEAU,
)

LIMITS: dict[str, tuple[float, float]] = {
    "lr": (1e-4, 1),
    "spread": (1.5, 10),
    "n": (100, 2000),
    "noise": (0, 0.5),
    "width": (8, 64),
    "batch": (8, 256),
    "epochs": (5, 60),
    "step_parts": (2, 8),
    "step_gamma": (0.01, 0.9),
    "exponential_last": (0.0001, 0.9),
    "cosine_last": (0, 0.5),
    "cycle_top": (0.5, 10),
    "cycle_rise": (5, 90),
    "warm_share": (1, 90),
    "plateau_patience": (0, 20),
    "plateau_factor": (0.05, 0.9),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    schedules: str = ",".join(NAMES)  # names in NAMES, commas between; the constant one always runs
    data: str = "digits"
    optimizer: str = "Momentum"  # a name in OPTIMIZERS; momentum is 0.9
    lr: float = 0.05  # base learning rate in the middle
    spread: float = 3.0  # the other two are so many times lower and higher
    n: int = 1000  # training examples
    noise: float = 0.2  # of the points
    width: int = 32  # neurons in each of the two hidden layers
    batch: int = 32
    epochs: int = 20
    step_parts: int = 3  # StepLR: equal parts of the run
    step_gamma: float = 0.1  # StepLR: after each part the rate is multiplied by this
    exponential_last: float = 0.01  # ExponentialLR: what is left at the end, as a share of the base rate
    cosine_last: float = 0.0  # CosineAnnealing, with and without warm-up: what is left at the end
    cycle_top: float = 1.0  # OneCycle: its peak, times the base rate
    cycle_rise: int = 30  # OneCycle: % of the run until the peak
    warm_share: int = 10  # warm-up: % of the run
    plateau_patience: int = 2  # ReduceLROnPlateau: epochs without a better validation loss that it bears
    plateau_factor: float = 0.3  # ReduceLROnPlateau: by what it then multiplies
    seeds: int = 12  # random starts of each schedule at each rate
    seed: int = 0  # the first of them; also draws the training examples

    def __post_init__(self) -> None:
        for name, menu in (("data", DATA), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        if any(name not in NAMES for name in self.schedules.split(",") if name):
            raise ValueError(f"schedules: must be among {', '.join(NAMES)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0

    @property
    def chosen(self) -> tuple[str, ...]:
        """Constant first, as it is what the others are set against."""
        return tuple(n for n in NAMES if n == CONSTANT or n in self.schedules.split(","))

    @property
    def rates(self) -> tuple[float, float, float]:
        """The three base learning rates, the lowest first."""
        return self.lr / self.spread, self.lr, self.lr * self.spread

    @property
    def pictures(self) -> bool:
        return datasets.kind(self.data) == "images"


def schedule(s: Settings, name: str) -> Schedule:
    """(step, total) -> factor of the base rate; of ReduceLROnPlateau what it is until it fires."""
    menu: dict[str, Schedule] = {
        "StepLR": partial(factors.step_decay, parts=s.step_parts, gamma=s.step_gamma),
        "ExponentialLR": partial(factors.exponential, last=s.exponential_last),
        "CosineAnnealing": partial(factors.cosine, last=s.cosine_last),
        "OneCycle": partial(factors.one_cycle, top=s.cycle_top, rise=s.cycle_rise / 100),
        "warm-up": partial(factors.warmup, share=s.warm_share / 100),
        "warm-up + cosine": partial(factors.warmup_cosine, share=s.warm_share / 100, last=s.cosine_last),
    }
    return menu.get(name, factors.constant)


@dataclass(frozen=True)
class Result:
    """Arrays over V schedules, 3 base rates, S seeds. curves: "validation loss", "validation accuracy", "training loss" ->
    (E + 1, V, 3, S) after each epoch so far. plateau: (E, 3, S) the learning rate that ReduceLROnPlateau had in each epoch.
    test: (V, 3, S) accuracy, NaN until the run is over. diverged: (V, 3, S) bool. guess: the validation accuracy of always
    saying the commonest class."""

    settings: Settings
    curves: dict[str, np.ndarray]
    plateau: np.ndarray
    test: np.ndarray
    diverged: np.ndarray
    guess: float
    fraction: float

    @property
    def names(self) -> tuple[str, ...]:
        return self.settings.chosen

    @property
    def validation(self) -> np.ndarray:
        """Accuracy now, (V, 3, S)."""
        return np.asarray(self.curves["validation accuracy"][-1])

    def best(self, name: str) -> int:
        """Which base rate has the highest mean validation accuracy with this schedule."""
        return int(self.validation[self.names.index(name)].mean(1).argmax())

    def gain(self, name: str, rate: int) -> Interval:
        """Test accuracy minus the constant one's at the same base rate, paired over seeds. As many such comparisons are
        read together as there are schedules and rates, so each interval is so much wider (Bonferroni)."""
        change = self.test[self.names.index(name), rate] - self.test[0, rate]
        return mean_interval(change, 1 - 0.05 / (3 * (len(self.names) - 1)))

    def tuned(self, name: str) -> Interval:
        """Test accuracy minus the constant one's, each at the base rate that validation chose for it, paired over seeds;
        likewise wide enough for all schedules together."""
        change = self.test[self.names.index(name), self.best(name)] - self.test[0, self.best(CONSTANT)]
        return mean_interval(change, 1 - 0.05 / (len(self.names) - 1))

    def fired(self, rate: int) -> list[list[int]]:
        """For each seed the epochs after which ReduceLROnPlateau lowered the rate, as far as a later epoch felt it."""
        drops = np.diff(self.plateau[:, rate], axis=0) < 0  # (E - 1, S)
        return [(np.flatnonzero(row) + 1).tolist() for row in drops.T]

    def frame(self) -> pd.DataFrame:
        """A row a schedule, base rate, seed and epoch."""
        s, shape = self.settings, self.validation.shape
        E = len(self.curves["validation loss"])
        epoch, v, r, k = (i.ravel() for i in np.indices((E, *shape)))
        table = {
            "schedule": np.array(self.names)[v],
            "base rate": np.array(s.rates)[r],
            "seed": s.seed + k,
            "epoch": epoch,
        }
        return pd.DataFrame(table | {name: values.ravel() for name, values in self.curves.items()})


def dataset(s: Settings) -> Dataset:
    whole = datasets.load(s.data, n=0 if s.pictures else POINTS, noise=s.noise, seed=s.seed)
    return datasets.with_train_size(whole, s.n, s.seed)


def build(s: Settings, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), s.width),
        nn.ReLU(),
        nn.Linear(s.width, s.width),
        nn.ReLU(),
        nn.Linear(s.width, classes),
    )


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """Train all schedules x rates x seeds as one stack; yields after every step, the Result renewed each `every` seconds."""
    where = device.pick()
    data = dataset(s).to(where)
    names, V = s.chosen, len(s.chosen)
    own = [schedule(s, name) for name in names]
    rows = [(v, r, k) for v in range(V) for r in range(3) for k in range(s.seeds)]
    models = stack(lambda: build(s, data.shape, len(data.classes)), [s.seed + k for *_, k in rows], where)
    recipe = Recipe(
        s.optimizer,
        lr=[s.rates[r] for _, r, _ in rows],
        batch=min(s.batch, len(data.train)),
        epochs=s.epochs,
        schedule=[own[v] for v, *_ in rows],
        plateau=[s.plateau_patience if names[v] == PLATEAU else math.inf for v, *_ in rows],
        plateau_factor=s.plateau_factor,
    )
    result: Result | None = None
    due = 0.0
    seen = Split(data.train.x[:SEEN], data.train.y[:SEEN])
    for history in fit(models, data.train, data.validation, recipe, seen=seen):
        last = history.step == history.total_steps
        if last or time.perf_counter() >= due:
            begun = time.perf_counter()
            result = snapshot(s, history, models, data)
            due = time.perf_counter() + max(every, 5 * (time.perf_counter() - begun))
        assert result is not None
        yield result


def snapshot(s: Settings, history: History, models: Stack, data: Dataset) -> Result:
    """What is measured so far; at the end on the test split too."""
    shape = (len(s.chosen), 3, s.seeds)

    def measured(split: str, metric: str, first: int = 0) -> np.ndarray:
        values = np.full((history.epoch + 1, models.K), np.nan)
        for _, epoch, where, what, who, found in history.records:
            if (where, what) == (split, metric):
                values[epoch, who] = found
        # A model that has diverged does not move any more, so neither does what was measured of it.
        filled = pd.DataFrame(values).ffill().to_numpy()[first:]
        return np.asarray(filled.reshape(-1, *shape))

    curves = {
        "validation loss": measured("validation", "loss"),
        "validation accuracy": measured("validation", "accuracy"),
        "training loss": measured("train", "loss"),
    }
    rate = np.zeros((0, 3, s.seeds))
    if PLATEAU in s.chosen:
        rate = measured("train", "learning rate", 1)[:, s.chosen.index(PLATEAU)]
    test = np.full(shape, np.nan)
    if history.step == history.total_steps:
        test = evaluate(models, data.test)["accuracy"].cpu().numpy().reshape(shape)
    diverged = np.isin(np.arange(models.K), [k for k, why in history.stopped.items() if why == "diverged"])
    guess = float(data.validation.y.bincount().max() / len(data.validation))
    return Result(s, curves, rate, test, diverged.reshape(shape), guess, history.fraction)


def script(s: Settings) -> str | None:
    """Plain PyTorch that trains the same networks with torch's own schedulers."""
    return schedules_script(s, POINTS)


SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), section 8.3.1",
    "Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017), cosine annealing",
    "Smith and Topin, *Super-Convergence* (2018), one cycle",
    "Goyal et al., *Accurate, Large Minibatch SGD* (2017), warm-up",
    "PyTorch documentation, *torch.optim.lr_scheduler*",
)

# The interface, some of which stands in files beside this one.
__all__ = ["QUESTIONS", "SOURCES", "Result", "Settings", "difference", "findings", "run", "score", "script"]
