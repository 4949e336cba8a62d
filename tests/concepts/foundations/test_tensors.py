"""Tensors: shapes against NumPy and PyTorch, sums, norms, and the loss that broadcasts by mistake."""

from __future__ import annotations

import dataclasses
import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from scipy import stats

from core import text
from core.concepts.foundations import tensors
from core.concepts.foundations.tensors import Result, Settings, figures, plain
from core.concepts.foundations.tensors.experiment import PUZZLES, network, points
from core.concepts.foundations.tensors.findings import effect, misfit, spread
from core.concepts.foundations.tensors.settings import PRESETS

WORDS = text.of("foundations/tensors")
MISFIT = {"a2": 4, "a1": 3, "b1": 4}


@pytest.fixture(scope="module")
def result() -> Result:
    return tensors.run(Settings())


def keys(result: Result) -> list[str]:
    return [f.key for f in tensors.findings(result)]


sizes = st.fixed_dictionaries(
    {f"rank_{t}": st.integers(0, 3) for t in "ab"}
    | {f"{t}{i}": st.integers(1, 3 if i == 3 else 6) for t in "ab" for i in (1, 2, 3)}
)
axes = st.sampled_from(("0", "1", "2", "all"))


@given(sizes, st.sampled_from(("plus", "minus", "times")), axes, st.booleans())
@given_settings(max_examples=60, deadline=None)
def test_every_pair_of_shapes_gives_what_numpy_gives(
    change: dict[str, int], operation: str, axis: str, keep: bool
) -> None:
    result = tensors.run(Settings(**change, operation=operation, axis=axis, keepdim=keep))
    s = result.settings
    a = np.arange(math.prod(s.shape_a)).reshape(s.shape_a)
    b = 10 * np.arange(math.prod(s.shape_b)).reshape(s.shape_b)
    try:
        expected = {"plus": np.add, "minus": np.subtract, "times": np.multiply}[operation](a, b)
    except ValueError:
        assert result.c is None and "must match" in result.error and keys(result)[:2] == ["misfit", "message"]
        place, one, two = misfit(s.shape_a, s.shape_b)
        assert (s.shape_a[-place], s.shape_b[-place]) == (one, two) and one != two and 1 not in (one, two)
        assert f"({one})" in result.error and f"({two})" in result.error
        return
    assert result.c is not None and np.array_equal(result.c, expected) and result.c.shape == expected.shape
    for which, own in (("a", a), ("b", b)):
        assert np.array_equal(result.stretched(which), np.broadcast_to(own, expected.shape))
        assert (~result.copied(which)).sum() == own.size  # every number once, the others are copies
        assert np.array_equal(result.stretched(which)[~result.copied(which)], own.ravel())
    along = None if axis == "all" else int(axis)
    if expected.ndim == 0 or along is None or along < expected.ndim:
        if along is None or along < max(1, expected.ndim):
            total = expected.sum(along if expected.ndim else None, keepdims=keep)
            assert result.total is not None and np.array_equal(result.total, total)
            assert result.total.shape == total.shape or expected.ndim == 0
    else:
        assert result.total is None and "no_axis" in keys(result) and "out of range" in result.axis_error


def test_sums_remove_the_axis_or_keep_it_with_size_one() -> None:
    x = torch.arange(20).reshape(5, 4)
    assert x.sum(0).tolist() == [40, 45, 50, 55] and x.sum(1, keepdim=True).shape == (5, 1)
    one = tensors.run(Settings(a2=5, a1=4, rank_b=0, operation="plus", axis="0"))
    assert one.total is not None and one.total.tolist() == [40, 45, 50, 55]
    two = tensors.run(Settings(a2=5, a1=4, rank_b=0, operation="plus", axis="1", keepdim=True))
    assert two.total is not None and two.total.shape == (5, 1) and two.total[:, 0].tolist() == [6, 22, 38, 54, 70]


