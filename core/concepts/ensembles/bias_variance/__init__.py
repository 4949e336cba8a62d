"""Bias and variance: what bagging, boosting and stacking each lower, measured over many training sets.

Idea: train the same learner on many training sets and let it predict the same points. How far the mean prediction lies from
the truth is its bias, how much the predictions differ its variance; what cannot be predicted is noise. All learners see the
same training sets, so their terms are compared in pairs. The networks of all training sets are trained as one stack.
Sources: Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma" (1992), for squared error; Domingos,
"A Unified Bias-Variance Decomposition" (2000), for shares of errors; Breiman, "Bagging Predictors" (1996); Friedman, "Greedy
Function Approximation" (2001).
What to expect: bagging lowers the variance of a deep tree and hardly moves its bias; boosting lowers the bias of a shallow one.
CPU seconds: 6 at the defaults (40 training sets of 80 rows, ten learners).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from core.concepts.ensembles.bias_variance.findings import QUESTIONS, difference, findings, score
from core.concepts.ensembles.bias_variance.result import Result
from core.concepts.ensembles.bias_variance.settings import PRESETS, Settings

if TYPE_CHECKING:
    import numpy as np

    from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train every learner on every training set and take the errors apart."""
    from core.concepts.ensembles.bias_variance.experiment import run as steps

    return steps(settings)


def examples(settings: Settings) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]] | None:
    """The line x (L,), the true function (L,) and two training sets; None where there is no function of one input."""
    from core.data.problems import problem

    p = problem(settings)
    if p.curve is None or p.drawn.shape[1] > 1:
        return None
    return p.drawn[:, 0], p.curve, [(x[:, 0], y) for x, y in (p.draw(0), p.draw(1))]


def frame(result: Result) -> pd.DataFrame:
    """One row per learner and term, with its interval."""
    rows = []
    for name, terms in result.terms.items():
        for term in terms.values:
            interval = terms.interval(term)
            rows.append((name, term, terms.values[term], interval.low, interval.high))
    return pd.DataFrame(rows, columns=["learner", "term", "value", "low", "high"])


__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "examples", "findings", "frame", "run", "score"]
