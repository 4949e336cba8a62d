"""The pictures of an ablation, made from its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.generalization.ablation_network import BARE, FULL, only, without
from core.figures import effects

if TYPE_CHECKING:
    from core.concepts.generalization.ablation import Result
    from core.stats import Interval

BLUE, ORANGE, GREEN = range(3)
UNIT = "points of test accuracy"


def _sorted(title: str, rows: dict[str, tuple[Interval, np.ndarray]]) -> dict[str, Any]:
    ordered = sorted(rows.items(), key=lambda row: -row[1][0].mean)
    hue = lambda i: GREEN if i.low > 0 else ORANGE if i.high < 0 else BLUE  # noqa: E731
    return effects.dots(title, [(name, i, values, hue(i)) for name, (i, values) in ordered], UNIT)


def in_company(r: Result) -> dict[str, Any]:
    """What is lost when a part is taken out, the most on top."""
    rows = {p: (r.within(p), r.test[FULL] - r.test[without(p)]) for p in r.settings.chosen}
    return _sorted("Worth in the full recipe", rows)


def by_itself(r: Result) -> dict[str, Any]:
    """What is gained when a part is added to the bare network."""
    return _sorted("Worth alone", {p: (r.alone(p), r.test[only(p)] - r.test[BARE]) for p in r.settings.chosen})


def interactions(r: Result) -> dict[str, Any]:
    """The one beside the other, the greatest difference on top."""
    ordered = sorted(r.settings.chosen, key=lambda p: -abs(r.interaction(p).mean))
    rows = [(p, r.alone(p).mean, r.within(p).mean, r.interaction(p).clear_of_zero) for p in ordered]
    return effects.pairs("Alone, and in company", ("alone", "in the full recipe"), rows, UNIT)