@pytest.mark.parametrize("p", [0.5, 1.0, 3.5, 10.0])
def test_norms_are_their_formulas(p: float) -> None:
    result = tensors.run(Settings(a2=4, a1=3, p=p))
    x = np.abs(np.arange(12.0))
    expected = {
        "1": x.sum(),
        "2": np.sqrt((x**2).sum()),
        "p": (x**p).sum() ** (1 / p),
        "inf": 11.0,
        "fro": np.sqrt((x**2).sum()),
    }
    assert result.norms == pytest.approx(expected)
    for line in figures.balls(result)["series"]:
        at = np.abs(np.array(line["data"]))
        power = {"L1": 1.0, "L2": 2.0, "L∞": np.inf}.get(line["name"], p)
        size = at.max(1) if power == np.inf else (at**power).sum(1) ** (1 / power)
        assert size == pytest.approx(1, rel=1e-3)


# The trap.


def test_the_silent_loss_is_the_broadcast_one_and_its_best_answer_is_the_mean(result: Result) -> None:
    t = result.trap
    assert np.abs(t.silent - t.y.mean()).max() < 0.05 and spread(t.right) > 0.9
    y = torch.from_numpy(t.y)
    p = torch.randn(len(y), 1, generator=torch.Generator().manual_seed(0), requires_grad=True)
    loss = ((p - y) ** 2).mean()
    assert (p - y).shape == (64, 64)
    loss.backward()
    pulled = 2 * (p.detach()[:, 0] - y.mean()) / len(y)  # towards the mean, whatever the target
    assert p.grad is not None
    torch.testing.assert_close(p.grad[:, 0], pulled)


def test_both_networks_of_a_seed_start_alike_and_differ_only_in_the_loss() -> None:
    short = tensors.run(Settings(steps=20, seeds=3)).trap
    assert np.abs(short.right - short.silent).max() > 0.1
    assert [p.shape for p in network().parameters()] == [(16, 1), (16,), (1, 16), (1,)]
    x, y = points(64, 0.0, 5)
    assert y == pytest.approx(2**0.5 * np.sin(np.pi * x), abs=1e-5)


def test_the_verdict_on_the_trap_is_that_of_a_t_test(result: Result) -> None:
    t = result.trap
    silent, right = (np.sqrt(((rows - t.truth) ** 2).mean(1)) for rows in (t.silent, t.right))
    low, high = stats.ttest_rel(silent, right).confidence_interval()
    assert (effect(result).low, effect(result).high) == pytest.approx((low, high))
    assert "trap_hurts" in keys(result)
    noise = np.linspace(-0.1, 0.1, 8)[:, None]
    same = dataclasses.replace(
        result, trap=dataclasses.replace(t, silent=t.truth + 0.5 + noise, right=t.truth + 0.5 - noise)
    )
    swapped = dataclasses.replace(result, trap=dataclasses.replace(t, silent=t.right, right=t.silent))
    assert "trap_unclear" in keys(same) and "trap_helps" in keys(swapped)


# Puzzles, and what is said.


def test_puzzles_are_executed_and_graded() -> None:
    result = tensors.run(Settings())
    shapes = {key: puzzle.shape for key, puzzle in result.puzzles.items()}
    assert shapes == {
        "sum_rows": (4,), "keepdim": (5, 1), "row_minus_column": (6, 6), "mean_per_row": None, "cube": (2, 3, 4), "distances": (7, 5),
    }  # fmt: skip
    assert result.puzzles["sum_rows"].values == "[40, 45, 50, 55]"
    for question in tensors.QUESTIONS:
        if question.key in PUZZLES:
            right, numbers = question.grade(result)
            shape = shapes[question.key]
            assert WORDS.raw(f"questions.{question.key}.choices")[right] == (str(shape) if shape else "It is an error")
            assert (str(shape) if shape else "error") in WORDS(f"questions.{question.key}.answer", **numbers)
    assert {q.key: q.grade(result)[0] for q in tensors.QUESTIONS}["trap"] == 2


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "both_stretch"),
        ({"a2": 4, "a1": 3, "b1": 3}, "one_stretches"),
        ({"rank_a": 1, "a1": 5}, "same_shape"),
        (MISFIT, "misfit"),
    ],
)
def test_every_pair_has_its_verdict(change: dict[str, Any], verdict: str) -> None:
    result = tensors.run(Settings(**change))
    assert keys(result)[0] == verdict
    said = WORDS.say(tensors.findings(result)[0])
    assert str(result.settings.shape_a) in said and str(result.settings.shape_b) in said


