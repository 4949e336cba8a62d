"""Training all rows from the same random starts, on the same batches and noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.generative.gan.network import answers, make
from core.concepts.generative.gan.result import ByRow, Result
from core.concepts.generative.gan.settings import BATCH, NOISE, Row, Settings, rows
from core.data.mixtures import coverage, mixture
from core.engine.adversarial import Adversaries, Rules
from core.engine.random import generator
from core.engine.stack import Stack
from core.progress import Step

REACH = 3.0  # of the square that is drawn, from the middle to a side
LIVE_SIDE, SIDE = 18, 40  # points along the side of a field, while training and at its end
MEASURED, SHOWN = 2000, 500  # samples of a generator at the end and while training; the latter are drawn
MEASUREMENTS = 20  # over the training


@dataclass
class Team:
    """Rows that are trained as one stack."""

    rows: list[Row]
    pairs: Adversaries

    @property
    def generators(self) -> Stack:
        return self.pairs.generators


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train all rows times seeds; a Step after every step of a stack."""
    yield Step(0.0, doing="models")
    centres, mode = mixture(s.data, s.modes, s.side, s.strokes)
    teams = [team for team in (_team(s, False), _team(s, True)) if team]
    seeds = [s.seed + i for i in range(s.seeds)]
    feeds = [generator(seed, "data") for seed in seeds]
    probe = torch.stack([torch.randn(MEASURED, NOISE, generator=generator(seed, "samples")) for seed in seeds])
    at = torch.from_numpy(centres)
    real = _points(at, s.sigma, SHOWN, generator(s.seed, "real")).numpy()
    every = max(1, s.steps // MEASUREMENTS)
    records: list[pd.DataFrame] = []
    samples: ByRow = {}
    picture = None
    for step in range(s.steps + 1):
        if step:
            x, z, mix = (torch.stack(part) for part in zip(*(_draw(at, s.sigma, g) for g in feeds), strict=True))
            for team in teams:
                n = len(team.rows)
                team.pairs.step(x.repeat(n, 1, 1), z.repeat(n, 1, 1), mix.repeat(n, 1, 1))
                yield Step(0.99 * (step - 1) / s.steps, picture)
        if step % every and step < s.steps:
            continue
        covered, quality = {}, {}
        for team in teams:
            made = _samples(team, probe if step == s.steps else probe[:, :SHOWN])
            yield Step(0.99 * step / s.steps, picture)
            for row in team.rows:
                found = [coverage(x, centres, mode, s.sigma) for x in made[row.name]]
                covered[row.name] = np.array([int(modes.sum()) for modes, _ in found])
                quality[row.name] = np.array([share for _, share in found])
                samples[row.name] = made[row.name][:, :SHOWN]
                yield Step(0.99 * step / s.steps, picture)
        records += [
            pd.DataFrame({"name": r.name, "seed": seeds, "step": step, "modes": covered[r.name], "quality": quality[r.name]})
            for r in rows(s)
        ]  # fmt: skip
        known = real, centres, mode, dict(samples), covered, quality
        picture = partial(_snapshot, s, teams, step, list(records), known, SIDE if step == s.steps else LIVE_SIDE)
    assert picture is not None
    complete = picture()
    yield Step(1.0, lambda: complete)


def _team(s: Settings, minibatch: bool) -> Team | None:
    """The rows that do, or do not, look at whole batches; neighbours share their optimiser."""
    mine = sorted((row for row in rows(s) if row.minibatch == minibatch), key=lambda row: row.betas, reverse=True)
    if not mine:
        return None
    G, D = make(s.width, minibatch, [s.seed + i for _ in mine for i in range(s.seeds)])
    rules = [Rules(r.loss, r.lr, r.generator_lr, r.betas, r.clip, r.penalty, r.matching) for r in mine]
    return Team(mine, Adversaries(G, D, [rule for rule in rules for _ in range(s.seeds)]))


def _points(centres: Tensor, sigma: float, n: int, g: torch.Generator) -> Tensor:
    return centres[torch.randint(len(centres), (n,), generator=g)] + sigma * torch.randn(n, 2, generator=g)


def _draw(centres: Tensor, sigma: float, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """What one seed is given in one step: real points, noise, and where the gradient penalty looks."""
    x = _points(centres, sigma, BATCH, g)
    return x, torch.randn(BATCH, NOISE, generator=g), torch.rand(BATCH, 1, generator=g)


def _samples(team: Team, probe: Tensor) -> ByRow:
    """What the generators make of the noise (seeds, n, 8)."""
    with torch.no_grad():
        made = team.generators(probe.repeat(len(team.rows), 1, 1)).numpy()
    return dict(zip((row.name for row in team.rows), np.split(made, len(team.rows)), strict=True))


def _snapshot(
    s: Settings, teams: list[Team], step: int, records: list[pd.DataFrame], known: tuple[object, ...], side: int
) -> Result:
    """What training shows so far, with the fields of the discriminators as they are now."""
    real, centres, mode, samples, covered, quality = known
    fields: ByRow = {}
    for team in teams:
        companions = torch.from_numpy(np.concatenate([samples[row.name] for row in team.rows]))  # type: ignore[index]
        with torch.no_grad():
            raw = answers(team.pairs.discriminators, plane(side), companions).view(-1, s.seeds, side, side)
        fields |= {row.name: realness(row.loss, each) for row, each in zip(team.rows, raw, strict=True)}
    history = pd.concat(records, ignore_index=True)
    return Result(s, step, history, real, centres, mode, samples, fields, covered, quality)  # type: ignore[arg-type]


def plane(side: int) -> Tensor:
    """The points (side * side, 2) of the square, row by row from the lowest y."""
    line = torch.linspace(-REACH, REACH, side)
    b, a = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([a, b], 2).reshape(-1, 2)


def realness(loss: str, answer: Tensor) -> np.ndarray:
    """Answers (seeds, side, side) in [0, 1]: a probability, or the score of a critic between its lowest and its highest."""
    if loss == "Wasserstein":
        low, high = answer.amin((1, 2), keepdim=True), answer.amax((1, 2), keepdim=True)
        answer = (answer - low) / (high - low + 1e-12)
    elif loss != "least squares":
        answer = answer.sigmoid()
    shown: np.ndarray = answer.clamp(0, 1).nan_to_num(0.5).numpy()
    return shown
