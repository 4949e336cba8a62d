"""Modules: what each call moves and what it does not, what is registered, which files are loaded, and what a list costs."""

from __future__ import annotations

import dataclasses
import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from torch import nn

from core.concepts.convolution import modules as concept
from core.concepts.convolution.modules import Result, Settings, figures, plain
from core.concepts.convolution.modules.experiment import Player, batch
from core.concepts.convolution.modules.files import made
from core.concepts.convolution.modules.findings import moved
from core.concepts.convolution.modules.network import InAList, MyFlatten, MyLinear, Own, build
from core.concepts.convolution.modules.result import VARIANTS
from core.concepts.convolution.modules.settings import CALLS, NETWORKS
from core.concepts.optimization.training import Settings as Training

SMALL = {"n": 60, "steps": 10, "seeds": 2}


def played(*calls: str, **change: Any) -> Result:
    result: Result = concept.run(Settings(calls=calls, **SMALL, **change))
    return result


def counts(result: Result) -> list[dict[str, int]]:
    return [moved(result, i) for i in range(len(result.settings.calls))]


# What moves.


def test_each_call_moves_what_it_should() -> None:
    result = played("forward", "backward", "step", "zero_grad", "eval", "again", "train", "save", "load")
    assert counts(result) == [{"buffer": 3}, {}, {"parameter": 6}, {}, {}, {}, {}, {}, {}]
    assert result.said == ("",) * 9
    grad = next(i for i, row in enumerate(result.rows) if row.kind == "grad")
    assert [result.moved(grad, i) for i in range(4)] == [False, True, False, True]


def test_to_float64_converts_floats_only_and_load_puts_numbers_back_and_keeps_the_dtype() -> None:
    result = played("forward", "backward", "step", "float64", "load")
    assert counts(result)[3] == {"parameter": 6, "buffer": 2}  # num_batches_tracked is a whole number
    first, last = (
        {row.name: v[at] for row, v in zip(result.rows, result.values, strict=True) if row.dtype} for at in (0, -1)
    )
    assert all(np.array_equal(first[name], last[name]) for name in first)
    dtypes = {row.name: notes[-1] for row, notes in zip(result.rows, result.notes, strict=True) if row.dtype}
    assert dtypes.pop("body.1.num_batches_tracked") == "int64" and set(dtypes.values()) == {"float64"}


def test_looking_at_a_network_does_not_move_it() -> None:
    s = Settings()
    one, two = (Player(s, build(s), *batch(s)) for _ in range(2))
    for row in concept.run(s).rows:
        one.look(row)
    assert all(
        torch.equal(a, b) for a, b in zip(one.net.state_dict().values(), two.net.state_dict().values(), strict=True)
    )


def test_a_step_is_the_gradient_times_the_rate() -> None:
    result = played("forward", "backward", "step", lr=0.3)
    before, after = (result.values[[r.name for r in result.rows].index("head.bias")][i] for i in (2, 3))
    gradients = result.values[[r.name for r in result.rows].index("all .grad")][2]
    assert after - before == pytest.approx(-0.3 * gradients[-10:], abs=1e-7)


def test_a_step_is_that_of_torch_optim() -> None:
    s = Settings(network="mlp", lr=0.3)
    player = Player(s, build(s), *batch(s))
    theirs = build(s)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.3)
    for _ in range(3):
        for call in ("zero_grad", "forward", "backward", "step"):
            assert player.call(call) == ""
        optimizer.zero_grad()
        nn.functional.cross_entropy(theirs(player.x), player.y).backward()
        optimizer.step()
    for a, b in zip(player.net.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-7)


def test_a_bias_before_a_batch_norm_has_no_gradient() -> None:
    result = played("forward", "backward", "step")
    rows = [row.name for row in result.rows]
    assert result.change(rows.index("body.0.bias"), 2) < 1e-6 < 1e-3 < result.change(rows.index("head.bias"), 2)


