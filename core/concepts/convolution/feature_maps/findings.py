"""Whether random starts find the same kernels, and what a kernel does to a picture."""

from __future__ import annotations

import numpy as np

from core.concepts.convolution.feature_maps.look import Look
from core.concepts.convolution.feature_maps.matching import smoothness
from core.concepts.convolution.feature_maps.result import Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

SAME = 0.9  # correlation from which two networks count as having the same kernels
ALIKE = 0.7  # correlation from which two kernels count as the same stroke
TROUBLES = {f.key: f for f in (Finding("kernel_rows"), Finding("kernel_numbers"), Finding("kernel_large"))}
LEVEL = 1 - 0.05 / 2  # each of two comparisons, so that both hold 95 times in 100


def gains(result: Result) -> dict[str, Interval]:
    """Correlation of matched trained kernels minus that of scrambled ones, and minus that at initialisation, paired."""
    return {
        name: mean_interval(result.trained - getattr(result, name), LEVEL, bounds=(-2, 2)) for name in ("scrambled", "untrained")
    }  # fmt: skip


def recurring(result: Result) -> int:
    """How many kernels of the first seed have a partner of at least ALIKE in half of the other seeds."""
    return int(((result.similarity[1:] >= ALIKE).mean(0) >= 0.5).sum())


def findings(result: Result) -> list[Finding]:
    """The verdict first: do different random starts find the same kernels?"""
    s, change = result.settings, gains(result)
    trained, scrambled, untrained = (float(v.mean()) for v in (result.trained, result.scrambled, result.untrained))
    sign, same = change["scrambled"].sign, trained > SAME
    verdict = Finding(
        "same" if sign > 0 and same else "partly" if sign > 0 else "less_alike" if sign < 0 else "no_more_alike",
        trained=trained, scrambled=scrambled, effect=change["scrambled"], pairs=len(result.trained),
    )  # fmt: skip
    sign = change["untrained"].sign
    found = [
        verdict,
        Finding(
            {1: "learnt", 0: "learnt_unclear", -1: "learnt_less"}[sign],
            untrained=untrained,
            trained=trained,
            effect=change["untrained"],
        ),
    ]
    found.append(Finding("recurring", count=recurring(result), kernels=s.kernels, alike=ALIKE))
    before, after = smoothness(result.start), smoothness(result.kernels)
    found.append(Finding("smoother" if after > before + 0.1 else "not_smoother", before=before, after=after))
    low, high = float(result.accuracy.min()), float(result.accuracy.max())
    found.append(Finding("accuracy", low=low, high=high, rows=result.validation_rows, seeds=s.seeds))
    return found  # fmt: skip


def score(result: Result) -> Finding:
    """Correlation and accuracy, for a table."""
    return Finding("score", trained=float(result.trained.mean()), accuracy=float(result.accuracy.mean()))


def difference(a: Result, b: Result) -> Finding:
    """The correlation of matched kernels in `a` minus that in `b`, paired where the seeds are the same."""
    if (a.settings.seeds, a.settings.seed) != (b.settings.seeds, b.settings.seed):
        return Finding("not_paired")
    return Finding("difference", change=mean_interval(a.trained - b.trained), pairs=len(a.trained))


def describe(look: Look, row: int, column: int) -> list[Finding]:
    """What the kernel does at a place (counted from 0), and to the picture."""
    _, kernel, products = look.products(row, column)
    found = [TROUBLES[look.trouble]] if look.trouble else []
    total, after = float(products.sum()), float(look.activated[row, column])
    changed = abs(after - total) > 1e-9
    numbers = {"count": products.size, "sum": total, "after": after, "row": row + 1, "column": column + 1}
    found.append(Finding("pixel_changed" if changed else "pixel", activation=look.view.activation, **numbers))
    total = float(kernel.sum())
    found.append(
        Finding("sum_zero" if abs(total) < 1e-9 else "sum_one" if abs(total - 1) < 1e-9 else "sum_other", total=total)
    )
    return found  # fmt: skip


def _same(result: Result) -> Grade:
    change = gains(result)["scrambled"]
    trained = float(result.trained.mean())
    right = 0 if trained > SAME and change.sign > 0 else 1 if change.sign > 0 else 2
    return right, {"trained": trained, "scrambled": float(result.scrambled.mean()), "effect": change}


def _spread(result: Result) -> float:
    return float(np.ptp(result.accuracy))


QUESTIONS = (
    Question("same", {}, _same),
    Question.nearest("decay", {"weight_decay": 0.0}, lambda r: smoothness(r.kernels), (0.0, 0.5, 0.75)),
    Question.nearest("spread", {}, _spread, (0.02, 0.1, 0.3)),
    Question.nearest("few", {"kernels": 4}, lambda r: float(r.accuracy.mean()), (0.3, 0.6, 0.9)),
)
