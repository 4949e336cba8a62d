"""Bagging: many trees or networks, each made on its own bootstrap draw of the training rows, and a majority vote.

A draw takes n rows from n with replacement, so a row may come several times or never: (1 - 1/n)^n of them, about 36.8 %,
are left out. Those rows are new to that tree, and the vote of the trees that never saw a row gives an honest error for
nothing: out of bag. If each split may only look at a few features drawn at random, the trees differ more: a random forest.

Sources: Breiman, "Bagging Predictors" (1996) and "Random Forests" (2001).
Two cores: 100 trees, 8 seeds take about 1.5 s on 200 points, 3 s on breast cancer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import binom

from core.concepts.ensembles.bagging_members import FEATURES, LEARNERS, bootstrap, draw_size
from core.concepts.ensembles.bagging_script import bagging_script
from core.concepts.ensembles.bagging_words import (
    QUESTIONS,
    SOURCES,
    difference,
    findings,
    gain,
    score,
    sealed,
)
from core.data import tables
from core.data.points import plot_axes
from core.data.tables import Table
from core.legacy import Waiting

__all__ = [
    "FEATURES", "LEARNERS", "LIMITS", "QUESTIONS", "SOURCES", "Result", "Settings",
    "data", "difference", "expected_draws", "findings", "gain", "run", "score", "script", "sealed",
]  # fmt: skip

LIMITS: dict[str, tuple[float, float]] = {
    "n": (tables.MIN_POINTS, tables.MAX_POINTS),
    "noise": (0, 0.5),
    "wrong": (0, 0.4),
    "trees": (1, 300),
    "depth": (0, 12),
    "draw": (0.1, 1),
    "seeds": (1, 16),
    "seed": (0, 9999),
}
GRID = 90  # points along each side of a drawn field


@dataclass(frozen=True)
class Settings:
    data: str = "moons"  # a name in core.data.tables.NAMES
    n: int = 200  # training points (tables have their own number)
    noise: float = 0.3  # standard deviation of the points' noise, in units of the plot
    wrong: float = 0.0  # share of training labels that are wrong
    trees: int = 100  # members of the vote
    learner: str = "tree"  # what votes: a name in LEARNERS
    depth: int = 0  # of a tree: questions from root to leaf; 0 is no limit: until every leaf is pure
    features: str = "all"  # of a tree: features a split may look at: all (bagging), sqrt of them (random forest), one
    draw: float = 1.0  # rows drawn for a member, as a share of the training rows
    seeds: int = 8  # repeats, each with its own data split and draws
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        for name, menu in (("data", tables.NAMES), ("learner", tuple(LEARNERS)), ("features", tuple(FEATURES))):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")


@dataclass(frozen=True)
class Result:
    """What has been grown so far. M members, R seeds, n training rows; "first" is the seed on display.

    draws: (M, n) how often each member of the first drew each row. regions: (M, GRID, GRID) the class each member of the
    first gives each point of `axes` (points only). ballots: (M, rows) its answers to the validation rows. errors: a row a
    seed, split (validation, out of bag) and number of members. tree, member: (R,) validation error of one tree grown on all
    training rows, and the mean of the members'. disagree: (R,) chance that two members differ about a validation row.
    left_out: (R,) mean share of rows never drawn. importances: (R, features). sealed: (R, 2) test error of vote and tree.
    """

    settings: Settings
    table: Table
    mislabelled: np.ndarray
    draws: np.ndarray
    ballots: np.ndarray
    errors: pd.DataFrame
    tree: np.ndarray
    member: np.ndarray
    disagree: np.ndarray
    left_out: np.ndarray
    importances: np.ndarray
    sealed: np.ndarray
    fraction: float
    regions: np.ndarray | None = None
    axes: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def members(self) -> int:
        return len(self.draws)

    def curve(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of members (M,) and the error of their vote (R, M)."""
        rows = self.errors[self.errors.split == split].pivot(index="seed", columns="members", values="error")
        return rows.columns.to_numpy(), rows.to_numpy()

    def final(self, split: str = "validation") -> np.ndarray:
        return self.curve(split)[1][:, -1]


def majority(votes: np.ndarray) -> np.ndarray:
    """Votes (..., C) counted by class -> the class with the most, the first of those that tie."""
    return votes.argmax(-1)  # type: ignore[no-any-return]


def data(settings: Settings, seed: int | None = None) -> tuple[Table, np.ndarray]:
    """The splits of one seed, training labels as given to the learner, and which of them are wrong."""
    s, seed = settings, settings.seed if seed is None else seed
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed)
    y, wrong = tables.mislabel(table.train.y, s.wrong, len(table.classes), np.random.default_rng([seed, 1]))
    return replace(table, train=table.train._replace(y=y)), wrong


def first_draw(settings: Settings) -> np.ndarray:
    """How often the first member will draw each row, to show before anything is grown."""
    n = len(data(settings)[0].train.y)
    return bootstrap(np.random.default_rng(settings.seed), n, draw_size(settings, n))


