"""Bagging: many trees or networks, each trained on its own bootstrap sample of the training rows, and a majority vote.

Idea: a sample takes n rows from n with replacement, so a row may come several times or never: (1 - 1/n)^n of them, about
36.8 %, are left out. The left-out rows are new to that member, so they give an error without any held-out data: out of bag.
Where each split may only use a few features drawn at random, the trees differ more: a random forest.
Sources: Breiman, "Bagging Predictors" (1996) and "Random Forests" (2001).
What to expect: on 200 noisy moons the vote of 100 trees misclassifies about 11 %, a single tree 13 %; stumps gain nothing.
CPU seconds: 1 at the defaults (100 trees, 8 seeds, 200 points) on one core; breast cancer 2; 30 networks on 60 points 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.concepts.ensembles.bagging.findings import QUESTIONS, difference, findings, score, sealed
from core.concepts.ensembles.bagging.result import Result
from core.concepts.ensembles.bagging.settings import PRESETS, Settings

if TYPE_CHECKING:
    import pandas as pd

    from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train the members of every seed, and let them vote."""
    from core.concepts.ensembles.bagging.experiment import run as steps

    return steps(settings)


def frame(result: Result) -> pd.DataFrame:
    """The error of every seed and number of members, a row each."""
    import numpy as np
    import pandas as pd

    errors = np.stack([result.vote_error, result.oob_error], -1)  # (R, M, 2)
    seeds, members, _ = errors.shape
    first = result.settings.seed
    rows = [range(first, first + seeds), range(1, members + 1), ("validation", "out of bag")]
    index = pd.MultiIndex.from_product(rows, names=["seed", "members", "split"])
    return pd.DataFrame({"error": errors.ravel()}, index=index).reset_index()


__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "frame", "run", "score", "sealed"]
