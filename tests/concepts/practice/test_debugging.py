"""Each bug is the line it is said to be, shows in the instruments on every seed, and is told by nothing else."""

from __future__ import annotations

import dataclasses
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
from core.concepts.practice.debugging.settings import BUGS, DATA, DROPOUT, LR, MOMENTUM, NONE, SUSPECTS, TRAIN, VALIDATION
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
    for seed in range(1 if bug == "two" else 2):
        theirs = np.array(names["train"](SimpleNamespace(**vars(s)), seed))
        ours = Training(s, bug, seed)
        for _ in range(epochs):
            list(ours.epoch())
        np.testing.assert_allclose(ours.measured["loss"], theirs[:, 0], rtol=2e-4, equal_nan=True)
        np.testing.assert_allclose(ours.measured["score"], theirs[:, 1], rtol=2e-4, atol=2e-3, equal_nan=True)


def test_the_script_of_a_secret_case_is_healthy_and_that_of_a_chosen_bug_has_it() -> None:
    secret = concepts.script(debugging, Settings())
    assert secret is not None and secret == concepts.script(debugging, Settings(case=2)) and "case" not in secret
    for data, bug in EVERY:
        written = concepts.script(debugging, Settings(planted=bug, data=data))
        assert written is not None and BUGS[bug].good not in written and BUGS[bug].bad in written


def test_a_batch_norm_refuses_a_batch_of_one_and_keeps_only_signs_of_two() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        torch.nn.BatchNorm1d(5)(torch.randn(1, 5))
    pair = torch.nn.BatchNorm1d(500)(torch.randn(2, 500)).detach()
    assert (pair.abs() > 0.99).float().mean() > 0.9
    torch.testing.assert_close(pair[0], -pair[1])


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


@pytest.mark.parametrize("seed", [0, 40, 80])
@pytest.mark.parametrize("data", DATA)
def test_every_bug_has_its_own_trait_and_no_other_on_several_seeds(data: str, seed: int) -> None:
    for bug in (NONE, *SUSPECTS[data]):
        seen = trained(data, bug, seed)
        told = {name for name, trait in TRAITS.items() if trait(seen)}
        assert told == ({bug} if bug != NONE else set()), (data, bug, seed, seen.growth, seen.belong)
