"""Automatic differentiation: every gradient against PyTorch and against closed forms, and what each moment of a play shows."""

from __future__ import annotations

import dataclasses
import json
import math
import time
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
from core.concepts.foundations import autograd
from core.concepts.foundations.autograd import Result, Settings, figures, plain
from core.concepts.foundations.autograd.board import frames
from core.concepts.foundations.autograd.experiment import SEEDS, chain_rule, forward
from core.concepts.foundations.autograd.findings import effect
from core.concepts.foundations.autograd.graphs import network, nodes, points, starts
from core.concepts.foundations.autograd.moments import DETAILED, moments, short, shown, story
from core.concepts.foundations.autograd.result import FIELD
from core.concepts.foundations.autograd.settings import EXAMPLES, PRESETS
from core.engine.random import initialise

WORDS = text.of("foundations/autograd")
SCALARS = ("product", "neuron", "twice", "detach")
values = st.floats(-3, 3)


@pytest.fixture(scope="module")
def default() -> Result:
    return autograd.run(Settings())


def keys(result: Result) -> list[str]:
    return [f.key for f in autograd.findings(result)]


def finding(result: Result, key: str) -> Any:
    return next(f for f in autograd.findings(result) if f.key == key)


def gradient(result: Result, name: str, update: int = 0) -> np.ndarray:
    rows = result.gradients[[node.name for node in result.nodes].index(name)]
    assert rows is not None
    return rows[update]


def at(result: Result, name: str, update: int = 0) -> float:
    return float(result.values[[node.name for node in result.nodes].index(name)][update, 0])


# Gradients.


@given(values, values, values)
@given_settings(max_examples=15, deadline=None)
def test_the_gradients_of_the_product_are_those_of_the_formula(a: float, b: float, c: float) -> None:
    result = autograd.run(Settings(example="product", a=a, b=b, c=c, steps=2))
    e = (a + b) * (c + 1) - 6
    assert gradient(result, "a") == gradient(result, "b") == pytest.approx([2 * e * (c + 1)], abs=1e-9)
    assert gradient(result, "c") == pytest.approx([2 * e * (a + b)], abs=1e-9)
    assert result.loss[0] == pytest.approx(e**2)


def test_the_gradient_of_a_logistic_neuron_is_p_minus_the_label_times_the_input() -> None:
    result = autograd.run(Settings(example="neuron", a=0.3, b=-1.2, c=0.4))
    p = 1 / (1 + math.exp(-(0.3 * 1 + -1.2 * -0.5 + 0.4)))
    assert at(result, "p") == pytest.approx(p) and gradient(result, "z") == pytest.approx([p - 1])
    assert gradient(result, "w₁") == pytest.approx([p - 1]) and gradient(result, "w₂") == pytest.approx(
        [-0.5 * (p - 1)]
    )


def test_gradients_add_where_a_node_is_used_twice() -> None:
    result = autograd.run(Settings(example="twice", a=0.7, b=0.2))
    e = 1.4 * 1.6 - 6
    assert gradient(result, "w") == pytest.approx([2 * e * (8 * 0.7 + 2 * 0.2)])
    said = finding(result, "twice")
    assert sum(said["parts"]) == pytest.approx(said["total"]) and len(said["parts"]) == 2
    assert said["total"] == pytest.approx(2 * e * (1.6 + 1.4))


@pytest.mark.parametrize("cut", ["detach", "no_grad", "nothing"])
def test_a_cut_path_carries_no_gradient(cut: str) -> None:
    result = autograd.run(Settings(example="detach", cut=cut, a=1.5))
    whole = 4 * 1.5**3
    assert result.numeric[0] == pytest.approx([whole], rel=1e-6)
    assert gradient(result, "w") == pytest.approx([whole if cut == "nothing" else whole / 2])
    assert ("cut" in keys(result)) == (cut != "nothing") and ("numeric" in keys(result)) == (cut == "nothing")


@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_the_chain_rule_is_what_torch_computes_for_the_same_network(activation: str, forget: bool) -> None:
    """A module, torch.optim and backward() on their own, beside the graph that is written out."""
    s = Settings(activation=activation, forget=forget, steps=12, seed=3, width=3, lr=1.0)
    result = autograd.run(s)
    x, y = (torch.from_numpy(part).double() for part in points(s))
    module = initialise(network(s), s.seed).double()
    optimizer = torch.optim.SGD(module.parameters(), lr=s.lr)
    names = {"W₁": "0.weight", "b₁": "0.bias", "W₂": "2.weight", "b₂": "2.bias"}
    for update in range(s.steps):
        if not forget:
            optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(module(x)[:, 0], y)
        loss.backward()
        assert result.loss[update] == pytest.approx(loss.item(), abs=1e-12)
        for i, rows in result.stored.items():
            grad = dict(module.named_parameters())[names[result.nodes[i].name]].grad
            assert grad is not None
            np.testing.assert_allclose(rows[update], grad.reshape(len(grad), -1).T.flatten().numpy(), atol=1e-12)
        optimizer.step()
    assert result.gap < 1e-12 and result.compared > 1000