def test_calls_that_cannot_be_made_are_told_and_what_they_moved_is_seen() -> None:
    assert "no loss" in played("backward").said[0]
    refused = played("float64", "forward")
    assert "ouble" in refused.said[1] and counts(refused)[1] == {}
    assert [f["call"] for f in concept.findings(refused) if f.key == "refused_call"] == ["forward"]
    only = concept.findings(played("backward", "eval"))[0]
    assert (only.key, only["call"]) == ("only_refused", "backward")
    assert concept.findings(played())[0].key == "no_calls"


# What is registered.


def test_own_layers_are_those_of_torch() -> None:
    x = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(MyFlatten()(x), nn.Flatten()(x))
    mine, theirs = MyLinear(6, 4), nn.Linear(6, 4)
    theirs.load_state_dict(mine.state_dict())
    assert torch.allclose(mine(x.flatten(1)), theirs(x.flatten(1)))
    assert [n for n, _ in mine.named_parameters()] == [n for n, _ in theirs.named_parameters()]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_tree_lights_what_torch_gives(network: str) -> None:
    s = Settings(network=network, calls=(), **SMALL)
    result, net = concept.run(s), build(s)
    given = {method: [node.path for node in figures.given_by(result.tree, method)] for method in figures.GIVES}
    assert given["children()"] == [name for name, _ in net.named_children()]
    assert given["modules()"] == [name for name, _ in net.named_modules()]
    assert sorted(given["parameters()"]) == sorted(name for name, _ in net.named_parameters())
    assert sorted(given["buffers()"]) == sorted(name for name, _ in net.named_buffers())
    assert sorted(given["state_dict()"]) == sorted(net.state_dict())
    assert result.printed == repr(net)


def test_children_are_not_modules() -> None:
    net = Own(16, 0.5)
    assert len(list(net.children())) == 3 and len(list(net.modules())) == 8
    assert len(list(net.parameters())) == 6 and len(list(net.buffers())) == 3


def test_no_call_reaches_a_layer_in_a_plain_list() -> None:
    result = played("forward", "backward", "step", "float64", "again", "load", network="list")
    assert all("list" not in count for count in counts(result))
    assert counts(result)[2] == {"parameter": 2} and result.said[4]  # float32 layers, a float64 head
    assert not any("layers" in name for name in InAList(4).state_dict())


# Files.


@pytest.mark.parametrize(
    ("file", "words"),
    [("missing", "lacks head.bias"), ("shape", "(11,)"), ("dtype", "float64"), ("bomb", "posix.system")],
)
def test_a_bad_file_moves_nothing_and_is_told(file: str, words: str) -> None:
    result = played("forward", "backward", "step", "load", file=file)
    assert words in result.refused and result.said[3] == result.refused and counts(result)[3] == {}
    assert [f["why"] for f in concept.findings(result) if f.key == "file_refused"] == [result.refused]
    assert ("posix.system" in result.torch_said) == (file == "bomb")


def test_a_state_goes_down_and_comes_up_again() -> None:
    there = played("forward", "backward", "step")
    torch_file = io.BytesIO()
    torch.save({n: torch.tensor(a) for n, a in there.state.items()}, torch_file)
    for data in (save(there.state), torch_file.getvalue()):
        back = concept.run(Settings(calls=("load",), file="upload", upload="x", **SMALL), data)
        assert not back.refused and all(np.array_equal(back.state[n], a) for n, a in there.state.items())
    bad = concept.run(Settings(calls=("load",), file="upload", upload="x", **SMALL), b"GIF89a")
    assert "neither" in bad.refused and counts(bad) == [{}]


def test_the_weights_of_the_training_page_fit_the_mlp() -> None:
    from core.concepts.optimization.training.experiment import build as training

    state = {n: t.numpy() for n, t in training(Training(), (2,), 2).state_dict().items()}
    data = save({f"seed{k}.{name}": values for k in (0, 1) for name, values in state.items()})
    result = concept.run(Settings(network="mlp", calls=("load",), file="upload", upload="x", **SMALL), data)
    assert not result.refused and all(np.array_equal(result.state[n], a) for n, a in state.items())


