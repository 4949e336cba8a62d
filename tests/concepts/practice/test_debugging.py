"""Each bug is the line it is said to be, shows in the instruments on every seed, and is told by nothing else."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits_of
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from core import concept as concepts
from core import text
from core.catalogue import CONCEPTS
from core.concepts.practice import debugging
from core.concepts.practice.debugging import QUESTIONS, Settings, difference, figures, findings, of_the_day, plain
from core.concepts.practice.debugging.experiment import examine, run
from core.concepts.practice.debugging.findings import cost, outcome, score, seen, signature
from core.concepts.practice.debugging.game import ALL_OPEN, GIVE_UP, GUESS, INSTRUMENTS, OPEN, RIGHT, WRONG, play
from core.concepts.practice.debugging.network import Training
from core.concepts.practice.debugging.result import PLANTED, TWIN, Evidence, Result
from core.concepts.practice.debugging.settings import BUGS, DATA, DROPOUT, LR, NONE, SUSPECTS, TRAIN, VALIDATION
from core.progress import finished
from core.settings import SettingsError

WORDS = text.of("practice/debugging")
LITTLE: dict[str, Any] = {"epochs": 4, "seeds": 2, "width": 16}
EVERY = [(data, bug) for data in DATA for bug in SUSPECTS[data]]
RUNS: dict[Settings, Result] = {}


def ran(**change: Any) -> Result:
    settings = Settings(**{**LITTLE, **change})
    if settings not in RUNS:
        RUNS[settings] = finished(run(settings))
    return RUNS[settings]


# The bugs are real.


@pytest.mark.parametrize(("data", "bug"), [*EVERY, ("digits", NONE), ("diabetes", NONE)])
def test_the_script_with_the_line_exchanged_trains_what_the_page_shows(data: str, bug: str) -> None:
    epochs = 2
    s = Settings(planted=bug, data=data, epochs=epochs, seeds=2, width=16)
    source = Path(plain.__file__).read_text(encoding="utf-8")
    if bug in BUGS:
        assert source.count(BUGS[bug].good) == 1  # one line, and no other
        source = source.replace(BUGS[bug].good, BUGS[bug].bad)
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(source, "plain", "exec"), names)
    assert names["TRAIN"] == TRAIN and names["LR"] == LR and names["VALIDATION"] == VALIDATION
    theirs = np.array(names["train"](SimpleNamespace(**vars(s)), 5))
    ours = Training(s, bug, 5)
    for _ in range(epochs):
        list(ours.epoch())
    np.testing.assert_allclose(ours.measured["loss"], theirs[:, 0], rtol=2e-4, equal_nan=True)
    np.testing.assert_allclose(ours.measured["score"], theirs[:, 1], rtol=2e-4, atol=2e-3, equal_nan=True)


def test_the_script_of_a_secret_case_is_healthy_and_that_of_a_chosen_bug_has_it() -> None:
    secret = concepts.script(debugging, Settings())
    assert secret is not None and "case" not in secret and str(Settings().first_seed) in secret
    assert all(bug.good in secret and (not bug.bad or bug.bad not in secret) for bug in BUGS.values())
    for data, bug in EVERY:
        written = concepts.script(debugging, Settings(planted=bug, data=data))
        assert written is not None and BUGS[bug].good not in written and BUGS[bug].bad in written


def test_a_batch_norm_refuses_a_batch_of_one_and_keeps_only_signs_of_two() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        torch.nn.BatchNorm1d(5)(torch.randn(1, 5))
    pair = torch.nn.BatchNorm1d(500)(torch.randn(2, 500)).detach()
    assert (pair.abs() > 0.99).float().mean() > 0.9
    torch.testing.assert_close(pair[0], -pair[1], atol=1e-3, rtol=0)


# Each is told by its instruments.


@dataclass
class Seen:
    """A network that was trained with a bug, as the instruments show it."""

    training: Training
    evidence: Evidence

    @property
    def apart(self) -> float:
        """Largest difference between two evaluations of the same rows."""
        return float(np.nan_to_num(np.abs(self.evidence.first - self.evidence.second)).max())

    @property
    def growth(self) -> float:
        """How far the gradient of the output layer grows from the first epoch on, before it leaves all bounds."""
        norms = np.array(self.training.measured["gradients"])[:, 2]
        return float(norms[np.isfinite(norms)][-1] / norms[0]) if np.isfinite(norms[0]) else 0.0

    @property
    def belong(self) -> float:
        """Correlation of the targets with what a linear model, fitted to other rows, makes of the inputs."""
        rows = self.training.rows
        x, y = rows.x.numpy(), rows.y.numpy()
        targets = np.eye(10)[y] if y.dtype == np.int64 else y[:, None]
        half = len(x) // 2
        w = Ridge(30).fit(x[:half], targets[:half])
        return float(np.corrcoef(w.predict(x[half:]).ravel(), targets[half:].ravel())[0, 1])


TRAITS: dict[str, Callable[[Seen], Any]] = {
    "zero_grad": lambda s: s.growth > 2 and s.evidence.lr <= 0.1,
    "eval": lambda s: s.apart > 0.1 and s.evidence.modes["net"][1],
    "softmax": lambda s: s.evidence.first.min() >= 0 and np.allclose(s.evidence.first.sum(1), 1, atol=1e-5),
    "broadcast": lambda s: len(s.evidence.shapes["loss of each"]) > 1,
    "shuffled": lambda s: s.belong < 0.25,
    "leak": lambda s: np.abs(s.evidence.means).max() > 0.01,
    "two": lambda s: (np.abs(np.abs(s.evidence.normalised) - 1) < 0.1).mean() > 0.5,
    "dropout": lambda s: s.apart > 0.1 and not s.evidence.modes["net"][1],
    "lr": lambda s: s.evidence.lr > 0.1,
    "list": lambda s: not all(there for _, _, there in s.evidence.held),
}


def trained(data: str, bug: str, seed: int, epochs: int = 5) -> Seen:
    training = Training(Settings(planted=bug, data=data), bug, seed)
    for _ in range(1 if bug == "two" else epochs):
        list(training.epoch())
    return Seen(training, examine(training))


@pytest.mark.parametrize("seed", [0, 40])
@pytest.mark.parametrize("data", DATA)
def test_every_bug_has_its_own_trait_and_no_other_on_several_seeds(data: str, seed: int) -> None:
    for bug in (NONE, *SUSPECTS[data]):
        seen = trained(data, bug, seed)
        told = {name for name, trait in TRAITS.items() if trait(seen)}
        assert told == ({bug} if bug != NONE else set()), (data, bug, seed, seen.growth, seen.belong)


def test_torch_itself_does_not_warn_of_the_shapes_that_the_page_plants() -> None:
    """mse_loss does; a loss that is written by hand does not, so that the bug is silent."""
    column, row = torch.zeros(4, 1), torch.zeros(4)
    with pytest.warns(UserWarning, match="broadcasting"):
        torch.nn.functional.mse_loss(column, row)
    assert ((column - row) ** 2).shape == (4, 4)


def test_a_run_shows_what_its_trainings_measured() -> None:
    r = ran()
    for name, bug in ((PLANTED, "zero_grad"), (TWIN, NONE)):
        training = Training(r.settings, bug, r.settings.first_seed + 1)
        for _ in range(4):
            list(training.epoch())
        assert r.histories[name].loss[1].tolist() == training.measured["loss"]
    assert r.last().tolist() == [h[-1] for h in r.histories[PLANTED].score] and r.frame().shape == (8, 6)


def test_dropout_as_it_is_drawn_here_is_that_of_torch() -> None:
    training = Training(Settings(planted=NONE), NONE, 3)
    x = torch.rand(50, 64)
    training.net.noise.manual_seed(7)
    ours = training.net(x)
    torch.manual_seed(7)
    theirs = x
    for block in training.net.hidden:
        theirs = torch.nn.functional.dropout(block(theirs), DROPOUT, True)
    torch.testing.assert_close(ours, training.net.head(theirs))


# What is secret stays secret.


@pytest.mark.parametrize("data", DATA)
def test_each_nine_cases_hold_every_suspect_once_and_the_same_for_everyone(data: str) -> None:
    for block in (1, 5, 2_251_244):
        bugs = [Settings(case=9 * block + i, data=data).bug for i in range(9)]
        assert sorted(bugs) == sorted(SUSPECTS[data])
    assert Settings(case=1).bug == "zero_grad"  # written down: a link means the same tomorrow
    assert Settings(case=20261201, data="diabetes").bug == Settings(case=20261201, data="diabetes", seed=5).bug


def test_the_bug_of_the_day_is_the_same_all_over_the_world_and_changes_every_day() -> None:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(400)]
    cases = [of_the_day(day) for day in days]
    assert cases[334] == {"case": 20261201, "data": cases[334]["data"]} and {c["data"] for c in cases} == set(DATA)
    bugs = [Settings(**case).bug for case in cases]
    assert set(bugs) == set(BUGS)
    assert sum(a == b for a, b in itertools.pairwise(bugs)) <= 8  # only where the data set or the month changes
    assert Settings(**of_the_day(date(9999, 12, 31)))


def test_nothing_that_a_learner_is_given_before_the_end_names_the_bug() -> None:
    for case, data in ((1, "digits"), (2, "digits"), (7, "digits"), (1, "diabetes"), (2, "diabetes")):
        r = ran(case=case, data=data)
        assert r.bug != NONE and not r.settings.known
        said = [WORDS.say(f) for f in [*findings(r), score(r), difference(r, r)]]
        named = [WORDS.option("planted", bug) for bug in BUGS]
        assert "One line of this training is wrong" in said[0]
        assert not any(name in sentence for name in named for sentence in said)
        assert not {"variant", "bug", "planted"} & set(r.frame().columns)
        assert not any("twin" in str(figures.curve(r, name, False)) for name in ("loss", "score"))
        assert figures.share(r, play([(GUESS, r.bug)], r.bug)) == f"Concept Lab, case {case}, {data}\n🟩"
    day = ran(**of_the_day(date(2026, 12, 2)))
    assert (
        figures.share(day, play([(OPEN, "shapes"), (GIVE_UP, "")], day.bug)) == "Concept Lab, bug of 2026-12-02\n🟨⬛"
    )


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just(OPEN), st.sampled_from(INSTRUMENTS)),
        st.tuples(st.just(GUESS), st.sampled_from(SUSPECTS["digits"])),
        st.just((GIVE_UP, "")),
    ),
    max_size=12,
)


@given(MOVES, st.sampled_from(SUSPECTS["digits"]))
@limits_of(max_examples=60, deadline=None)
def test_a_wrong_guess_opens_one_more_instrument_and_the_right_one_ends_the_game(moves: Any, bug: str) -> None:
    state = play(moves, bug)
    assert state.marks.count(WRONG) == len(state.wrong) and bug not in state.wrong
    assert len(state.opened) == min(len(INSTRUMENTS), state.marks.count(OPEN) + len(state.wrong))
    assert set(state.opened) | set(state.closed) == set(INSTRUMENTS) and len(set(state.opened)) == len(state.opened)
    assert state.found == (RIGHT in state.marks) and state.over == (state.found or GIVE_UP in state.marks)
    assert not {RIGHT, GIVE_UP} & set(state.marks[:-1])  # nothing counts after the end
    named = [what for kind, what in moves if kind in (GUESS, GIVE_UP)]
    assert state.found == (bug in named and "" not in named[: named.index(bug)])
    assert state.shown == (INSTRUMENTS if state.over else state.opened[::-1])


# What is said.


def test_what_a_bug_costs_is_the_paired_difference_to_its_twin() -> None:
    r = ran(planted="eval", seeds=3, epochs=6)
    before, after = r.last(name=TWIN), r.last()
    assert cost(r).key == "costs" and r.effect.mean == pytest.approx(np.mean(after - before))
    assert r.effect.high < 0 and findings(r)[0] == cost(r)
    healthy = ran(planted=NONE)
    assert (healthy.last() == healthy.last(name=TWIN)).all() and cost(healthy).key == "free"
    assert findings(healthy) == seen(healthy) and findings(healthy)[0].numbers["riddle"].key == "healthy"


def test_a_leak_of_a_scaler_makes_no_clear_difference() -> None:
    r = ran(planted="leak", seeds=4, epochs=6)
    assert cost(r).key == "free" and abs(r.effect.mean) < 0.01


def test_a_softmax_more_keeps_the_loss_above_its_floor() -> None:
    r = ran(planted="softmax")
    floor = -torch.log_softmax(torch.eye(10)[0], 0)[0].item()
    assert pytest.approx(1.4612, abs=1e-4) == floor
    assert (r.histories[PLANTED].loss > floor).all() and (r.histories[PLANTED].train_loss > floor).all()


def test_a_column_minus_a_row_makes_outputs_settle_at_the_mean() -> None:
    r = ran(planted="broadcast", data="diabetes", epochs=6)
    e = r.evidence
    assert e is not None and e.shapes["loss of each"] == (32, 32) and e.first.std() < 0.3 * e.targets.std()
    y = torch.randn(32)
    a = torch.full((32, 1), 0.3, requires_grad=True)
    ((a - y) ** 2).mean().backward()
    assert a.grad is not None
    torch.testing.assert_close(
        a.grad, 2 * (a.detach() - y.mean()) / 32
    )  # each output is drawn to the mean of all targets


def test_a_plain_list_hides_its_layers_from_the_optimiser_and_from_eval() -> None:
    r = ran(planted="list")
    e = r.evidence
    assert e is not None and [name for name, _, there in e.held if there] == ["head.weight", "head.bias"]
    assert (r.histories[PLANTED].change[:, :, :2] == 0).all() and (r.histories[PLANTED].change[:, :, 2] > 0).all()
    assert e.modes == {"net": (True, False), **{f"hidden[{i}] batch norm": (True, True) for i in range(2)}}


def test_a_training_that_breaks_down_is_told_without_a_number() -> None:
    r = ran(planted="zero_grad", data="diabetes")
    broken = np.full((2, 4), np.nan)
    gone = dataclasses.replace(r.histories[PLANTED], score=broken, loss=broken)
    evidence = dataclasses.replace(r.evidence, first=np.full((128, 1), np.nan), second=np.full((128, 1), np.nan))
    r = dataclasses.replace(r, histories={**r.histories, PLANTED: gone}, evidence=evidence)
    assert cost(r).key == "broke" and seen(r)[0].key == "nan" and score(r).key == "no_score"
    assert difference(r, ran()).key == "not_comparable"
    history = dataclasses.replace(r.histories[PLANTED], score=np.full((2, 4), -5.0), loss=np.full((2, 4), 9.0))
    far = dataclasses.replace(r, histories={**r.histories, PLANTED: history})
    assert seen(far)[0].key == "far" and cost(far).key == "broke"
    for result in (r, far):
        for name in INSTRUMENTS:
            json.dumps(figures.chart(result, name), allow_nan=False)
        assert "nan" not in WORDS(f"instruments.twice.caption_{r.settings.data}", **figures.numbers(result))


@pytest.mark.parametrize(("data", "bug"), EVERY)
def test_every_bug_is_explained_on_a_page_that_is_there(data: str, bug: str) -> None:
    assert CONCEPTS[BUGS[bug].page].built
    r = ran(planted=bug, data=data, epochs=2, width=8)
    assert signature(r).key in (f"sign_{bug}", "sign_zero_grad_nan")
    said = [WORDS.say(f) for f in (cost(r), signature(r), *outcome(r, ALL_OPEN))]
    assert all("nan" not in sentence for sentence in said)
    for name in INSTRUMENTS:
        json.dumps(figures.chart(r, name), allow_nan=False)
    assert figures.lines_that_differ(r, "nothing").count("\n") == 1
    assert (ALL_OPEN.shown, ALL_OPEN.marks) == (INSTRUMENTS, ())


def test_a_bug_that_the_data_set_cannot_have_is_refused_in_a_sentence() -> None:
    for data, bug in (("diabetes", "softmax"), ("digits", "broadcast")):
        with pytest.raises(SettingsError, match="is not possible with the data set"):
            Settings(planted=bug, data=data)


def test_questions_are_graded_from_the_run_and_have_answers_of_their_own() -> None:
    right = {q.key: q.grade(ran(**{**q.change, "epochs": 10, "seeds": 2, "width": 32}))[0] for q in QUESTIONS}
    assert right == {"zero_grad": 2, "leak": 2, "list": 0, "broadcast": 1, "eval": 1}
