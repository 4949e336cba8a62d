"""Rows of numbers for learners that are not networks: three tables that come with scikit-learn, and points in the plane.

breast cancer: 569 tumours, 30 measurements (Street, Wolberg and Mangasarian 1993). wine: 178 wines from three growers, 13
chemical measurements (Aeberhard and Forina 1991). digits: 1,797 of 8x8 pixels (Alpaydin and Kaynak 1998).

The test rows of a table are always the same. Its other rows are dealt to training and validation by the seed, so that
several seeds show what the luck of a split does; points are made anew for each seed, which is better still.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split

from core.data.checks import MAX_SEED, check_choice, check_real, check_whole, split_indices
from core.data.points import MAX_NOISE, POINTS
from core.stats import Interval, mean_interval

HELD_OUT = 1000  # points made to validate on, and as many again to test on: they cost nothing
MIN_POINTS, MAX_POINTS = 20, 2000  # training points


class Rows(NamedTuple):
    x: np.ndarray  # (n, d) float32
    y: np.ndarray  # (n,) int64


@dataclass(frozen=True, eq=False)
class Table:
    """Three disjoint splits of one problem; y counts through `classes`, the columns of x through `features`."""

    name: str
    kind: Literal["points", "table"]
    classes: tuple[str, ...]
    features: tuple[str, ...]
    train: Rows
    validation: Rows
    test: Rows


TABLES: dict[str, Callable[..., Any]] = {
    "breast cancer": load_breast_cancer,
    "wine": load_wine,
    "digits": load_digits,
}
NAMES = (*POINTS, *TABLES)
# How a problem of more classes is asked as one with two: (name of class 0, name of class 1, the test for class 1).
TWO: dict[str, tuple[str, str, str]] = {
    "blobs": ("left or right", "top", "y == 0"),
    "wine": ("other", "grower 2", "y == 1"),
    "digits": ("even", "odd", "y % 2 == 1"),
}


@lru_cache(maxsize=len(TABLES))
def _bundled(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[str, ...]]:
    bunch = TABLES[name]()
    if name == "digits":
        features = tuple(f"row {i // 8 + 1}, column {i % 8 + 1}" for i in range(64))
    else:
        features = tuple(str(f).replace("_", " ") for f in bunch.feature_names)
    classes = tuple(str(c).replace("class_", "grower ") for c in bunch.target_names)
    if name == "wine":
        classes = ("grower 1", "grower 2", "grower 3")
    return bunch.data.astype(np.float32), bunch.target.astype(np.int64), classes, features


def load(name: str, *, n: int = 200, noise: float = 0.3, seed: int = 0, two: bool = False) -> Table:
    """The problem `name`, the same for the same arguments; two=True asks it with two classes (TWO says how).

    Points: n to train on (20 to 2000) with `noise` (0 to 0.5), and 1000 each to validate and to test on. Tables: split
    60/20/20; n and noise are not used. Raises DataError naming the field and its bound.
    """
    check_choice("name", name, NAMES)
    check_whole("seed", seed, 0, MAX_SEED)
    if name in POINTS:
        check_whole("n", n, MIN_POINTS, MAX_POINTS)
        check_real("noise", noise, 0, MAX_NOISE)
        total = n + 2 * HELD_OUT
        x, y = POINTS[name](total, noise, seed)
        share = (HELD_OUT - 0.5) / total  # split_indices rounds up
        train, validation, test = split_indices(y, seed, share, share)
        classes: tuple[str, ...] = tuple(str(c) for c in range(int(y.max()) + 1))
        features: tuple[str, ...] = ("x1", "x2")
    else:
        x, y, classes, features = _bundled(name)
        _, _, test = split_indices(y, 0)
        rest = np.setdiff1d(np.arange(len(y)), test)
        train, validation = train_test_split(rest, test_size=len(test), stratify=y[rest], random_state=seed)
    table = Table(
        name,
        "points" if name in POINTS else "table",
        classes,
        features,
        *(Rows(np.ascontiguousarray(x[rows]), y[rows]) for rows in (train, validation, test)),
    )
    return two_classes(table) if two else table


def two_classes(table: Table) -> Table:
    """The same rows with two classes. Those that have two already stay as they are."""
    if len(table.classes) == 2:
        return table
    first = {"blobs": lambda y: y == 0, "wine": lambda y: y == 1, "digits": lambda y: y % 2 == 1}[table.name]
    parts = {part: getattr(table, part) for part in ("train", "validation", "test")}
    asked = {part: Rows(rows.x, first(rows.y).astype(np.int64)) for part, rows in parts.items()}
    return replace(table, classes=TWO[table.name][:2], **asked)  # type: ignore[arg-type]


def mislabel(y: np.ndarray, share: float, classes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """y with `share` of its labels replaced by another class, drawn at random, and which those are, (n,) bool.

    The rows for a smaller share are among those for a larger one when rng starts alike.
    """
    wrong = np.zeros(len(y), bool)
    wrong[rng.permutation(len(y))[: round(share * len(y))]] = True
    other = (y + rng.integers(1, classes, len(y))) % classes
    return np.where(wrong, other, y), wrong


def interval(
    values: ArrayLike,
    table: Table,
    level: float = 0.95,
    rows: float | None = None,
    bounds: tuple[float, float] | None = None,
) -> Interval:
    """Interval of a mean over seeds. Seeds of one table share most rows, which makes them look more alike than fresh
    data would be; the variance is corrected for it (Nadeau and Bengio, "Inference for the Generalization Error", 2003).
    rows, bounds: as core.stats.mean_interval takes them."""
    plain = mean_interval(values, level, rows)
    low, high = plain.low, plain.high
    if table.kind == "table":
        stretch = math.sqrt(1 + plain.n * len(table.validation.y) / len(table.train.y))
        low, high = (plain.mean + stretch * (bound - plain.mean) for bound in (plain.low, plain.high))
    if bounds is not None and math.isfinite(low):
        low, high = max(bounds[0], low), min(bounds[1], high)
    return Interval(plain.mean, low, high, plain.n, level)


def rate(values: ArrayLike, table: Table) -> Interval:
    """The same of error rates counted on the validation rows: no bound is below 0 or above 1."""
    return interval(values, table, rows=len(table.validation.y), bounds=(0.0, 1.0))


def script(name: str, n: int, noise: float, two: bool = False) -> str:
    """Python that defines split(seed) -> x_train, y_train, x_validation, y_validation, as `load` gives them."""
    if name in POINTS:
        head = "from sklearn.datasets import make_blobs, make_circles, make_moons\n" if name != "spiral" else ""
        head += "from sklearn.model_selection import train_test_split\n\n\n" + inspect.getsource(POINTS[name])
        body = [
            f"    x, y = {name}({n + 2 * HELD_OUT}, {noise!r}, seed)",
            f"    rest, _ = train_test_split(np.arange(len(y)), test_size={HELD_OUT}, stratify=y, random_state=seed)",
        ]
        held = str(HELD_OUT)
    else:
        loader = TABLES[name].__name__
        head = f"from sklearn.datasets import {loader}\nfrom sklearn.model_selection import train_test_split\n"
        held = str(math.ceil(0.2 * len(_bundled(name)[1])))
        body = [
            f"    x, y = {loader}(return_X_y=True)",
            "    x = x.astype(np.float32)",
            f"    rest, _ = train_test_split(np.arange(len(y)), test_size={held}, stratify=y, random_state=0)  # test rows",
            "    rest.sort()",
        ]
    body += [
        f"    train, validation = train_test_split(rest, test_size={held}, stratify=y[rest], random_state=seed)",
        *([f"    y = ({TWO[name][2]}).astype(int)"] if two and name in TWO else []),
        "    return x[train], y[train], x[validation], y[validation]",
    ]
    return "\n".join([head, "", "def split(seed):", *body, ""])
