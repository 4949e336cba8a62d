"""Attention: its matrices against torch's, what each ingredient does, and a map edited by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn
from torch.nn import functional as F

from core.concepts.attention import attention as concept
from core.concepts.attention.attention import Result, Settings, ViewSettings, figures, plain
from core.concepts.attention.attention.findings import roles
from core.concepts.attention.attention.matrices import Edit, Matrices, compute, edited, places
from core.concepts.attention.attention.network import network, targets
from core.concepts.attention.attention.result import WIDTHS, best_masked, best_of_a_set, visible
from core.concepts.attention.attention.settings import ROOT, SYMBOLS, TASKS, WITHOUT
from core.engine.random import initialise
from core.progress import finished
from core.settings import SettingsError

HEADS = Settings(task="neighbours", without="heads", heads=2, steps=100, seeds=4, length=6)
FUTURE = Settings(without="future", steps=60, seeds=3)


@pytest.fixture(scope="module")
def result() -> Result:
    """The default experiment with fewer seeds and steps."""
    return finished(concept.run(Settings(seeds=3, steps=60)))


@pytest.fixture(scope="module")
def neighbours() -> Result:
    return finished(concept.run(HEADS))


@pytest.fixture(scope="module")
def masked() -> Result:
    return finished(concept.run(FUTURE))


def started(s: Settings, way: str) -> tuple[nn.Sequential, dict[str, np.ndarray]]:
    """A network with random weights, also where training starts from zero, and its numbers."""
    model = initialise(network(s.form(way), s.length, s.width, s.answers), 3).double()
    g = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for p in model.parameters():
            p += 0.1 * torch.randn(p.shape, generator=g, dtype=torch.float64)
    return model, {name: p.detach().numpy() for name, p in model.named_parameters()}


# The matrices.


@pytest.mark.parametrize("without", WITHOUT)
@pytest.mark.parametrize("block", [False, True])
def test_numpy_computes_what_torch_computes(without: str, block: bool) -> None:
    s = Settings(without=without, heads=2, task="neighbours", block=block, positions="sinusoidal")
    digits = torch.randint(SYMBOLS, (4, s.length), generator=torch.Generator().manual_seed(0))
    for way in ("with", "without"):
        model, p = started(s, way)
        with torch.no_grad():
            expected = model(digits).view(4, s.length, 2, SYMBOLS).softmax(-1)
        assert np.allclose(compute(s.form(way), p, digits.numpy()).answers, expected, atol=1e-9)


@pytest.mark.parametrize("way", ["with", "without"])
def test_every_matrix_is_that_of_torchs_attention(way: str) -> None:
    s = Settings(without="future", heads=4)
    model, p = started(s, way)
    m = compute(s.form(way), p, np.arange(10))
    q, k, v = (torch.from_numpy(part) for part in (m.q, m.k, m.v))
    mixed = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=way == "without")
    assert np.allclose(m.mixed, mixed[0], atol=1e-9)
    torchs = nn.MultiheadAttention(s.width, 4, batch_first=True).double()
    torchs.load_state_dict(model.attention.attend.state_dict())
    mask = torch.ones(10, 10, dtype=torch.bool).triu(1) if way == "without" else None
    x = torch.from_numpy(m.x)[None]
    _, weights = torchs(x, x, x, attn_mask=mask, average_attn_weights=False)
    assert np.allclose(m.weights, weights[0].detach(), atol=1e-9)
    assert np.allclose(m.products, 2 * m.scores) or way == "without"  # heads of width 4
    assert np.isneginf(m.scores).any() == (way == "without")


def test_without_positions_a_shuffled_input_gives_shuffled_answers() -> None:
    s = Settings(block=True)
    order, digits = np.random.default_rng(0).permutation(10), np.arange(10)
    for way, shuffles in (("without", True), ("with", False)):
        p = started(s, way)[1]
        one, two = (compute(s.form(way), p, d).answers for d in (digits, digits[order]))
        assert np.allclose(one[order], two, atol=1e-9) == shuffles


@given(st.integers(0, 4), st.integers(0, 4), st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_an_edited_row_still_sums_to_one_and_keeps_its_proportions(
    row: int, key: int, weight: float, seed: int
) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.ones(5), (2, 5))
    changed = edited(weights, Edit(1, row, key, weight))
    assert np.allclose(changed.sum(-1), 1) and changed[1, row, key] == weight
    others = np.delete(changed[1, row], key), np.delete(weights[1, row], key)
    assert np.allclose(others[0] * others[1].sum(), others[1] * (1 - weight))
    kept = np.ones((2, 5), bool)
    kept[1, row] = False
    assert np.array_equal(changed[kept], weights[kept])


def test_a_weight_of_one_that_is_lowered_spreads_evenly() -> None:
    changed = edited(np.eye(3)[None], Edit(0, 1, 1, 0.4))
    assert np.allclose(changed[0, 1], [0.3, 0.4, 0.3])


# The tasks.


@pytest.mark.parametrize("task", TASKS)
def test_answers_stand_where_the_task_says(task: str) -> None:
    x = np.random.default_rng(1).integers(0, SYMBOLS, (5, 8))
    y = targets(task, torch.from_numpy(x)).numpy()
    stands = places(task, x, y)
    assert stands.shape == (5, 8, y.shape[-1], 8) and stands.any(-1).all()
    for n, i, r, j in np.argwhere(stands):
        assert x[n, j] == y[n, i, r]
    view = ViewSettings(sequence="".join(map(str, x[0])))
    assert np.array_equal(figures.answers_of(task, view.digits(8)), y[0])


def test_typed_digits_are_cut_and_repeated() -> None:
    assert ViewSettings(sequence="1x2").digits(5) == [1, 2, 1, 2, 1]
    assert ViewSettings(sequence="").digits(4) == [0, 0, 0, 0] and len(ViewSettings().digits(14)) == 14


# What training shows.


def test_reversing_needs_positions_and_the_map_is_the_anti_diagonal(result: Result) -> None:
    assert result.accuracy["with"].min() > 0.98 and result.on_answers["with"].min() > 0.95
    assert 0.24 < result.accuracy["without"].mean() < 0.33 and abs(result.on_answers["without"].mean() - 0.1) < 0.02
    for k in range(3):
        m = figures.matrices(result, ViewSettings(network=k + 1))
        assert (m.weights[0].argmax(1) == np.arange(10)[::-1]).all()
    test = stats.ttest_rel(result.accuracy["with"], result.accuracy["without"]).confidence_interval(0.95)
    assert (result.gain().low, result.gain().high) == pytest.approx((test.low, test.high))


def test_what_a_set_of_digits_allows_is_counted_from_random_digits(result: Result) -> None:
    for length in (4, 10):
        x = np.random.default_rng(0).integers(0, SYMBOLS, (20_000, length - 1))
        most = (x[:, :, None] == np.arange(SYMBOLS)).sum(1).max(1).mean() / (length - 1)
        assert best_of_a_set(Settings(task="shift", length=length)) == pytest.approx(most, abs=0.003)
    assert best_of_a_set(Settings(task="sort")) is None and best_of_a_set(Settings(length=9)) is None
    found = next(f for f in concept.findings(result) if f.key == "set")
    assert found["measured"] == result.accuracy["without"].mean() < found["best"] + 0.02


def test_a_weight_edited_by_hand_changes_the_answer(result: Result) -> None:
    view = ViewSettings(sequence="3805172946")
    before = figures.matrices(result, view)
    after = figures.matrices(result, view, Edit(0, 0, 3, 1.0))
    found = concept.describe(before, after, 0, 0)
    assert found.key == "edit_changed" and (found["was"], found["now"]) == (6, 5)
    assert np.array_equal(before.answers[1:], after.answers[1:])
    alike = concept.describe(before, figures.matrices(result, view, Edit(0, 0, 9, 1.0)), 0, 0)
    assert alike.key == "edit_same" and alike["now"] == 6


def test_a_causal_mask_leaves_what_it_lets_through(masked: Result) -> None:
    assert visible(FUTURE) == 0.5 and best_masked(FUTURE) == pytest.approx(0.55)
    assert masked.accuracy["without"].mean() == pytest.approx(0.55, abs=0.015)
    found = {f.key: f for f in concept.findings(masked)}
    assert found["helped"]["gain"].mean > 0.4 and found["masked"]["best"] == pytest.approx(0.55)
    digits = np.random.default_rng(0).integers(0, 10, (3, 10))
    m = compute(FUTURE.form("without"), masked.of("without", 0), digits)
    assert np.allclose(np.triu(m.weights, 1), 0) and np.allclose(m.weights.sum(-1), 1)
    assert visible(Settings(task="copy")) == 1 and visible(Settings(task="sort")) is None
    assert visible(Settings(task="shift", length=5)) == pytest.approx(4 / 5)


def test_two_neighbours_need_two_heads(neighbours: Result) -> None:
    assert neighbours.accuracy["with"].mean() > 0.9
    assert 0.5 < neighbours.accuracy["without"].mean() < 0.68
    apart, first = roles(neighbours)
    assert apart >= 3 and 0 <= first <= apart
    found = next(f for f in concept.findings(neighbours) if f.key.startswith("roles"))
    exact = stats.binomtest(first, apart).proportion_ci(0.95, "exact")
    assert (found["share"].low, found["share"].high) == pytest.approx((exact.low, exact.high))
    assert figures.heads(neighbours, "")["series"][0]["data"]


def test_heads_that_do_the_same_have_no_roles(neighbours: Result) -> None:
    alike = {"with": np.full((4, 2, 2), 0.5), "without": neighbours.attention["without"]}
    found = concept.findings(dataclasses.replace(neighbours, attention=alike))
    assert "roles_none" in [f.key for f in found]
    fixed = {"with": np.tile(np.eye(2), (40, 1, 1)), "without": neighbours.attention["without"]}
    assert "roles_fixed" in [f.key for f in concept.findings(dataclasses.replace(neighbours, attention=fixed))]


def test_products_of_random_vectors_spread_by_the_root_of_their_width(result: Result) -> None:
    assert result.random is not None
    unscaled, scaled = result.random
    assert unscaled[:, 0] == pytest.approx(np.sqrt(WIDTHS), rel=0.04) and scaled[:, 0] == pytest.approx(1, rel=0.04)
    assert (np.diff(unscaled[:, 1]) > 0).all() and unscaled[-1, 1] > 0.9 > 0.3 > scaled[:, 1].max()
    assert unscaled[-1, 2] < 0.1 and scaled[:, 2].min() > 0.8
    scores = torch.randn(16, dtype=torch.float64)
    slope = torch.autograd.functional.jacobian(lambda x: x.softmax(0), scores).trace()
    assert slope == pytest.approx(float(1 - (scores.softmax(0) ** 2).sum()))


def test_wide_heads_need_the_division_and_narrow_ones_do_not() -> None:
    wide = finished(concept.run(Settings(**(ROOT | {"steps": 40, "seeds": 3}))))
    assert wide.gain().mean > 0.2 and concept.QUESTIONS[3].grade(wide)[1]["spread"] == pytest.approx(8, rel=0.05)
    narrow = finished(concept.run(Settings(without="scale", steps=60, seeds=3)))
    assert abs(narrow.gain().mean) < 0.02


def test_equal_networks_show_no_difference(result: Result) -> None:
    same = dict.fromkeys(("with", "without"), result.accuracy["with"])
    maps = dict.fromkeys(("with", "without"), result.on_answers["with"])
    made = dataclasses.replace(result, accuracy=same, on_answers=maps)
    assert [f.key for f in concept.findings(made)][:2] == ["no_difference", "looks_alike"]
    assert concept.QUESTIONS[3].grade(made)[0] == 2
    turned = {"with": result.accuracy["without"], "without": result.accuracy["with"]}
    turned_maps = {"with": result.on_answers["without"], "without": result.on_answers["with"]}
    worse = dataclasses.replace(result, accuracy=turned, on_answers=turned_maps)
    assert [f.key for f in concept.findings(worse)][:2] == ["hurt", "looks_less"]
    assert concept.difference(result, made)["gain_then"] == 0


def test_questions_are_graded_by_the_nearest_number(result: Result, masked: Result, neighbours: Result) -> None:
    for question, run, right in zip(concept.QUESTIONS, (result, masked, neighbours), (1, 2, 2), strict=False):
        assert question.grade(run)[0] == right


def test_one_head_cannot_be_compared_with_one_head() -> None:
    with pytest.raises(SettingsError, match="Heads"):
        Settings(without="heads")


def test_a_run_that_is_stopped_shows_the_map_and_no_verdict() -> None:
    for step in concept.run(Settings(seeds=2, steps=10)):
        if step.result is not None:
            partial = step.result()
            break
    assert not partial.complete and concept.findings(partial)[0].key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable"
    assert len(figures.attention_map(partial, ViewSettings(), None, "")["series"][0]["data"]) == 100


def test_every_matrix_is_drawn_for_every_form(neighbours: Result, masked: Result, result: Result) -> None:
    for run, way in ((neighbours, "with"), (masked, "without"), (result, "without")):
        view = ViewSettings(way=way, head=4, network=12)
        m: Matrices = figures.matrices(run, view)
        for name in figures.MATRICES:
            data = figures.matrix(run, view, m, name, "")["series"][0]["data"]
            assert len(data) >= run.settings.length**2 and all(not math.isnan(d["value"][0]) for d in data)
    hidden = [
        d
        for d in figures.matrix(
            masked, ViewSettings(way="without"), figures.matrices(masked, ViewSettings(way="without")), "scores", ""
        )["series"][0]["data"]
        if d["value"][2] == "-"
    ]
    assert len(hidden) == 45


def test_the_script_gives_the_numbers_of_the_run(masked: Result) -> None:
    found = plain.main(FUTURE)
    for way, values in found.items():
        assert values == pytest.approx(masked.accuracy[way].tolist(), abs=0.01)
    small = Settings(
        task="neighbours", without="positions", heads=2, block=True, steps=10, seeds=2, positions="sinusoidal"
    )
    run = finished(concept.run(small))
    for way, values in plain.main(small).items():
        assert values == pytest.approx(run.accuracy[way].tolist(), abs=0.01)