def test_presets_work_and_fail_as_they_say() -> None:
    runs = {p.key: tensors.run(Settings(**p.change)) for p in PRESETS}
    assert {key: None if r.c is None else r.c.shape for key, r in runs.items()} == {
        "row": (4, 3), "outer": (4, 6), "cube": (2, 3, 4), "silent": (5, 5), "misfit": None,
    }  # fmt: skip
    assert runs["outer"].c is not None and runs["outer"].c[3].tolist() == [0, 30, 60, 90, 120, 150]


def test_runs_are_compared_by_what_the_silent_loss_costs(result: Result) -> None:
    other = tensors.run(Settings(noise=1.0))
    change = tensors.difference(other, result)
    assert change["change"].mean == pytest.approx(effect(other).mean - effect(result).mean)
    assert tensors.difference(tensors.run(Settings(seed=3)), result).key == "not_paired"


# What is drawn, and the script.


def test_the_grids_show_every_number_and_which_are_copies(result: Result) -> None:
    cells = figures.operand(result, "a", False)["series"][0]["data"]
    assert [c["value"][2] for c in cells] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5
    assert len({c["itemStyle"]["color"] for c in cells}) == 2
    drawn = figures.outcome(result, True)["series"][0]["data"]
    assert result.c is not None and [c["value"][2] for c in drawn] == result.c.ravel().tolist()
    columns = {}
    for cell in drawn:  # summed over axis 0: a colour a column
        columns.setdefault(cell["value"][0], set()).add(cell["itemStyle"]["color"])
    assert all(len(paint) == 1 for paint in columns.values()) and len(set.union(*columns.values())) == 5
    cube = tensors.run(Settings(rank_a=3, a2=2, a1=2, rank_b=0))
    places = [tuple(c["value"][:2]) for c in figures.outcome(cube, False)["series"][0]["data"]]
    assert len(set(places)) == 8 and max(x for x, _ in places) == 4  # two blocks and a gap
    for option in (figures.total(result, False), figures.trap(result), figures.balls(result)):
        assert len(json.dumps(option, allow_nan=False)) < 100_000
    assert figures.height(np.zeros((6, 2))) > figures.height(np.zeros(3)) and figures.height(np.zeros(())) > 44


def test_both_shapes_are_written_from_the_right() -> None:
    table = figures.alignment(tensors.run(Settings(**MISFIT)))
    assert table["A"].tolist() == ["4", "3"] and table["B"].tolist() == ["missing", "4"]
    assert table["result"].tolist() == ["4", "error"] and table["axis"].tolist() == ["−2", "−1"]


@pytest.mark.parametrize(
    "change", [{}, MISFIT, {"axis": "2"}, {"rank_a": 3, "a2": 1, "rank_b": 2, "axis": "all", "keepdim": True}]
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    settings = Settings(**{"steps": 40, "seeds": 2, **change})
    printed, done = plain.main(SimpleNamespace(**vars(settings))), tensors.run(settings)
    assert printed.get("shape") == (None if done.c is None or done.total is None else done.c.shape)
    assert done.total is None or printed["total"] == done.total.tolist()
    assert printed.get("error", "") == done.error + done.axis_error
    for name in ("right", "silent"):
        assert printed[name] == pytest.approx(done.trap.error(getattr(done.trap, name)).tolist(), abs=2e-3)