def test_a_wrong_rule_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.concepts.foundations.autograd import graphs

    wrong = dataclasses.replace(graphs.OPERATIONS["relu"], pull=lambda g, o, a: (g,))
    monkeypatch.setitem(graphs.OPERATIONS, "relu", wrong)
    result = autograd.run(Settings(steps=3))
    assert result.gap > 0.01 and keys(result)[0] == "unequal" and "numeric_off" in keys(result)


def test_the_gradients_are_those_of_finite_differences(default: Result) -> None:
    graph, s = default.nodes, default.settings
    leaves = {name: t.detach() for name, t in starts(s, graph).items()}
    own, _ = chain_rule(graph, forward(graph, leaves)[1])
    assert own[1] is not None
    leaves["W₁"][1, 2] += 1e-6
    up = float(forward(graph, leaves)[1][-1])
    leaves["W₁"][1, 2] -= 2e-6
    down = float(forward(graph, leaves)[1][-1])
    assert (up - down) / 2e-6 == pytest.approx(float(own[1][1, 2]), abs=1e-7)
    assert finding(default, "numeric")["off"] < 1e-4


# In place.


def test_backward_refuses_exactly_where_a_kept_tensor_was_overwritten() -> None:
    result = autograd.run(Settings(example="in_place"))
    refused = {pair for pair, no in result.refused.items() if no}
    assert refused == {("exp", "output"), ("tanh", "output"), ("sin", "input"), ("square", "input")}
    assert "inplace operation" in result.error and keys(result)[0] == "refused" and result.updates == 0
    for function, kept in {
        "exp": "output",
        "tanh": "output",
        "sin": "input",
        "square": "input",
        "add_one": "nothing",
    }.items():
        for changed in ("input", "output", "nothing"):
            one = autograd.run(Settings(example="in_place", function=function, changed=changed, steps=3))
            assert one.saved == kept and bool(one.error) == (changed == kept and changed != "nothing"), (
                function,
                changed,
            )
            assert one.error or (one.gap < 1e-12 and one.updates == 3)


def test_a_change_in_place_that_backward_allows_is_differentiated() -> None:
    result = autograd.run(Settings(example="in_place", function="sin", changed="output", a=1.0))
    assert gradient(result, "w") == pytest.approx([2 * 3 * math.sin(0.5) * 3 * math.cos(0.5) * 0.5])
    assert keys(result)[0] == "allowed"
    assert [f.key for f in figures.explain(result, 3, 0)][-1] == "overwritten"


# Forgetting zero_grad.