def run(settings: Settings, every: float = 0.3) -> Iterator[Result | Waiting]:
    """Grow. Yields after every member, so that it stops within one; the Result itself is renewed each `every` seconds.

    Each member is asked once; the error of every number of members comes from the running count of the votes.
    """
    s, frames, per_seed = settings, list[pd.DataFrame](), list[dict[str, object]]()
    result: Result | None = None
    due = 0.0
    for r, seed in enumerate(range(s.seed, s.seed + s.seeds)):
        table, wrong = data(s, seed)
        (x, y), held, C = table.train, table.validation, len(table.classes)
        asked, eye = {"train": x, "validation": held.x, "test": table.test.x}, np.eye(C, dtype=np.int32)
        if r == 0:
            axes = plot_axes(x, GRID) if table.kind == "points" else None
            shown = (table, wrong)
            if axes:
                asked["field"] = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(np.float32)
        votes, bag_votes, test_votes = (np.zeros((len(rows), C), np.int32) for rows in (held.y, y, table.test.y))
        draws, ballots, regions, rows = [], [], [], []
        importance, alone, one, m = np.zeros(x.shape[1]), 0.0, None, 0
        for member in LEARNERS[s.learner](s, x, y, draw_size(s, len(y)), seed, asked):
            if isinstance(member, float):
                yield result or Waiting("Training the first members", member / s.seeds)
                continue
            if one is None:
                one = member
                continue
            m += 1
            said, out = member.says["validation"], member.counts == 0
            votes += eye[said]
            test_votes += eye[member.says["test"]]
            bag_votes[out] += eye[member.says["train"][out]]
            heard = bag_votes.any(1)  # rows that at least one member never saw
            bag = (majority(bag_votes[heard]) != y[heard]).mean() if heard.any() else math.nan
            rows += [(seed, m, "validation", (majority(votes) != held.y).mean()), (seed, m, "out of bag", bag)]
            draws.append(member.counts.astype(np.uint16))
            importance += 0 if member.importances is None else member.importances
            alone += (said != held.y).mean()
            if r == 0:
                ballots.append(said)
                if axes:
                    regions.append(member.says["field"].reshape(GRID, GRID))
            last = r == s.seeds - 1 and m == s.trees
            if m == s.trees or (r == 0 and time.perf_counter() >= due):  # later seeds count when they are whole
                now = {
                    "tree": (one.says["validation"] != held.y).mean(),
                    "member": alone / m,
                    "disagree": disagreement(votes, m),
                    "left_out": np.mean([(d == 0).mean() for d in draws]),
                    "importances": importance / (importance.sum() or 1),
                    "sealed": [
                        (majority(test_votes) != table.test.y).mean(),
                        (one.says["test"] != table.test.y).mean(),
                    ],
                }
                frame = pd.DataFrame(rows, columns=["seed", "members", "split", "error"])
                together = [*per_seed, now]
                values = {name: np.array([v[name] for v in together], float) for name in now}
                kept = {"draws": np.array(draws), "ballots": np.array(ballots)} if r == 0 else {}
                if axes and r == 0:
                    kept["regions"] = np.array(regions)
                errors = pd.concat([*frames, frame], ignore_index=True)
                fraction = 1.0 if last else (r * s.trees + m) / (s.seeds * s.trees)
                if result is None:
                    facts = {"errors": errors, "fraction": fraction, "axes": axes, **values, **kept}
                    result = Result(s, shown[0], shown[1], **facts)  # type: ignore[arg-type]
                else:
                    result = replace(result, errors=errors, fraction=fraction, **values, **kept)  # type: ignore[arg-type]
                if m == s.trees:
                    frames, per_seed = [*frames, frame], together
                due = time.perf_counter() + every
            assert result is not None
            yield result


def disagreement(votes: np.ndarray, members: int) -> float:
    """The chance that two different members answer a row differently: votes (rows, C) of `members` -> mean over rows."""
    if members < 2:
        return 0.0
    pairs = members * (members - 1)
    return float(1 - ((votes * (votes - 1.0)).sum(1) / pairs).mean())


def shares(result: Result, members: int, first: int = 0) -> np.ndarray:
    """Share of members first+1 to `members` for each class at each point of the field: (GRID, GRID, C)."""
    assert result.regions is not None
    C = len(result.table.classes)
    return np.stack([(result.regions[first:members] == k).mean(0) for k in range(C)], -1)


def right_share(result: Result, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each validation row: the share of the first `members` members that are right, and whether their vote is."""
    y, C = result.table.validation.y, len(result.table.classes)
    votes = np.stack([(result.ballots[:members] == k).sum(0) for k in range(C)], -1)
    return (result.ballots[:members] == y).mean(0), majority(votes) == y


def expected_draws(settings: Settings, n: int, most: int = 6) -> np.ndarray:
    """How many of n rows should come up 0, 1, … most-1 times, and most or more: the binomial distribution."""
    size = draw_size(settings, n)
    return n * np.append(binom.pmf(np.arange(most), size, 1 / n), binom.sf(most - 1, size, 1 / n))


def script(settings: Settings) -> str:
    """Plain scikit-learn or PyTorch that makes the same members and prints the errors on screen."""
    return bagging_script(settings)
