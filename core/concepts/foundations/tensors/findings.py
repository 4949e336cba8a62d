"""What a pair of shapes gives, and what a shape that fits by mistake does to a training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.concepts.foundations.tensors.result import Result, Shape
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval


def written(shape: Sequence[int]) -> str:
    """A shape as Python writes it."""
    return str(tuple(shape))


def effect(result: Result) -> Interval:
    """Error with the silent loss minus that with the right one, paired by seed."""
    t = result.trap
    return mean_interval(t.error(t.silent) - t.error(t.right))


def findings(result: Result) -> list[Finding]:
    """The verdict first: the shape of the result, or where the shapes do not fit."""
    s, t = result.settings, result.trap
    shapes = {"a": written(s.shape_a), "b": written(s.shape_b)}
    found: list[Finding] = []
    if result.c is None:
        at, one, two = misfit(s.shape_a, s.shape_b)
        found += [Finding("misfit", place=at, one=one, two=two, **shapes), Finding("message", error=result.error)]
    else:
        numbers = {"shape": written(result.c.shape), "count": result.c.size, "operation": s.operation, **shapes}
        both = result.copied("a").any() and result.copied("b").any()
        one = bool(result.copied("a").any() or result.copied("b").any())
        found.append(Finding("both_stretch" if both else "one_stretches" if one else "same_shape", **numbers))
        if result.total is None:
            found.append(Finding("no_axis", axis=s.axis, rank=result.c.ndim, error=result.axis_error))
        else:
            found.append(
                Finding("summed", axis=s.axis, before=written(result.c.shape), after=written(result.total.shape))
            )
    errors = {"right": float(t.error(t.right).mean()), "silent": float(t.error(t.silent).mean())}
    change = effect(result)
    told = errors | {"effect": change, "seeds": s.seeds, "points": s.points}
    found.append(Finding({1: "trap_hurts", 0: "trap_unclear", -1: "trap_helps"}[change.sign], **told))
    found.append(Finding("flat", silent=spread(t.silent), right=spread(t.right), mean=float(t.y.mean())))
    n = result.norms
    found.append(Finding("norms", one=n["1"], two=n["2"], p=s.p, other=n["p"], most=n["inf"], fro=n["fro"]))
    return found


def misfit(a: Shape, b: Shape) -> tuple[int, int, int]:
    """The first place from the right where two shapes do not fit, counted from 1, and both sizes there."""
    for place, (one, two) in enumerate(zip(reversed(a), reversed(b), strict=False), 1):
        if one != two and 1 not in (one, two):
            return place, one, two
    raise ValueError("the shapes fit")


def spread(predictions: np.ndarray) -> float:
    """Standard deviation of a network's predictions over the grid, mean over the seeds."""
    return float(predictions.std(1).mean())


def score(result: Result) -> Finding:
    """The shapes, for a table."""
    s = result.settings
    shape = "–" if result.c is None else written(result.c.shape)
    return Finding("score", a=written(s.shape_a), b=written(s.shape_b), shape=shape)


def difference(a: Result, b: Result) -> Finding:
    """The cost of the silent loss in `a` minus that in `b`; paired where seeds and points are the same."""
    one, two = a.settings, b.settings
    if (one.seeds, one.seed) != (two.seeds, two.seed):
        return Finding("not_paired")
    costs = [r.trap.error(r.trap.silent) - r.trap.error(r.trap.right) for r in (a, b)]
    return Finding(
        "difference", change=mean_interval(costs[0] - costs[1]), seeds=one.seeds, now=score(a), then=score(b)
    )


def _shape_of(key: str, choices: Sequence[Shape | None]) -> Question:
    """A puzzle: which of these shapes the expression has, None for an error."""

    def grade(result: Result) -> Grade:
        puzzle = result.puzzles[key]
        told = Finding("gives_error")
        if puzzle.shape is not None:
            numbers = {"values": puzzle.values} if puzzle.values else {}
            told = Finding("gives_numbers" if numbers else "gives", shape=written(puzzle.shape), **numbers)
        return list(choices).index(puzzle.shape), {"given": told}

    return Question(key, {}, grade)


QUESTIONS = (
    _shape_of("sum_rows", ((5,), (4,), (1, 4), (5, 1))),
    _shape_of("keepdim", ((5,), (1, 4), (5, 1), (4, 1))),
    _shape_of("row_minus_column", ((6,), (6, 1), (6, 6), None)),
    _shape_of("mean_per_row", ((4, 3), (4,), (4, 4, 3), None)),
    _shape_of("cube", ((2, 3, 4), (2, 1, 4), (3, 4), None)),
    _shape_of("distances", ((7, 5, 2), (7, 5), (7, 2), None)),
    Question.nearest(
        "trap", {}, lambda result: spread(result.trap.silent) / spread(result.trap.right), (1.0, 0.5, 0.0)
    ),
)
