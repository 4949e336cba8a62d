"""Softmax is torch's, its gradient is autograd's, the arithmetic ends where it must, and what is said can be checked otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import settings as limits_of
from hypothesis import strategies as st
from scipy import stats
from torch.nn import functional as F

from core.concepts.foundations import softmax
from core.concepts.foundations.softmax import QUESTIONS, Settings, difference, figures, findings, plain, run
from core.concepts.foundations.softmax.findings import FLOOR, change
from core.concepts.foundations.softmax.functions import DTYPES, chain, ends, exact, gradient, limits
from core.concepts.foundations.softmax.result import ROWS, VARIANTS
from core.concepts.foundations.softmax.training import again, train

quick = limits_of(max_examples=40, deadline=None)
rows = st.lists(st.floats(-50, 50), min_size=3, max_size=3).map(np.array)
LITTLE: dict[str, Any] = {"steps": 5, "seeds": 2}


@given(rows, st.floats(0.5, 20), st.sampled_from(["float32", "float64"]))
@quick
def test_rows_sum_to_one_and_agree_with_torch(z: np.ndarray, temperature: float, precision: str) -> None:
    c = chain(z[None], temperature, 0, precision, "shifted")
    assert c.p.sum() == pytest.approx(1, abs=1e-6)
    theirs = (torch.tensor(z[None], dtype=DTYPES[precision]) / temperature).softmax(1)
    assert c.p == pytest.approx(theirs.double().numpy(), abs=1e-6)
    loss = F.cross_entropy(torch.tensor(z[None], dtype=torch.float64) / temperature, torch.tensor([0]))
    assert c.loss[0] == pytest.approx(loss.item(), rel=1e-4, abs=1e-4)


@given(rows, st.floats(-100, 100))
@quick
def test_a_shift_changes_nothing(z: np.ndarray, shift: float) -> None:
    assert exact((z + shift)[None], 1.0) == pytest.approx(exact(z[None], 1.0), abs=1e-12)


@given(rows, st.floats(0.05, 100), st.integers(0, 2))
@quick
def test_the_gradient_of_cross_entropy_is_p_minus_y_over_the_temperature(z: np.ndarray, tau: float, y: int) -> None:
    assert gradient(z, tau, y) == pytest.approx((exact(z[None], tau)[0] - np.eye(3)[y]) / tau, abs=1e-10)


def test_sympy_derives_the_same_gradient() -> None:
    z = sympy.symbols("z1:4")
    p = sympy.exp(z[0]) / sum(map(sympy.exp, z))
    at = dict(zip(z, (2, 1, 0), strict=True))
    derived = [float(sympy.diff(-sympy.log(p), v).subs(at)) for v in z]
    assert run(Settings(**LITTLE)).pull == pytest.approx(derived, abs=1e-12)


def test_exponentials_overflow_at_the_logarithm_of_the_largest_number() -> None:
    for name in ("float16", "bfloat16", "float32"):
        low, high = ends(name)
        info = torch.finfo(DTYPES[name])
        step = {"float16": 0.01, "bfloat16": 0.5, "float32": 1e-5}[name]  # between neighbours up there
        assert math.log(info.max) - 2 * step <= high <= math.log(info.max) + step
        x = torch.tensor(high, dtype=DTYPES[name])
        assert x.exp().isfinite() and torch.nextafter(x, torch.tensor(math.inf, dtype=x.dtype)).exp().isinf()
        assert torch.tensor(low, dtype=DTYPES[name]).exp() > 0
    assert ends("float32")[1] == pytest.approx(88.72, abs=0.01)
    naive = lambda z: chain(np.array([[z, 0.0, 0.0]]), 1.0, 0, "float32", "naive").sound[0]  # noqa: E731
    assert naive(88.7) and not naive(88.8)


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize(("z", "temperature"), [((2, 1, 0), 1.0), ((20, -20, 3), 0.05), ((20, 20, 20), 100.0)])
def test_the_naive_formula_holds_just_inside_its_limits_and_fails_outside(
    precision: str, z: tuple[float, ...], temperature: float
) -> None:
    low, high = limits(np.array(z), temperature, precision)
    room = 0.02 * (high - low)
    sound = [
        chain(np.array([z]) + shift, temperature, 0, precision, "naive").sound[0]
        for shift in (low - room, low + room, high - room, high + room)
    ]
    assert sound == [False, True, True, False]


# The training


def test_both_variants_follow_torch_on_the_same_batches() -> None:
    s = Settings(steps=20, seeds=2)
    found, result = plain.main(s), run(s)
    for name in VARIANTS:
        assert found[name] == pytest.approx(result.last("accuracy", name), abs=0.0029)  # one of 360 rows
    assert found["p"] == pytest.approx(result.chain.p[0], abs=1e-7)
    assert found["exact"] == pytest.approx(result.exact[0], abs=1e-12)
    assert found["gradient"] == pytest.approx(result.gradient)
    assert found["largest exponents"] == [high for _, high in result.ends.values()]
    t = result.training
    assert t.accuracy[0, :, 0] == pytest.approx(t.accuracy[1, :, 0]) and t.steps[0] == 0  # they start alike


def test_no_loss_of_probabilities_lies_below_the_floor_and_certainty_reaches_it() -> None:
    certain = torch.eye(10)[None] * 1000
    loss = F.cross_entropy(again(certain.repeat(2, 1, 1))[1], torch.arange(10))
    assert loss.item() == pytest.approx(FLOOR, abs=1e-6)
    assert pytest.approx(1.4612, abs=1e-4) == FLOOR
    assert (train(10.0, 60, 2, 0).loss[1] >= FLOOR).all()


@given(rows)
@quick
def test_log_softmax_twice_is_log_softmax_once(z: np.ndarray) -> None:
    once = torch.tensor(z).log_softmax(0)
    torch.testing.assert_close(once.log_softmax(0), once)


def test_the_sliders_of_the_row_train_nothing() -> None:
    assert run(Settings(**LITTLE)).training is run(Settings(**LITTLE, z1=5.0, method="shifted", shift=3)).training
    assert run(Settings(**LITTLE)).training is not run(Settings(**LITTLE, lr=1.0)).training


# What is said


def keys(**change: Any) -> list[str]:
    return [f.key for f in findings(run(Settings(**{**LITTLE, **change})))]


def test_the_verdict_is_what_the_arithmetic_gives() -> None:
    first = findings(run(Settings(**LITTLE)))[0]
    e = np.exp([2.0, 1.0, 0.0])
    assert (
        first.key == "row" and first["p"] == pytest.approx(e[0] / e.sum()) and first["total"] == pytest.approx(e.sum())
    )
    assert first["loss"] == pytest.approx(math.log(e.sum()) - 2)
    assert keys(z1=1.0)[0] == "tie"
    assert keys(z1=5.0, temperature=0.05)[0] == "overflows"
    assert keys(z1=-20.0, z2=-20.0, z3=-20.0, temperature=0.1)[0] == "underflows"
    assert keys(z1=5.0, temperature=0.05, method="shifted")[0] == "row"
    assert keys(z1=11.0, z2=11.0, z3=11.0, precision="float16")[0] == "overflows"  # each is finite, their sum is not


def test_the_loss_is_finite_where_the_quotient_is_not_formed() -> None:
    far = {"z1": -20.0, "z2": 20.0, "precision": "float16", "temperature": 2.0}
    assert keys(**far)[0] == "loss_infinite"
    stable = run(Settings(**LITTLE, **far, method="shifted"))
    assert stable.chain.loss[0] == pytest.approx(20, abs=0.01) and findings(stable)[0].key == "row"


def test_a_shift_is_called_harmless_rounded_or_fatal() -> None:
    assert keys()[2] == "shift_overflows" and keys(shift=-110)[2] == "shift_underflows"
    assert keys(method="shifted")[2] == "shift_same" and keys(shift=5)[2] == "shift_same"
    rounded = run(Settings(**LITTLE, method="shifted", precision="bfloat16", z1=20.0, z2=19.5, z3=19.5, shift=119))
    assert findings(rounded)[2].key == "shift_rounded"
    z = torch.tensor([139.0, 138.5, 138.5], dtype=torch.bfloat16).double()
    assert findings(rounded)[2]["error"] == pytest.approx(
        np.abs(z.softmax(0).numpy() - rounded.exact[0]).max(), abs=0.003
    )


def test_softmax_twice_is_judged_by_paired_seeds_and_rows() -> None:
    result = run(Settings(steps=100))
    effect = change(result)
    gap = result.last("accuracy", "twice") - result.last("accuracy", "once")
    known = stats.ttest_1samp(gap, 0).confidence_interval()
    assert effect.mean == pytest.approx(gap.mean()) == pytest.approx(result.training.gained.mean(), abs=1e-6)
    assert effect.low < known.low and effect.high > known.high  # it covers other rows too
    assert effect.high < -0.1 and "twice_worse" in [f.key for f in findings(result)]
    assert "twice_unclear" in keys(steps=1, lr=0.01)


@pytest.mark.parametrize(("key", "right"), [("shift", 2), ("cold", 2), ("float16", 2), ("label", 2), ("twice", 1)])
def test_questions_have_the_answers_of_the_textbook(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(Settings(**question.change)))[0] == right


def test_presets_that_fail_fail() -> None:
    verdict = {p.key: findings(run(Settings(**{**LITTLE, **p.change})))[0].key for p in softmax.PRESETS}
    assert verdict["stable"] == verdict["hot"] == "row"
    assert verdict["float16"] == verdict["cold"] == "overflows" and verdict["lost"] == "loss_infinite"


def test_runs_of_other_seeds_are_not_paired() -> None:
    a = run(Settings(**LITTLE))
    assert difference(a, run(Settings(**LITTLE, seed=1))).key == "not_paired"
    assert difference(a, a).key == "same_training"
    effect = difference(run(Settings(steps=100)), run(Settings()))
    gaps = [
        r.last("accuracy", "twice") - r.last("accuracy", "once") for r in (run(Settings(steps=100)), run(Settings()))
    ]
    known = stats.ttest_1samp(gaps[0] - gaps[1], 0).confidence_interval()
    assert effect.key == "changed" and (effect["effect"].low, effect["effect"].high) == pytest.approx(
        (known.low, known.high)
    )


# The charts


def test_the_charts_draw_the_numbers_and_say_what_is_none() -> None:
    result = run(Settings(**LITTLE))
    drawn = [bar["value"] for bar in figures.exponentials(result)["series"][0]["data"]]
    assert drawn == pytest.approx([*np.exp([2, 1, 0]), np.exp([2, 1, 0]).sum()], rel=1e-4)
    cells = {tuple(c["value"][:2]): c["label"]["formatter"] for c in figures.matrix(result, "p")["series"][0]["data"]}
    assert cells[0, 0] == "0.665" and cells[0, ROWS.index("shifted")] == "NaN"
    assert [figures.shown(v) for v in (math.nan, math.inf, -0.5, 1e-7)] == ["NaN", "∞", "−0.5", "1e−7"]
