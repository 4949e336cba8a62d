"""The run: folds and their estimates, coin-flippers, then networks on one data set after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial

import numpy as np

from core.concepts.generalization.validation.choosing import coin_optimism
from core.concepts.generalization.validation.folds import estimate
from core.concepts.generalization.validation.networks import train
from core.concepts.generalization.validation.result import Coins, Draw, Result
from core.concepts.generalization.validation.settings import Settings
from core.engine.pieces import relay
from core.engine.random import key
from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Estimate, then train; a Step after every step of the networks, or after a part of one where that takes long."""
    s = settings
    started: Step[Result] = Step(0.0, doing="folds")
    yield started
    folds, spread = yield from relay(estimate(s), started)
    coins = yield from relay(toss(s), started)
    draws: list[Draw] = []
    for number in range(s.sets):
        networks = train(s, number)
        while True:
            try:
                share = next(networks)
            except StopIteration as end:
                draws.append(end.value)
                break
            # The very end is left to the Step with the last data set in it.
            fraction = min((number + share) / s.sets, 0.999)
            yield Step(fraction, partial(Result, s, fraction, folds, spread, coins, tuple(draws)))
    yield Step(1.0, partial(Result, s, 1.0, folds, spread, coins, tuple(draws)))


def toss(settings: Settings) -> Generator[None, None, Coins]:
    """Simulates the coin-flippers, yielding between the numbers of rows."""
    s = settings

    def optimism(rows: int) -> np.ndarray:
        return coin_optimism(rows, s.M, np.random.default_rng(key(s.seed, f"coins {rows}")))

    by_count = {}
    for rows in s.row_counts:
        by_count[rows] = optimism(rows)
        yield
    return Coins(s.n, s.M, by_count[s.n], {rows: of_each[:, -1] for rows, of_each in by_count.items()})