def test_the_bomb_is_never_loaded_without_weights_only(monkeypatch: pytest.MonkeyPatch) -> None:
    data, called = made("bomb", build(Settings()).state_dict()), list[str]()
    monkeypatch.setattr("posix.system", called.append)
    torch.load(io.BytesIO(data), weights_only=False)
    assert len(called) == 1  # a real bomb
    result = concept.run(Settings(calls=("load",), file="upload", upload="x", **SMALL), data)
    assert "posix.system" in result.said[0] and len(called) == 1


# Layers in lists.


@pytest.fixture(scope="module")
def default() -> Result:
    result: Result = concept.run(Settings())
    return result


def test_layers_in_a_list_cost_what_the_catalogue_says(default: Result) -> None:
    race = default.race
    assert race.parameters == {VARIANTS[0]: 64 * 16 + 16 + 16 * 16 + 16 + 170, VARIANTS[1]: 170, VARIANTS[2]: 0}
    assert race.change(VARIANTS[1]).high < -0.1 and race.change(VARIANTS[2]).high < -0.5
    never = race.loss[VARIANTS[2]]
    assert np.all(never == never[:, :1])  # it never learns: the loss does not move by a bit
    assert "empty parameter list" in race.refused
    torch.optim.Adam([{"params": []}])  # a parameter group says nothing


def test_a_difference_is_said_only_where_its_interval_leaves_zero_out(default: Result) -> None:
    for gain, key in ((0.1, "list_better"), (-0.1, "list_worse"), (0.0, "list_unclear")):
        base = default.race.accuracy[VARIANTS[0]]
        rows = default.race.right[VARIANTS[0]]
        race = dataclasses.replace(
            default.race,
            accuracy=default.race.accuracy | {VARIANTS[1]: base + gain * np.linspace(0.9, 1.1, len(base))},
            right=default.race.right | {VARIANTS[1]: rows + gain},
        )
        assert key in [f.key for f in concept.findings(dataclasses.replace(default, race=race))]


def test_the_verdict_counts_the_calls_that_moved_something(default: Result) -> None:
    verdict = concept.findings(default)[0]
    assert (verdict.key, verdict["n"], verdict["calls"]) == ("moved", 4, 7)
    assert [part["call"] for part in verdict["parts"]] == ["forward", "step", "float64", "load"]
    assert concept.findings(played("eval", "save"))[0].key == "nothing_moved"
    changed = next(f for f in concept.findings(default) if f.key == "eval_changes")
    assert changed["modules"] == 8 and changed["change"] > 0.1
    assert "eval_same" in [f.key for f in concept.findings(played("eval", network="mlp"))]


def test_questions_are_graded_from_the_run() -> None:
    grades = {
        q.key: q.grade(concept.run(Settings(**SMALL, **q.change)))[0] for q in concept.QUESTIONS if q.key != "list"
    }
    assert grades == {"look": 1, "eval": 0, "no_backward": 0, "double": 1, "bomb": 1}


@pytest.mark.parametrize("network", NETWORKS)
def test_the_script_makes_the_same_calls_and_trains_the_same_networks(network: str) -> None:
    s = Settings(network=network, calls=CALLS, **SMALL)
    result, printed = concept.run(s), plain.main(SimpleNamespace(**vars(s)))
    assert printed["moved"] == [sum(c.values()) for c in counts(result)]
    for name in VARIANTS:
        assert printed[name] == pytest.approx(result.race.accuracy[name], abs=0.003), name


def test_the_board_shows_the_changes(default: Result) -> None:
    cells = figures.board(default, dark=False)["series"][0]["data"]
    lit = [c["value"][:2] for c in cells if c["name"]]
    expected = [[c, i] for i in range(len(default.rows)) for c in range(7) if default.moved(i, c)]
    assert lit == expected
    assert figures.chosen(default, 9) == {"row": 2, "call": 3}
    drawn = figures.numbers(default, 0, 2)["series"]
    assert drawn[0]["data"][3]["value"] == pytest.approx(default.values[0][2][3], abs=1e-4)