def test_forgetting_zero_grad_is_momentum_without_decay() -> None:
    s = Settings(steps=10, lr=0.5)
    result = autograd.run(dataclasses.replace(s, forget=True))
    x, y = (torch.from_numpy(part).double() for part in points(s))
    module = initialise(network(s), s.seed).double()
    optimizer = torch.optim.SGD(module.parameters(), lr=s.lr, momentum=1.0)
    losses = []
    for _ in range(s.steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(module(x)[:, 0], y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    np.testing.assert_allclose(result.loss[:-1], losses, atol=1e-12)


def test_the_stacks_hold_the_play_on_show() -> None:
    for forget in (False, True):
        result = autograd.run(Settings(steps=15, lr=1.0, forget=forget))
        rows = result.race.forgetful if forget else result.race.clean
        assert rows.shape == (SEEDS, 16)
        np.testing.assert_allclose(rows[0], result.loss, atol=2e-5)
    assert (result.race.clean[:, 0] == result.race.forgetful[:, 0]).all()  # the same starts
    assert len(np.unique(rows[:, 0])) == SEEDS


def test_the_verdict_on_forgetting_is_that_of_a_t_test(default: Result) -> None:
    a, b = default.race.forgetful[:, -1], default.race.clean[:, -1]
    low, high = stats.ttest_rel(a, b).confidence_interval()
    assert (effect(default).low, effect(default).high) == pytest.approx((low, high))
    up = np.full((8, 3), 0.5)
    noise = np.linspace(-0.01, 0.01, 8)[:, None] * np.ones(3)
    for gain, key in ((0.3, "forgetting_hurt"), (-0.3, "forgetting_helped"), (0.0, "forgetting_unclear")):
        race = dataclasses.replace(default.race, clean=up, forgetful=up + gain + noise)
        made = dataclasses.replace(default, race=race)
        assert key in keys(made)


def test_what_accumulates_is_counted() -> None:
    result = autograd.run(Settings(example="product", forget=True, steps=4))
    fresh = np.stack([gradient(result, name, update) for name in "abc" for update in range(4)]).reshape(3, 4)
    stored = np.stack([result.stored[i][:, 0] for i in (0, 1, 2)])
    np.testing.assert_allclose(stored, fresh.cumsum(1))
    said = finding(result, "accumulates")
    assert said["ratio"] == pytest.approx(np.linalg.norm(stored[:, -1]) / np.linalg.norm(fresh[:, -1]))


def test_divergence_is_named() -> None:
    result = autograd.run(Settings(example="product", rate=0.1, a=3.0, b=3.0, c=3.0))
    assert result.diverged and keys(result)[0] == "diverged" and result.updates < 50
    assert figures.board(result, False, 0, "") and len(moments(result)) > 5


# Moments.


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_moment_shows_what_has_been_computed_by_then(example: str) -> None:
    result = autograd.run(Settings(example=example, steps=4))
    played = moments(result)
    passes = len(result.values[-1])
    assert [m.update for m in played] == sorted(m.update for m in played)
    for update in range(min(DETAILED, passes)):
        mine = [m for m in played if m.update == update]
        assert [m.node for m in mine if m.phase == "forward"] == result.operations
        assert (mine[0].phase, mine[-1].phase) == ("zero", "refused" if result.error else "update")
        last = [shown(result, m) for m in mine][-1]
        assert [v is None for v in last.values] == [False] * len(result.nodes)
        for i, g in enumerate(result.gradients):
            assert (last.gradients[i] is None) == (g is None)
            if g is not None:
                np.testing.assert_allclose(last.gradients[i], g[update])
    assert sum(m.phase == "whole" for m in played) == max(0, passes - DETAILED)
    assert all(story(result, m).startswith(f"Update {m.update + 1} ·") for m in played)


def test_the_two_gradients_arrive_one_after_the_other() -> None:
    result = autograd.run(Settings(example="twice"))
    seen = [shown(result, m).gradients[2] for m in moments(result) if m.update == 0 and m.phase == "backward"]
    seen = [float(g[0]) for g in seen if g is not None]
    first, second = finding(result, "twice")["parts"]
    assert seen[-1] == pytest.approx(first + second) and {round(v, 9) for v in seen} == {
        round(second, 9),
        round(first + second, 9),
    }


def test_a_forgotten_gradient_is_there_before_the_next_backward_pass() -> None:
    result = autograd.run(Settings(example="product", forget=True, steps=3))
    second = [m for m in moments(result) if m.update == 1]
    assert second[0].phase == "forward"  # nothing sets .grad to zero
    assert shown(result, second[0]).stored[0] == pytest.approx(result.stored[0][0])
    assert shown(result, second[-1]).stored[0] == pytest.approx(result.stored[0][0] + gradient(result, "a", 1))


def test_the_field_is_what_the_network_predicts(default: Result) -> None:
    s = default.settings
    module = network(s)
    state = {default.nodes[i].name: torch.from_numpy(rows[-1]).float() for i, rows in default.parameters.items()}
    module.load_state_dict(
        {
            "0.weight": state["W₁"].view(2, -1).T,
            "0.bias": state["b₁"],
            "2.weight": state["W₂"][None],
            "2.bias": state["b₂"],
        }
    )
    assert default.axes is not None and default.fields is not None and default.fields.shape == (51, FIELD, FIELD)
    a, b = default.axes
    where = torch.tensor([[a[3], b[7]], [a[15], b[2]]], dtype=torch.float32)
    expected = 100 * module(where).sigmoid().detach().flatten().numpy()
    assert [default.fields[-1, 7, 3], default.fields[-1, 2, 15]] == pytest.approx(expected, abs=0.51)


# What is drawn and said.


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_board_holds_a_frame_for_each_moment(example: str) -> None:
    result = autograd.run(Settings(example=example, steps=6))
    played = moments(result)
    board = figures.board(result, False, 2, "click")
    assert len(json.dumps(board, allow_nan=False)) < 600_000
    assert len(board["options"]) == len(board["baseOption"]["timeline"]["data"]) == len(played)
    assert board["baseOption"]["timeline"]["currentIndex"] == 2
    for moment, frame in zip(played, board["options"], strict=True):
        graph = frame["series"][0]
        now = shown(result, moment)
        for i, drawn in enumerate(graph["data"]):
            value = now.values[i]
            if value is not None and len(value) == 1:
                assert f"{{v|{short(value[0])}}}" in drawn["label"]["formatter"]
        dot = next(s for s in frame["series"] if s["id"] == "dot")["data"]
        assert dot[0][0] == now.updates and dot[0][1] == pytest.approx(result.loss[now.updates], rel=1e-3)
    places = next(s for s in board["baseOption"]["series"] if s["id"] == "places")["data"]
    assert [p["value"] for p in places] == [list(node.at) for node in result.nodes]
    cells = [s["data"] for s in board["options"][-1]["series"] if s["id"] in ("values", "gradients")]
    assert bool(cells[0]) == (example == "perceptron")


def test_a_slider_is_answered_at_once(default: Result) -> None:
    autograd.run(Settings(seed=1))
    seconds = []
    for point in (2, 3, 4):
        begun = time.process_time()
        result = autograd.run(Settings(seed=1, point=point))
        frames(result, False)
        figures.losses(result)
        seconds.append(time.process_time() - begun)
    assert min(seconds) < 0.15


def test_a_node_is_explained_by_its_numbers() -> None:
    result = autograd.run(Settings(example="product"))
    for i in range(len(result.nodes)):
        said = " ".join(WORDS.say(f) for f in figures.explain(result, i, 0))
        assert result.nodes[i].name in said
    sends = figures.explain(result, 4, 0)[-1]["parts"][0]
    assert (sends["name"], sends["by"], sends["sent"]) == ("p", "1.5", "−15.8")
    table = figures.numbers(result, 4, 0)
    assert table["chain rule"].tolist() == table["PyTorch"].tolist() == [-15.75]
    twice = figures.explain(autograd.run(Settings(example="twice")), 2, 0)
    assert [f.key for f in twice] == ["is_operation", "has_value", "arrives", "adds"]


@pytest.mark.parametrize(
    ("v", "written"),
    [(0, "0"), (-0.25, "−0.25"), (1234.5, "1234"), (1e-9, "0"), (0.00021, "2.1e−04"), (math.inf, "∞"), (math.nan, "?")],
)
def test_numbers_in_a_node_are_short(v: float, written: str) -> None:
    assert short(v) == written


def test_runs_are_compared_where_they_can_be(default: Result) -> None:
    other = autograd.run(Settings(forget=True))
    change = autograd.difference(other, default)
    assert change.key == "change_paired"
    assert change["change"].mean == pytest.approx((default.race.forgetful - default.race.clean)[:, -1].mean())
    product = autograd.run(Settings(example="product"))
    assert autograd.difference(default, product).key == "not_comparable"
    assert autograd.difference(default, autograd.run(Settings(seed=5))).key == "not_paired"
    slower = autograd.run(Settings(example="product", rate=0.002))
    assert autograd.difference(slower, product)["change"] == pytest.approx(slower.loss[-1] - product.loss[-1])


def test_questions_are_graded_from_their_runs() -> None:
    right = {q.key: q.grade(autograd.run(Settings(**q.change)))[0] for q in autograd.QUESTIONS}
    assert right == {"forget": 0, "forget_smooth": 1, "twice": 0, "detach": 1, "in_place": 1}


def test_presets_work_and_fail_as_they_say() -> None:
    runs = {p.key: autograd.run(Settings(**p.change)) for p in PRESETS}
    assert keys(runs["forget"])[0] == "forgetting_hurt" and keys(runs["detach"])[0] == "cut"
    assert keys(runs["in_place"])[0] == "refused"
    assert runs["neuron"].loss[-1] < 0.2 * runs["neuron"].loss[0]
    assert runs["twice"].loss[-1] < 0.01 and "twice" in keys(runs["twice"])
    assert np.median(runs["circles"].race.clean[:, -1]) < 0.8 * runs["circles"].race.clean[:, 0].mean()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"forget": True, "data": "moons", "activation": "tanh"},
        {"example": "in_place"},
        {"example": "in_place", "function": "sin"},
    ]
    + [{"example": name} for name in SCALARS],
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(**{"steps": 8, **change})
    result, printed = autograd.run(settings), plain.main(SimpleNamespace(**vars(settings)))
    assert printed["losses"] == pytest.approx(result.loss.tolist(), abs=1e-12)
    if not result.error:
        own = [v for i in result.stored for v in gradient(result, result.nodes[i].name).tolist()]
        assert printed["gradients"] == pytest.approx(own, abs=1e-12)
    assert "refuses" in capsys.readouterr().out if result.error else True
    assert nodes(settings) == result.nodes
