"""Receptive field: arithmetic against poking and against known networks, gradients against a closed form, and shifts."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.concepts.convolution import receptive_field as concept
from core.concepts.convolution.receptive_field import Result, Settings, figures, plain
from core.concepts.convolution.receptive_field.findings import back, ratio, sees
from core.concepts.convolution.receptive_field.geometry import KINDS, macs, trace
from core.concepts.convolution.receptive_field.network import bare, body, spread
from core.concepts.convolution.receptive_field.result import SIZES
from core.concepts.convolution.receptive_field.seeing import poke
from core.concepts.convolution.receptive_field.settings import BORDER, CANVAS, SHIFTS
from core.concepts.convolution.receptive_field.shifting import canvas, shifted
from core.data.images import digits
from core.progress import finished
from core.settings import SettingsError

SMALL = {"steps": 20, "seeds": 2, "channels": 4}


@pytest.fixture(scope="module")
def default() -> Result:
    result: Result = finished(concept.run(Settings()))
    return result


# Arithmetic.


def test_known_networks_have_their_known_fields() -> None:
    vgg = [kind for n in (2, 2, 3, 3, 3) for kind in (*["c3"] * n, "max2")]
    assert (trace(vgg, True, 224)[-1].field, trace(vgg, True, 224)[-1].jump, trace(vgg, True, 224)[-1].size) == (
        212,
        32,
        7,
    )
    assert trace(["c3", "c3"], True, 32)[-1].field == trace(["c5"], True, 32)[-1].field == 5
    assert trace(["c3", "c3d2", "c3d4"], True, 32)[-1].field == 15
    assert [row.field for row in trace(["c3", "max2", "c3"], True, 32)] == [3, 4, 8]
    assert trace(["c3", "c3"], False, 32)[-1][1:] == (28, 5, 1, 2.0)  # no padding: the first unit looks at pixel 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4), st.booleans(), st.floats(0, 1))
def test_the_box_is_where_the_gradient_is_and_sizes_are_those_of_torch(
    kinds: list[str], padding: bool, at: float
) -> None:
    """With positive weights and no ReLU every pixel of the box counts; averages stand in for maxima, which pick one."""
    kinds = [kind.replace("max2", "avg2") for kind in kinds]
    rows = trace(kinds, padding, 32)
    if min(row.size for row in rows) < 1 or all(kind == "avg2" for kind in kinds):
        return
    net = nn.Sequential(*[m for m in bare(kinds, padding, 4) if not isinstance(m, nn.ReLU)]).double()
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    x = torch.rand(1, 1, 32, 32, dtype=torch.float64, requires_grad=True)
    y = net(x)
    assert y.shape[-1] == rows[-1].size
    unit = round(at * (rows[-1].size - 1))
    (gradient,) = torch.autograd.grad(y[0, 0, unit, unit], x)
    touched = np.flatnonzero(gradient[0, 0].numpy().any(1))
    first, last = rows[-1].box(unit)
    if all(kind != "c3d2" and kind != "c3d4" for kind in kinds):  # a dilated convolution leaves pixels out
        assert list(touched) == list(range(max(0, first), min(31, last) + 1))
    assert touched.min() >= first and touched.max() <= last


def test_multiply_adds_are_those_of_the_layers() -> None:
    kinds = ("c5", "max2", "c3", "c3s2")
    net, x, total = nn.Sequential(*body(kinds, True, 8)), torch.zeros(1, 1, CANVAS, CANVAS), 0
    for module in net:
        x = module(x)
        if isinstance(module, nn.Conv2d):
            total += module.weight[0].numel() * x.numel()
    assert macs(kinds, True, CANVAS, 8) == total


# Poking.


@pytest.mark.parametrize(
    "change", [{}, {"layer1": "c3", "layer2": "c3d2", "layer3": "c3s2"}, {"padding": False, "unit": 0}, {"unit": 100}]
)
def test_a_poke_outside_moves_the_output_by_exactly_nothing(change: dict[str, Any]) -> None:
    s = Settings(**change)
    result = Result(s)
    *_, (before, moved) = poke(s, result.unit)
    result = dataclasses.replace(result, before=before, change=moved)
    assert (moved[~result.inside] == 0.0).all() and (moved[result.inside] != 0).mean() > 0.2
    finding = sees(result)
    assert (finding.key, finding["field"]) == ("sees", s.rows[-1].field)
    assert finding["outside"] + finding["inside"] == 32 * 32
    assert finding["most"] == np.abs(moved).max()
    x, y = figures.default_pixel(result)
    assert concept.told(result, x, y).key == "poked_outside" and concept.told(result, x, y)["change"] == 0.0
    leaking = dataclasses.replace(result, change=moved + 1e-9)
    assert sees(leaking).key == "leaks"


def test_a_field_as_large_as_the_picture_has_no_outside() -> None:
    s = Settings(layer1="c7s2", layer2="c7s2", layer3="c7s2")
    assert s.rows[-1].field == 43
    result = dataclasses.replace(Result(s), change=np.ones((32, 32)))
    assert sees(result).key == "sees_all" and result.inside.all()


# Gradients.


def test_the_effective_field_grows_with_the_root_of_the_depth(default: Result) -> None:
    for depth, stds in default.spread.items():
        assert stds.mean() == pytest.approx((2 * depth / 3) ** 0.5, rel=0.08)
    exponent = default.exponent()
    assert 0.4 < exponent.mean < 0.6 and exponent.high < 1
    flat = {depth: np.full(12, 2.0 * depth) * np.linspace(0.9, 1.1, 12) for depth in default.spread}
    found = {f.key for f in concept.findings(dataclasses.replace(default, spread=flat))}
    assert "grows_unclear" in found and "grows_slower" not in found


def test_the_spread_is_the_standard_deviation() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(10, 2, (200_000, 2)).round().astype(int).clip(0, 20)
    squares = np.zeros((21, 21))
    np.add.at(squares, (points[:, 0], points[:, 1]), 1)
    assert spread(torch.from_numpy(squares), 10) == pytest.approx((4 + 1 / 12) ** 0.5, rel=0.01)


def test_training_does_not_clearly_change_the_field_unless_it_does(default: Result) -> None:
    key = lambda r: next(f.key for f in concept.findings(r) if f.key.startswith("training"))  # noqa: E731
    assert key(default) == "training_unclear"
    up = np.array([1.10, 1.11, 1.12, 1.11])
    assert key(dataclasses.replace(default, stds=(default.stds[0], default.stds[0] * up))) == "training_widens"
    assert key(dataclasses.replace(default, stds=(default.stds[0], default.stds[0] / up))) == "training_narrows"
    doubled = dataclasses.replace(default, stds=(default.stds[0], default.stds[0] * up))
    assert ratio(doubled).mean == pytest.approx(0.11, abs=0.001)


# Shifts.


def test_no_shift_cuts_a_digit_off() -> None:
    x = canvas(digits().validation.x[:20])
    assert x.shape[-1] == CANVAS
    for direction in ((0, 1), (1, 0)):
        moved = shifted(x, BORDER, direction)
        assert torch.equal(moved.flatten(1).sort(1).values, x.flatten(1).sort(1).values)
        down, right = direction
        assert torch.equal(
            moved[:, :, BORDER * down :, BORDER * right :], x[:, :, : CANVAS - BORDER * down, : CANVAS - BORDER * right]
        )


def test_convolution_is_equivariant_and_only_a_global_maximum_is_invariant(default: Result) -> None:
    for name in ("plain", "pooled"):
        assert default.accuracy[name][:, 0].mean() > 0.9 and default.accuracy[name][:, 1].mean() < 0.7
        assert default.moved(name, 1).sign < 0 and default.drift[name][:, 2].mean() > 0.7
    steady = default.accuracy["max"]
    assert steady[:, 0].mean() > 0.75 and abs(steady[:, 1] - steady[:, 0]).mean() < 0.02
    assert default.drift["max"][:, 1].mean() < 0.03 and default.moved("max", 1).sign == 0
    found = {f.key: f for f in concept.findings(default)}
    assert [p["name"] for p in found["falls"]["parts"]] == ["plain", "pooled"]
    assert [p["name"] for p in found["holds"]["parts"]] == ["max"]


def test_pooling_softens_one_pixel_and_no_more(default: Result) -> None:
    plain_, pooled = (default.accuracy[name].mean(0) for name in ("plain", "pooled"))
    assert pooled[1] > plain_[1] + 0.03 and pooled[2] < 0.35


def test_a_shift_by_the_stride_costs_less_than_a_shift_by_one() -> None:
    result = finished(concept.run(Settings(variants=("pooled max",))))
    assert back(result, "pooled max").sign > 0
    assert "aliasing" in {f.key for f in concept.findings(result)}
    question = next(q for q in concept.QUESTIONS if q.key == "aliasing")
    assert question.grade(result)[0] == 0


def test_a_global_head_takes_any_size_and_a_flat_one_does_not(default: Result) -> None:
    assert all(isinstance(v, float) for v in default.sizes["max"])
    for name in ("plain", "pooled"):
        fits = [isinstance(v, float) for v in default.sizes[name]]
        assert fits == [side == CANVAS for side in SIZES]
        assert "cannot be multiplied" in str(default.sizes[name][0])
    found = {f.key: f for f in concept.findings(default)}
    assert [p["name"] for p in found["any_size"]["names"]] == ["max"] and found["one_size"]["side"] == CANVAS


def test_an_interval_covers_all_variants_and_shifts(default: Result) -> None:
    change = default.moved("plain", 2)
    assert change.level == pytest.approx(1 - 0.05 / (3 * 3)) and len(SHIFTS) == 4
    assert change.mean == pytest.approx((default.accuracy["plain"][:, 2] - default.accuracy["plain"][:, 0]).mean())
    assert default.right["plain"].shape == (4, 200)
    assert default.right["plain"].mean(1) == pytest.approx(default.accuracy["plain"].mean(0), abs=1e-6)


# The rest.


def test_questions_about_fields_are_graded_by_poking() -> None:
    for key, choice in (("two", 1), ("pool", 2), ("dilated", 2)):
        question = next(q for q in concept.QUESTIONS if q.key == key)
        result = finished(concept.run(Settings(**{**question.change, **SMALL, "variants": ("pooled",)})))
        assert question.grade(result)[0] == choice


def test_stacks_that_cannot_run_are_refused() -> None:
    for change, words in (
        ({"layer1": "max2", "layer3": "none"}, "at least one convolution"),
        ({"layer1": "c7s2", "layer2": "c7s2", "padding": False}, "nothing is left"),
        (
            {"layer2": "c5", "layer3": "c5", "layer4": "c5", "layer5": "c5", "channels": 16, "steps": 300, "seeds": 6},
            "seconds",
        ),
    ):
        with pytest.raises(SettingsError, match=words):
            Settings(**change)  # type: ignore[arg-type]


def test_a_stopped_run_shows_what_there_is() -> None:
    steps = concept.run(Settings(**SMALL))
    early = next(step for step in steps if step.fraction > 0.2).result()  # type: ignore[misc]
    steps.close()
    assert [f.key for f in concept.findings(early)] == ["unfinished"] == [concept.score(early).key]
    assert early.change is not None and figures.pokes(early, dark=True) and figures.growth(early)


@pytest.mark.parametrize("change", [{}, {"variants": ("average",), "layer2": "avg2", "layer3": "c3d2"}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    s = Settings(**{**SMALL, **change})  # type: ignore[arg-type]
    printed, result = plain.main(SimpleNamespace(**vars(s))), finished(concept.run(s))
    assert [tuple(row)[1:] for row in s.rows] == printed["rows"]
    assert printed["change"] == pytest.approx(result.change, abs=1e-12)
    assert ((printed["change"] == 0) == (result.change == 0)).all()
    for name in s.variants:
        # A batch norm turns the last bit of a sum into more, and one digit of 200 is half a point.
        assert np.array(printed[name]) == pytest.approx(result.accuracy[name], abs=0.03), name


def test_the_charts_show_the_numbers(default: Result) -> None:
    cells = figures.pokes(default, dark=False)["series"][0]["data"]
    assert len(cells) == 1024 and cells[16 * 32 + 16]["name"].startswith("pixel (16, 16): ")
    grey = [cell for cell in cells if cell["itemStyle"]["color"].startswith("rgba(122")]
    assert default.change is not None and len(grey) == (default.change == 0).sum()
    means = {line["name"]: [y for _, y in line["data"]] for line in figures.shifts(default)["series"] if "name" in line}
    assert means["No pooling + global max"] == pytest.approx(100 * default.accuracy["max"].mean(0), rel=1e-3)
    assert figures.seen(default, 1).shape == (280, 280, 3)
    bars = figures.pyramid(default.settings)["series"][1]["data"]
    assert [bar["name"] for bar in bars] == ["5 px", "6 px", "10 px"]
