"""Training every learner on training set after training set, then a network on each, and taking the errors apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from core.concepts.ensembles.bias_variance import network
from core.concepts.ensembles.bias_variance.result import NETWORK, Result
from core.concepts.ensembles.bias_variance.settings import Settings
from core.data.problems import Problem, TrainingSet, problem
from core.decomposition import DRAWS, Terms, squared, zero_one
from core.engine.ensembles import LEARNERS, STAGED
from core.engine.pieces import finish, relay
from core.progress import Step

TREES_SHARE = 0.8  # of the run; the networks are the rest


@dataclass
class Predictions:
    """What has been predicted so far."""

    sets: list[TrainingSet] = field(default_factory=list)  # the training sets
    labels: list[np.ndarray] = field(default_factory=list)  # (T,) labels of the test points, drawn anew for each set
    # learner -> predictions (T + L,) after each training set
    by_learner: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    # ensemble -> predictions (stages, T) after each training set
    by_stage: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))


def run(s: Settings) -> Iterator[Step[Result]]:
    """A Step after every learner, and in the middle of one that takes long."""
    yield Step(0.0, doing="data")
    p = problem(s)
    done = Predictions()
    C, q, T = len(p.classes), np.concatenate([p.test, p.drawn]), len(p.test)
    total = s.resamples * len(LEARNERS)
    result = None
    for r in range(s.resamples):
        x, y = p.draw(r)
        done.sets.append((x, y))
        done.labels.append(p.label(np.random.default_rng([s.seed, 4, r])))
        for i, (name, learn) in enumerate(LEARNERS.items()):
            fraction = TREES_SHARE * (r * len(LEARNERS) + i) / total
            here: Step[Result] = Step(fraction, result, "training")
            scores = yield from relay(learn(x, y, s, C, np.random.default_rng([s.seed, 3, r, i]), q), here)
            scores = np.asarray(scores)
            predicted = scores.argmax(-1).astype(np.uint8) if C else scores
            done.by_learner[name].append(predicted[-1] if name in STAGED else predicted)
            if name in STAGED:
                done.by_stage[name].append(predicted[:, :T])
            yield here
        if r >= 2:
            result = partial(so_far, s, p, done, r + 1, TREES_SHARE * (r + 1) / s.resamples)
            yield Step(TREES_SHARE * (r + 1) / s.resamples, result)
    x, y = (np.stack(part) for part in zip(*done.sets, strict=True))
    seeds = range(s.seed, s.seed + s.resamples)
    models = None
    for share, models in network.train(x, y, s.width, s.epochs, C, seeds):  # noqa: B007
        yield Step(TREES_SHARE + 0.19 * share, result)
    assert models is not None
    predicted = yield from relay(network.predictions(models, q, C), Step(0.99, result))
    done.by_learner[NETWORK] = list(predicted.astype(np.uint8) if C else predicted)
    final = yield from relay(decomposed(s, p, done, s.resamples, 1.0, DRAWS), Step(0.99, result))
    yield Step(1.0, lambda: final)


def so_far(s: Settings, p: Problem, done: Predictions, R: int, fraction: float) -> Result:
    """The result of the first R training sets, without intervals that take long."""
    return finish(decomposed(s, p, done, R, fraction, 0))


def decomposed(
    s: Settings, p: Problem, done: Predictions, R: int, fraction: float, draws: int
) -> Generator[None, None, Result]:
    """Takes the errors of every learner apart, with a pause after each."""
    T, y, C = len(p.test), np.array(done.labels[:R]), len(p.classes)
    terms: dict[str, Terms] = {}
    measured, drawn, right, agreed = {}, {}, {}, {}
    for name, rows in done.by_learner.items():
        whole = np.array(rows[:R])
        at = whole[:, :T]
        terms[name] = taken_apart(s, p, at, draws)
        measured[name] = ((at != y) if C else (at - y) ** 2).mean(1)
        drawn[name] = whole[:, T:]
        if C:
            votes = (at[:, :, None] == np.arange(C)).sum(0)
            right[name] = (at == p.best).mean(0)
            agreed[name] = votes.argmax(1) == p.best
        yield
    staged: dict[str, Mapping[str, np.ndarray]] = {}
    for name, rows in done.by_stage.items():
        steps = [taken_apart(s, p, at, 0).values for at in np.moveaxis(np.array(rows[:R]), 1, 0)]
        staged[name] = {term: np.array([step[term] for step in steps]) for term in steps[0]}
        yield
    facts: dict[str, Any] = {"classes": p.classes, "best": p.best, "noise": p.noise, "n": p.n, "pool": p.pool}
    facts |= {"x": p.drawn, "axes": p.axes, "curve": p.curve, "samples": tuple(done.sets[:2])}
    facts |= {"right": right, "agreed": agreed, "drawn": drawn}
    return Result(s, fraction, R, **facts, terms=terms, measured=measured, staged=staged)


def taken_apart(s: Settings, p: Problem, predictions: np.ndarray, draws: int) -> Terms:
    """The terms of the error of predictions (R, T)."""
    if not p.classes:
        return squared(predictions, p.best, s.noise**2)
    return zero_one(predictions, p.best, p.noise, len(p.classes), s.seed, draws)
