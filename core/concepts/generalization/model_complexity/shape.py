"""The shape of an error over sizes: whether it falls, rises again, or falls twice.

Sizes are picked and compared on the same training sets, so every level is divided by the number of comparisons that could
have been made (Bonferroni): a flat error is then called rising as rarely as the level says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.generalization.model_complexity.result import Sweep
from core.concepts.generalization.model_complexity.tasks import ONE_INPUT
from core.stats import Interval, mean_interval

CAP = 1.0  # the variance of the function. Single training sets can be off by millions; an excess above counts as this much
SMALLEST = 0.001  # differences of which the page would show nothing


@dataclass(frozen=True)
class Descent:
    """An error that may fall, rise to a peak and fall again. Places are numbers of sizes."""

    before: int  # of the lowest error before the peak
    peak: int
    first: bool  # whether the error clearly falls to `before`
    up: bool  # whether it clearly rises from there to the peak
    down: bool  # whether it clearly falls from the peak to the end

    @property
    def double(self) -> bool:
        return self.first and self.up and self.down


def higher(sweep: Sweep, i: int, j: int, comparisons: int) -> bool:
    """Whether the expected error at size i is clearly higher than at size j, at 5 % over so many comparisons.

    One-sided and paired over the training sets. A capped excess is never above the excess, so what is shown for the one
    holds for the other.
    """
    excess = np.minimum(sweep.errors(i) - sweep.errors(j), CAP)
    # Training sets that agree could still be followed by one that does not: of n, the next one as by a share of 1 / n.
    floor = max(SMALLEST, abs(float(excess.mean())) / len(excess))
    return mean_interval(excess, 1 - 2 * 0.05 / comparisons, rows=1 / floor).low > 0


def apart(sweep: Sweep, i: int, j: int, comparisons: int = 1) -> Interval:
    """How far the expected error at size i lies above that at size j."""
    return sweep.terms[i].interval("error", 1 - 0.05 / comparisons, sweep.terms[j])


def rises(sweep: Sweep) -> bool:
    """Whether the error at the last size is clearly higher than the lowest one."""
    last = len(sweep.sizes) - 1
    return higher(sweep, last, sweep.best, len(ONE_INPUT) * last)


def falls(sweep: Sweep) -> bool:
    """Whether the lowest error is clearly lower than the error at the first size."""
    return higher(sweep, 0, sweep.best, len(ONE_INPUT) * (len(sweep.sizes) - 1))


def peak_at(sweep: Sweep, peak: int) -> Descent:
    """The descents around a peak whose place was known beforehand."""
    before = int(sweep.values("error")[:peak].argmin())
    return _descent(sweep, before, peak, peak)


def highest_peak(sweep: Sweep) -> Descent:
    """The descents around the highest error between the ends."""
    errors, places = sweep.values("error"), len(sweep.sizes)
    peak = 1 + int(errors[1:-1].argmax())
    before = int(errors[:peak].argmin())
    pairs = (places - 2) * (places - 1) // 2  # of a peak between the ends and a place before it
    return _descent(sweep, before, peak, pairs)


def _descent(sweep: Sweep, before: int, peak: int, pairs: int) -> Descent:
    # All of them have to hold for a double descent, so they need no correction for one another.
    return Descent(
        before,
        peak,
        first=before > 0 and higher(sweep, 0, before, pairs),
        up=higher(sweep, peak, before, pairs),
        down=higher(sweep, peak, len(sweep.sizes) - 1, pairs),
    )
