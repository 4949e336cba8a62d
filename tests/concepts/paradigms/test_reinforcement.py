"""Reinforcement learning: the world as Gymnasium has it, values as dynamic programming has them, and what a run may claim."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from core.concepts.paradigms import reinforcement as concept
from core.concepts.paradigms.reinforcement import Result, Settings, figures, plain
from core.concepts.paradigms.reinforcement.experiment import marks
from core.concepts.paradigms.reinforcement.findings import best_found
from core.concepts.paradigms.reinforcement.learners import Agents, walk
from core.concepts.paradigms.reinforcement.planning import best_values, expected_return
from core.concepts.paradigms.reinforcement.settings import EXPECTED, LIMIT, SARSA, Q
from core.concepts.paradigms.reinforcement.world import MAPS, SIGNS, WorldError, outcomes, painted, read
from core.progress import finished
from core.settings import SettingsError

SMALL = Settings(seeds=16, episodes=100)


@pytest.fixture(scope="module")
def default() -> Result:
    return finished(concept.run(Settings()))


@pytest.fixture(scope="module")
def small() -> Result:
    return finished(concept.run(SMALL))


def keys(result: Result) -> dict[str, Any]:
    return {f.key: f for f in concept.findings(result)}


# The world


@pytest.mark.parametrize(("slippery", "slip"), [(False, 0.0), (True, 2 / 3)])
def test_the_cliff_is_that_of_gymnasium(slippery: bool, slip: float) -> None:
    env = gymnasium.make("CliffWalking-v1", is_slippery=slippery).unwrapped
    world = read(MAPS["cliff"])
    chances, reward = outcomes(world, slip, 100)
    assert (world.start, world.goal) == (36, 47)
    for cell in np.flatnonzero(world.inside):
        for action in range(4):
            told = env.P[int(cell)][action]
            there, mean = np.zeros(48), 0.0
            for chance, new, gained, ended in told:
                there[new] += chance
                mean += chance * gained
                assert ended == (new == world.goal)
            assert chances[cell, action] == pytest.approx(there) and reward[cell, action] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("S..G/..#.", "grid_sign"), ("S..G/...", "grid_rows"), ("S............G", "grid_size"), ("SG/" * 8 + "..", "grid_size"),
        ("S..S", "grid_ends"), ("....", "grid_ends"), ("", "grid_size"), ("SwG", "grid_no_way"), ("ScG", "grid_no_way"),
    ],
)  # fmt: skip
def test_a_map_that_cannot_be_walked_on_is_refused_in_a_sentence(text: str, key: str) -> None:
    with pytest.raises(WorldError) as refused:
        read(text)
    assert refused.value.key == key
    with pytest.raises(SettingsError, match="Your map"):
        Settings(world="own", grid=text)
    assert Settings(world="cliff", grid=text).map == MAPS["cliff"]  # as long as it is not asked for


def test_painting_keeps_one_start_and_one_goal_and_can_be_taken_back() -> None:
    text = MAPS["cliff"]
    once = painted(text, 5, "w")
    assert once[5] == "w" and painted(once, 5, ".") == text
    assert painted(text, 36, "w") == painted(text, 47, "S") == painted(text, 99, "w") == text
    assert read(painted(text, 0, "S")).start == 0 and painted(text, 0, "G").count("G") == 1
    assert figures.paint(text, 36, "wall") == {} and figures.paint(text, 5, "wall") == {"world": "own", "grid": once}
    walled = painted(painted(painted(text, 24, "w"), 37, "w"), 0, "c")  # to be painted on, though it cannot be run
    assert figures.map_text({"world": "own", "grid": walled}, text) == walled
    assert figures.map_text({"world": "own", "grid": "?"}, text) == text


@given(st.dictionaries(st.integers(1, 18), st.sampled_from("wc"), max_size=8))
@settings(max_examples=30, deadline=None)
def test_with_steps_of_minus_one_the_best_value_is_the_shortest_way(obstacles: dict[int, str]) -> None:
    cells = "S" + "".join(obstacles.get(i, ".") for i in range(1, 19)) + "G"
    text = "/".join(cells[i : i + 5] for i in range(0, 20, 5))
    try:
        world = read(text)
    except WorldError as refused:
        assume(refused.key != "grid_no_way")
        raise
    s = Settings(world="own", grid=text)
    value = best_values(s, 0.0).max(1)
    assert value[world.inside] == pytest.approx(-world.steps[world.inside])
    total, arrived, _ = walk(best_values(s, 0.0)[None].round(9), s)
    assert arrived[0] and total[0] == -world.steps[world.start]


# Dynamic programming


@pytest.mark.parametrize("change", [{}, {"gamma": 0.9, "slip": 0.2}, {"world": "bridge", "epsilon": 0.3}])
def test_policy_iteration_agrees_with_value_iteration(change: dict[str, Any]) -> None:
    s = Settings(**change)
    for epsilon in (0.0, s.epsilon):
        chances, reward = outcomes(s.place, s.slip, s.fall)
        q = np.zeros(reward.shape)
        for _ in range(4000):
            value = (1 - epsilon) * q.max(1) + epsilon * q.mean(1)
            value[~s.place.inside] = 0
            q = reward + s.gamma * chances @ value
        inside = s.place.inside
        assert best_values(s, epsilon)[inside] == pytest.approx(q[inside], rel=1e-6)


def test_an_expected_return_is_the_mean_of_many_episodes() -> None:
    s = Settings(slip=0.2, seeds=128)
    q = best_values(s, 0.0)
    totals = np.concatenate([walk(np.repeat(q[None], 128, 0), dataclasses.replace(s, seed=k))[0] for k in range(8)])
    error = totals.std() / len(totals) ** 0.5
    assert expected_return(s, q, 0.0) == pytest.approx(totals.mean(), abs=4 * error)
    assert expected_return(Settings(), best_values(Settings(), 0.0), 0.0) == pytest.approx(-13)


# Learning


def test_values_learnt_from_random_steps_are_those_of_dynamic_programming() -> None:
    s = Settings(world="own", grid="S..w./.c.../.w..G", epsilon=1.0, lr=1.0, episodes=100, seeds=4)
    agents = Agents(s, Q, marks(s))
    agents.advance(100_000)
    truth = best_values(s, 0.0)
    assert agents.kept[-1][:, s.place.inside] == pytest.approx(np.repeat(truth[None, s.place.inside], 4, 0))
    assert np.abs(agents.kept[0] - truth)[:, s.place.inside].max() > 1  # not yet after one episode


def test_expected_sarsa_comes_to_the_values_of_the_best_exploring_policy() -> None:
    s = Settings(world="own", grid="S...G/.cc..", rival=EXPECTED, epsilon=0.4, lr=1.0, fall=5.0, episodes=500, seeds=4)
    agents = Agents(s, EXPECTED, marks(s))
    agents.advance(100_000)
    truth = best_values(s, 0.4)
    assert agents.kept[-1][:, s.place.start].max(1) == pytest.approx(truth[s.place.start].max(), rel=1e-3)
    assert not np.allclose(truth, best_values(s, 0.0))


def test_q_learning_finds_the_shortest_path_and_sarsa_earns_more_meanwhile(default: Result) -> None:
    assert (
        (default.learned[Q].greedy[-1] == -13).all()
        and best_found(default, Q) == 64
        and best_found(default, SARSA) == 0
    )
    assert default.learning.mean > 15 and default.learning.low > 10
    assert default.truth[Q].q[36].max() == pytest.approx(-13) and default.learned[Q].start[-1].mean() == pytest.approx(
        -13
    )
    falls = [default.learned[name].falls[:, -100:].mean() for name in (Q, SARSA)]
    assert falls[0] > 3 * falls[1]
    assert default.late(Q).mean() == pytest.approx(default.truth[Q].exploring, abs=5)
    assert [f.key for f in concept.findings(default)][:3] == ["verdict", "compared", "expected"]
    assert keys(default)["verdict"]["learning"].key == "earns_more"
    assert keys(default)["verdict"]["following"].key == "greedy_less"
    lost = int((default.learned[SARSA].greedy[-1] == -LIMIT).sum())
    assert lost == (keys(default)["lost"]["lost"] if "lost" in keys(default) else 0)


def test_expected_sarsa_earns_what_dynamic_programming_says_an_exploring_agent_can() -> None:
    result = finished(concept.run(Settings(rival=EXPECTED, episodes=300, seeds=32)))
    late = result.late(EXPECTED)
    assert late.mean() == pytest.approx(result.truth[EXPECTED].exploring, abs=1.5)
    assert (result.learned[EXPECTED].greedy[-1] == -15).mean() > 0.9


def test_an_agent_does_the_same_whoever_learns_beside_it(small: Result) -> None:
    alone = finished(concept.run(dataclasses.replace(SMALL, seeds=2, seed=3)))
    for name in (Q, SARSA):
        assert (alone.learned[name].returns == small.learned[name].returns[3:5]).all()
    assert (small.learned[Q].returns[:, 0] == small.learned[Q].returns[0, 0]).mean() < 0.5


# What a run may claim


def with_returns(result: Result, late: Any, greedy: Any) -> Result:
    """The result with these differences of the second method, for each agent."""
    q = result.learned[Q]
    other = dataclasses.replace(q, returns=q.returns + np.asarray(late)[:, None], greedy=q.greedy + np.asarray(greedy))
    return dataclasses.replace(result, learned={Q: q, SARSA: other})


def test_a_difference_is_clear_only_when_its_interval_leaves_zero_out(small: Result) -> None:
    luck = np.linspace(-1, 1, 16)
    for late, greedy, found in (
        (3 + luck, -2 * np.ones(16), ("earns_more", "greedy_less")),
        (-3 + luck, 2 + luck, ("earns_less", "greedy_more")),
        (luck, np.zeros(16), ("earns_same", "greedy_equal")),
        (np.zeros(16), luck, ("earns_equal", "greedy_same")),
    ):
        made = with_returns(small, late, greedy)
        verdict = keys(made)["verdict"]
        assert (verdict["learning"].key, verdict["following"].key) == found
    t = stats.t.ppf(1 - 0.025 / 2, 15) * luck.std(ddof=1) / 4
    assert with_returns(small, 3 + luck, luck).learning.high == pytest.approx(3 + t)


def test_a_stopped_run_shows_its_curves_and_no_verdict() -> None:
    steps = concept.run(SMALL)
    early = next(step for step in steps if step.fraction > 0.5)
    partial = early.result()
    steps.close()
    assert 0 < partial.fraction < 1 and [f.key for f in concept.findings(partial)] == ["unfinished"]
    assert concept.score(partial).key == "unfinished" and concept.difference(partial, partial).key == "not_comparable"
    assert len(figures.returns(partial)["series"]) == 6 and figures.boards(partial, timeline=False)["series"]


@pytest.mark.parametrize(
    ("key", "right"), [("cheap_fall", 1), ("falling", 1), ("random_steps", 0), ("expected", 1), ("short_sighted", 2)]
)
def test_questions_have_the_answers_that_their_runs_give(key: str, right: int) -> None:
    question = next(q for q in concept.QUESTIONS if q.key == key)
    fewer = {"seeds": 8, "episodes": {"random_steps": 60, "short_sighted": 200}.get(key, 240)}
    assert question.grade(finished(concept.run(Settings(**{**question.change, **fewer}))))[0] == right


def test_without_exploration_there_is_no_difference() -> None:
    found = keys(finished(concept.run(Settings(epsilon=0.0, seeds=8, episodes=200))))
    verdict = found["verdict"]
    assert (verdict["learning"].key, verdict["following"].key) == ("earns_equal", "greedy_equal")
    assert "expected" not in found


# Charts and script


def test_the_boards_show_the_numbers(default: Result) -> None:
    option = figures.boards(default)
    cells, path, texts = option["baseOption"]["series"][:3]
    assert len(cells["data"]) == 48 and cells["data"][0][2] == pytest.approx(default.learned[Q].value[-1][0], abs=0.01)
    assert len(path["data"]) == 13 and len(texts["data"]) == 38  # 37 cells to stand on, and the goal
    assert len(option["options"]) == len(option["baseOption"]["timeline"]["data"]) == len(default.learned[Q].marks)
    truth = figures.boards(default, truth=True)
    assert len(truth["series"][1]["data"]) == 13 and len(truth["series"][4]["data"]) == 15  # one row from the edge
    assert len(figures.bare(MAPS["cliff"])["series"][0]["data"]) == 48
    assert {SIGNS[0], "S", "G"} <= set(MAPS["cliff"])


@pytest.mark.parametrize("change", [{}, {"rival": EXPECTED, "world": "bridge", "falling": True}, {"slip": 0.2}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    s = Settings(**{"seeds": 3, "episodes": 40, **change})
    printed, result = plain.main(SimpleNamespace(**vars(s))), finished(concept.run(s))
    for name in s.methods:
        assert printed[name]["late"] == pytest.approx(result.late(name))
        if not s.slip:
            assert printed[name]["greedy"] == pytest.approx(result.learned[name].greedy[-1])
    assert plain.MAPS == MAPS
