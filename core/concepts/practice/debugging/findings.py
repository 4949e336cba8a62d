"""What a run shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.practice.debugging.result import Result
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, mean_interval


def error(result: Result) -> Interval:
    """Mean distance from the truth."""
    return mean_interval(np.abs(result.means))


def findings(result: Result) -> list[Finding]:
    """The verdict first: how far the means lie from the truth."""
    return [Finding("error", error=error(result), n=result.settings.n)]


def score(result: Result) -> Finding:
    """The distance, for a table."""
    return Finding("score", error=error(result))


def difference(a: Result, b: Result) -> Finding:
    """Distance of `a` minus that of `b`; other samples, so not paired."""
    return Finding("difference", change=float(np.abs(a.means).mean() - np.abs(b.means).mean()))


QUESTIONS = (
    Question.nearest("hundred", {}, lambda result: error(result).mean, (0.01, 0.08, 0.5)),
    Question.nearest("ten", {"n": 10}, lambda result: error(result).mean, (0.03, 0.25, 0.9)),
    Question.nearest("thousand", {"n": 1000}, lambda result: error(result).mean, (0.001, 0.025, 0.1)),
)
