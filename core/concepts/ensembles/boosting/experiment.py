"""Boosting of one seed after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from core.concepts.ensembles.boosting.loops import log_odds
from core.concepts.ensembles.boosting.one_seed import Boosted, attentions, boost, data, pieces, rounds_of
from core.concepts.ensembles.boosting.result import GRID, Result
from core.concepts.ensembles.boosting.settings import Settings
from core.data.points import plot_axes
from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Boost; a Step after every round, with a result after every seed."""
    s = settings
    yield Step(0.0, doing="data")
    facts: dict[str, Any] = {}
    seeds: list[dict[str, Any]] = []  # measurements of those that are done
    for r in range(s.seeds):
        work = boost(s, s.seed + r)
        done = 0
        while True:
            try:
                next(work)
            except StopIteration as end:
                measured, ada, boosted = end.value
                break
            done += 1
            yield Step((r + min(done / (pieces(s) + 1), 0.999)) / s.seeds, doing="" if seeds else "first_seed")
        seeds.append(measured)
        if r == 0:
            facts = first_seed(s, ada, boosted)
        fraction = (r + 1) / s.seeds
        yield Step(fraction, partial(snapshot, fraction, list(seeds), facts))


def first_seed(s: Settings, ada: Boosted, boosted: Boosted) -> dict[str, Any]:
    """What a Result keeps of the first seed for its pictures."""
    table, y, wrong = data(s, s.seed)
    axes, points = None, None
    if table.kind == "points":
        axes = plot_axes(table.train.x, GRID)
        points = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(np.float32)
    weights, residuals = attentions(ada, boosted, len(y))
    return {
        "settings": s,
        "table": replace(table, train=table.train._replace(y=y)),
        "mislabelled": wrong,
        "rounds": (
            rounds_of(ada, weights, 0.0, points),
            rounds_of(boosted, residuals, log_odds(y), points),
        ),
        "tree_errors": np.array([one.error for one in ada.rounds]),
        "learner_weights": np.array([one.alpha for one in ada.rounds]),
        "axes": axes,
    }


def snapshot(fraction: float, seeds: list[dict[str, Any]], facts: dict[str, Any]) -> Result:
    """The measurements of these seeds together."""
    together: dict[str, Any] = {name: np.array([one[name] for one in seeds]) for name in seeds[0]}
    return Result(fraction=fraction, **together, **facts)
