"""Drawing the samples, and counting what their intervals hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from core.concepts.foundations.expectation.result import Pairs, Result
from core.concepts.foundations.expectation.settings import SIZES, Settings
from core.concepts.foundations.expectation.sources import source
from core.stats import Interval, mean_interval

SAMPLES = 10_000  # of the chosen size
FEWER = 4_000  # of every other size, and experiments of the two comparisons at the most
DRAWS = 1_500_000  # numbers at the most for the several comparisons
LONG = 10_000  # values of a long sample
MOST = 20  # comparisons
DRAWN = 100  # intervals in the picture


def run(settings: Settings) -> Result:
    """Everything on the page."""
    s = settings
    rng = [np.random.default_rng([s.seed, purpose]) for purpose in range(1, 6)]
    known, values = source(s)
    x = known.draw(rng[0], (SAMPLES, s.n))
    means, halves = intervals(x, s.level)
    shown = values[:2000]
    inside = np.abs(shown - means[:DRAWN, None]) <= np.nan_to_num(halves[:DRAWN, None], nan=-1.0)
    rows = []
    for n in SIZES:
        m, h = intervals(known.draw(rng[1], (FEWER, n)), s.level)
        coverage = float((np.abs(m - known.mean) <= np.nan_to_num(h, nan=-1.0)).mean())
        rows.append({"n": n, "error": float(np.sqrt(((m - known.mean) ** 2).mean())), "coverage": coverage})
    counts = np.unique(np.geomspace(1, LONG, 80).round().astype(int))
    long = known.draw(rng[2], (5, LONG)).cumsum(1) / np.arange(1, LONG + 1)
    several, experiments = alarms(s, rng[4])
    return Result(
        s, values, known.mean, known.deviation, known.skewness, x[0], means, halves, float(inside.mean()),
        pd.DataFrame(rows), long[:, counts - 1], counts, compare(s, rng[3]), several, experiments,
    )  # fmt: skip


def intervals(x: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and half of the width of the t interval of each row of x (R, n), both (R,); NaN where a row has no spread."""
    n = x.shape[1]
    means = x.mean(1)
    spread = np.sqrt(((x - means[:, None]) ** 2).sum(1) / (n - 1))
    halves = stdtrit(n - 1, (1 + level) / 2) * spread / np.sqrt(n)
    return means, np.where(spread > 1e-12 * np.maximum(1, np.abs(means)), halves, np.nan)


def compare(settings: Settings, rng: np.random.Generator) -> Pairs:
    """Experiments with two variants whose results on one seed are correlated, both normal with standard deviation 1; and
    the same experiments where the second variant is run on other seeds."""
    s, n = settings, settings.n
    shared, a, b, apart = rng.standard_normal((4, FEWER // 2, n))
    share, own = np.sqrt(s.correlation), np.sqrt(1 - s.correlation)
    a, b, apart = share * shared + own * a, share * shared + own * b + s.effect, apart + s.effect
    means, paired = intervals(b - a, s.level)
    others = apart.mean(1) - a.mean(1)
    variances = (a.var(1, ddof=1) + apart.var(1, ddof=1)) / n
    unpaired = stdtrit(2 * n - 2, (1 + s.level) / 2) * np.sqrt(variances)
    both = ((means, paired), (others, unpaired))
    found, wrong = ([float((np.abs(mean - at) > half).mean()) for mean, half in both] for at in (0.0, s.effect))
    first, half = float(others[0]), float(unpaired[0])
    return Pairs(
        (b - a)[0], mean_interval((b - a)[0], s.level), Interval(first, first - half, first + half, n, s.level),
        float(paired.mean() / unpaired.mean()), (found[0], found[1]), (1 - wrong[0], 1 - wrong[1]),
    )  # fmt: skip


def alarms(settings: Settings, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Share of the experiments in which some interval leaves zero out though no variant differs, for 1 to MOST variants
    compared with one reference, without and with Bonferroni's correction (2, MOST); and how many experiments there were."""
    s, n = settings, settings.n
    experiments = min(FEWER, DRAWS // ((MOST + 1) * n))
    x = rng.standard_normal((experiments, MOST + 1, n))
    d = x[:, 1:] - x[:, :1]  # (experiments, MOST, n) paired with the reference
    t = np.abs(d.mean(2)) / (d.std(2, ddof=1) / np.sqrt(n))
    largest = np.maximum.accumulate(t, 1)  # of the first 1, 2, ... comparisons
    miss = 1 - s.level
    limits = [stdtrit(n - 1, 1 - miss / 2 / m) for m in (np.ones(MOST), np.arange(1, MOST + 1))]
    return np.stack([(largest > limit).mean(0) for limit in limits]), experiments
