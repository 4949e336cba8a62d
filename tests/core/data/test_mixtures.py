"""Mixtures of Gaussians, and how much of one a set of samples has found."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.mixtures import coverage, mixture
from core.data.strokes import Stroke, encode

LINE = encode([Stroke(0, np.array([[10, 128], [245, 128]]))])


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25), ("drawn", 8)])
def test_the_distribution_itself_covers_every_mode(name: str, modes: int) -> None:
    centres, mode = mixture(name, 8, 5, LINE)
    assert sorted(set(mode)) == list(range(modes))
    rng = np.random.default_rng(0)
    x = centres[rng.integers(len(centres), size=2000)] + 0.1 * rng.standard_normal((2000, 2))
    found, quality = coverage(x, centres, mode, 0.1)
    assert found.all() and quality > 0.988  # 1 - exp(-9/2) of a round Gaussian lies within three sigma
    if name != "drawn":
        assert quality == pytest.approx(1 - np.exp(-4.5), abs=0.006)


def test_the_centres_lie_where_they_should() -> None:
    ring, _ = mixture("ring", 8, 5, LINE)
    assert np.allclose(np.hypot(*ring.T), 2) and np.allclose(ring.mean(0), 0, atol=1e-6)
    grid, _ = mixture("grid", 8, 5, LINE)
    assert sorted(set(grid[:, 0])) == [-2, -1, 0, 1, 2]
    line, mode = mixture("drawn", 8, 5, LINE)
    assert np.ptp(line[:, 1]) == 0 and np.ptp(line[:, 0]) > 3.5
    order = mode[np.argsort(line[:, 0])]
    assert (np.diff(order) != 0).sum() == 7  # each part in one piece


def test_a_mode_counts_from_a_quarter_of_its_due() -> None:
    centres, mode = mixture("ring", 4, 5, LINE)
    some = np.repeat(centres, [900, 64, 31, 5], 0)  # of 1,000; a quarter of the due is 62.5
    found, quality = coverage(some, centres, mode, 0.1)
    assert found.tolist() == [True, True, False, False] and quality == 1


def test_what_lies_between_the_modes_or_nowhere_counts_for_none() -> None:
    centres, mode = mixture("ring", 8, 5, LINE)
    for x in (np.zeros((50, 2)), np.full((50, 2), np.nan), np.full((50, 2), np.inf)):
        found, quality = coverage(x, centres, mode, 0.1)
        assert not found.any() and quality == 0
    dot, mode = mixture("drawn", 8, 5, encode([Stroke(0, np.array([[100, 100]]))]))
    assert set(mode) == {0} and coverage(dot, dot, mode, 0.1)[0].all()
