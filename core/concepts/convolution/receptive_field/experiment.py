"""Poking, gradients, training and shifting, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.concepts.convolution.receptive_field.result import Result
from core.concepts.convolution.receptive_field.seeing import DEPTHS, STARTS, gradients, growing, poke
from core.concepts.convolution.receptive_field.settings import VARIANTS, Settings
from core.concepts.convolution.receptive_field.shifting import TESTED, WATCHED, Learner, canvas
from core.data.images import digits
from core.engine.pieces import relay
from core.progress import Step

POKING, GROWING = 0.05, 0.15  # share of the run that is done after each


def run(settings: Settings) -> Iterator[Step[Result]]:
    """A Step after some pokes, each depth, each training step and each test."""
    s, result = settings, Result(settings)
    for before, change in poke(s, result.unit):
        result = replace(result, before=before, change=change)
        yield _step(result, POKING * float(np.isfinite(change).mean()), "poking")
    found: dict[int, list[float]] = {}
    for depth, stds in growing(s.seed):
        found[depth] = [*found.get(depth, []), *stds]
        complete = {d: np.array(values) for d, values in found.items() if len(values) == STARTS}
        result = replace(result, spread=complete)
        yield _step(result, POKING + (GROWING - POKING) * sum(map(len, found.values())) / (STARTS * len(DEPTHS)))
    data = digits()
    learners = [Learner(s, variant, data) for variant in s.variants]
    result = replace(result, shown=next((v for v in s.variants if VARIANTS[v][0]), s.variants[0]))
    watched = canvas(data.validation.x[:WATCHED])
    for learner in learners:
        yield from relay(learner.begin(), _step(result, GROWING, "models"))
    shown = next(learner for learner in learners if learner.variant == result.shown)
    first = yield from relay(gradients(s, shown.variant, shown.models, watched), _step(result, GROWING))
    for step in range(s.steps):
        at = _step(result, GROWING + (0.95 - GROWING) * step / s.steps)
        for learner in learners:
            yield from relay(learner.train(step), at)
            yield at
        if (step + 1) % max(1, s.steps // 4) == 0 and step + 1 < s.steps:
            result = replace(result, step=step + 1)
            for learner in learners:
                tested = yield from relay(learner.test(WATCHED), at)
                result = _with(result, learner.variant, tested)
    result = replace(result, step=s.steps)
    for learner in learners:
        tested = yield from relay(learner.test(TESTED), _step(result, 0.95, "testing"))
        result = _with(result, learner.variant, tested)
        yield _step(result, 0.97, "testing")
    seeing = gradients(s, shown.variant, shown.models, watched)
    last = yield from relay(seeing, _step(result, 0.97, "testing"))
    result = replace(result, maps=(first[0], last[0]), stds=(first[1], last[1]))
    for learner in learners:
        found_sizes = yield from relay(learner.sizes(), _step(result, 0.98, "testing"))
        result = replace(result, sizes=result.sizes | {learner.variant: found_sizes})
    yield _step(result, 1.0)


def _step(result: Result, fraction: float, doing: str = "") -> Step[Result]:
    shown = replace(result, fraction=fraction)
    return Step(fraction, lambda: shown, doing)


def _with(result: Result, variant: str, tested: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Result:
    accuracy, right, drift = tested
    return replace(
        result,
        accuracy=result.accuracy | {variant: accuracy},
        right=result.right | {variant: right},
        drift=result.drift | {variant: drift},
    )
