"""Bagging, member by member: the vote, the out-of-bag vote, and what a single tree or network does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from core.concepts.ensembles.bagging.networks import train_networks
from core.concepts.ensembles.bagging.result import GRID, Result
from core.concepts.ensembles.bagging.settings import Settings
from core.concepts.ensembles.bagging.trees import Member, train_trees
from core.data import tables
from core.data.points import plot_axes
from core.data.tables import Table
from core.progress import Step

TRAIN = {"tree": train_trees, "network": train_networks}


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train the members of one seed after the other; a Step after each member, or more often where one takes long."""
    s = settings
    yield Step(0.0, doing="data")
    complete: list[dict[str, Any]] = []  # measurements of the seeds that have ended
    facts: dict[str, Any] = {}
    for r, seed in enumerate(range(s.seed, s.seed + s.seeds)):
        table, mislabelled = data(s, seed)
        inputs = {"train": table.train.x, "validation": table.validation.x, "test": table.test.x}
        if r == 0:
            facts = {"settings": s, "table": table, "mislabelled": mislabelled}
            if table.kind == "points":
                facts["axes"] = plot_axes(table.train.x, GRID)
                inputs["field"] = np.stack(np.meshgrid(*facts["axes"]), -1).reshape(-1, 2).astype(np.float32)
        vote = Vote(table)
        for share, member in TRAIN[s.learner](s, *table.train, seed, inputs):
            fraction = (r + share) / s.seeds
            if member is None:
                yield Step(fraction, doing="" if complete or vote.members else "models")
                continue
            if vote.single is None:
                vote.single = member
                continue
            vote.add(member)
            if share == 1:
                complete.append(vote.measured())
                if r == 0:
                    facts |= pictures(vote)
                yield Step(fraction, partial(snapshot, fraction, list(complete), facts))
            elif r == 0:
                yield Step(fraction, partial(first_seed, fraction, vote, facts))
            else:
                yield Step(fraction)


def data(settings: Settings, seed: int) -> tuple[Table, np.ndarray]:
    """The rows of one seed, training labels as given to the members, and which of these are wrong, (n,) bool."""
    s = settings
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed)
    y, wrong = tables.mislabel(table.train.y, s.wrong, len(table.classes), np.random.default_rng([seed, 1]))
    return replace(table, train=table.train._replace(y=y)), wrong


@dataclass
class Vote:
    """The members of one seed so far and the running count of their votes, so that each member is asked only once."""

    table: Table
    single: Member | None = None  # trained on all rows
    draws: list[np.ndarray] = field(default_factory=list)  # of each member, (n,)
    predictions: list[np.ndarray] = field(default_factory=list)  # of each member, (validation rows,)
    regions: list[np.ndarray] = field(default_factory=list)  # of each member, (GRID * GRID,); points of the first seed
    vote_error: list[float] = field(default_factory=list)  # after each member
    oob_error: list[float] = field(default_factory=list)
    member_error: list[float] = field(default_factory=list)  # of each member on its own

    def __post_init__(self) -> None:
        t, C = self.table, len(self.table.classes)
        self.votes = {
            "validation": np.zeros((len(t.validation.y), C), np.int32),
            "test": np.zeros((len(t.test.y), C), np.int32),
            "out of bag": np.zeros((len(t.train.y), C), np.int32),
        }
        self.importances = np.zeros(t.train.x.shape[1])

    @property
    def members(self) -> int:
        return len(self.draws)

    def add(self, member: Member) -> None:
        """Count the votes of one more member."""
        truth = self.table.validation.y
        one_hot = np.eye(len(self.table.classes), dtype=np.int32)
        said, out = member.predictions, member.counts == 0
        self.votes["validation"] += one_hot[said["validation"]]
        self.votes["test"] += one_hot[said["test"]]
        self.votes["out of bag"][out] += one_hot[said["train"][out]]
        self.draws.append(member.counts.astype(np.uint16))
        self.predictions.append(said["validation"])
        if "field" in said:
            self.regions.append(said["field"])
        if member.importances is not None:
            self.importances = self.importances + member.importances
        self.vote_error.append(error_rate(self.votes["validation"], truth))
        bag = self.votes["out of bag"]
        voted = bag.any(1)  # rows that at least one member left out
        self.oob_error.append(error_rate(bag[voted], self.table.train.y[voted]))
        self.member_error.append(float((said["validation"] != truth).mean()))

    def measured(self) -> dict[str, Any]:
        """The measurements of this seed so far, under the names they have in a Result."""
        assert self.single is not None
        t, single = self.table, self.single.predictions
        return {
            "vote_error": np.array(self.vote_error),
            "oob_error": np.array(self.oob_error),
            "single_error": float((single["validation"] != t.validation.y).mean()),
            "member_error": float(np.sum(self.member_error)) / self.members,
            "disagreement": disagreement(self.votes["validation"], self.members),
            "left_out": float(np.mean([(counts == 0).mean() for counts in self.draws])),
            "importances": self.importances / (self.importances.sum() or 1),
            "test_error": (error_rate(self.votes["test"], t.test.y), float((single["test"] != t.test.y).mean())),
        }


def error_rate(votes: np.ndarray, y: np.ndarray) -> float:
    """Share of the rows (rows, C) whose majority is not y, the first class where there is a tie; NaN without rows."""
    return float((votes.argmax(1) != y).mean()) if len(y) else float("nan")


def disagreement(votes: np.ndarray, members: int) -> float:
    """The probability that two different members predict different classes for a row, from their votes (rows, C)."""
    if members < 2:
        return 0.0
    agreeing = (votes * (votes - 1.0)).sum(1) / (members * (members - 1))
    return float(1 - agreeing.mean())


def pictures(vote: Vote) -> dict[str, np.ndarray]:
    """What a Result keeps of the members of the first seed: copies."""
    kept = {"draws": np.array(vote.draws), "predictions": np.array(vote.predictions)}
    if vote.regions:
        kept["regions"] = np.array(vote.regions).reshape(-1, GRID, GRID)
    return kept


def first_seed(fraction: float, vote: Vote, facts: dict[str, Any]) -> Result:
    """The first seed so far."""
    return snapshot(fraction, [vote.measured()], facts | pictures(vote))


def snapshot(fraction: float, seeds: list[dict[str, Any]], facts: dict[str, Any]) -> Result:
    """The measurements of these seeds together."""
    together: dict[str, Any] = {name: np.array([one[name] for one in seeds], float) for name in seeds[0]}
    return Result(fraction=fraction, **together, **facts)
