"""Training all rows from the same random starts, on the same batches and noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.generative.gan.network import answers, make, make_digits
from core.concepts.generative.gan.result import ByRow, Result
from core.concepts.generative.gan.settings import Row, Settings, rows
from core.concepts.generative.gan.target import Target, preparing, target
from core.engine.adversarial import Adversaries, Rules
from core.engine.random import generator
from core.engine.stack import Stack
from core.progress import Step

REACH = 3.0  # of the square that is drawn, from the middle to a side
LIVE_SIDE, SIDE = 18, 40  # points along the side of a field, while training and at its end


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
    for _ in preparing(s):
        yield Step(0.0, doing="models")
    aim = target(s)
    teams = [team for team in (_team(s, False), _team(s, True)) if team]
    seeds = [s.seed + i for i in range(s.starts)]
    feeds = [generator(seed, "data") for seed in seeds]
    probe = torch.stack([torch.randn(aim.measured, aim.noise, generator=generator(seed, "samples")) for seed in seeds])
    real = aim.draw(aim.shown, generator(s.seed, "real")).numpy()
    every = max(1, s.length // aim.measurements)
    records: list[pd.DataFrame] = []
    samples: ByRow = {}
    picture = None
    for step in range(s.length + 1):
        if step:
            x, z, mix = (torch.stack(part) for part in zip(*(_draw(aim, g) for g in feeds), strict=True))
            for team in teams:
                n = len(team.rows)
                team.pairs.step(x.repeat(n, 1, 1), z.repeat(n, 1, 1), mix.repeat(n, 1, 1))
                yield Step(0.99 * (step - 1) / s.length, picture)
        if step % every and step < s.length:
            continue
        covered, quality = {}, {}
        for team in teams:
            made = _samples(team, probe if step == s.length else probe[:, : aim.watched])
            yield Step(0.99 * step / s.length, picture)
            for row in team.rows:
                found = [aim.coverage(x) for x in made[row.name]]
                covered[row.name] = np.array([int(modes.sum()) for modes, _ in found])
                quality[row.name] = np.array([share for _, share in found])
                samples[row.name] = aim.kept(made[row.name])
                yield Step(0.99 * step / s.length, picture)
        records += [
            pd.DataFrame({"name": r.name, "seed": seeds, "step": step, "modes": covered[r.name], "quality": quality[r.name]})
            for r in rows(s)
        ]  # fmt: skip
        known = real, aim, dict(samples), covered, quality
        picture = partial(_snapshot, s, teams, step, list(records), known, SIDE if step == s.length else LIVE_SIDE)
    assert picture is not None
    complete = picture()
    yield Step(1.0, lambda: complete)


def _team(s: Settings, minibatch: bool) -> Team | None:
    """The rows that do, or do not, look at whole batches; neighbours share their optimiser."""
    mine = sorted((row for row in rows(s) if row.minibatch == minibatch), key=lambda row: row.betas, reverse=True)
    if not mine:
        return None
    seeds = [s.seed + i for _ in mine for i in range(s.starts)]
    G, D = make_digits(minibatch, seeds) if s.pictures else make(s.width, minibatch, seeds)
    G.training = True
    rules = [Rules(r.loss, r.lr, r.generator_lr, r.betas, r.clip, r.penalty, r.matching) for r in mine]
    return Team(mine, Adversaries(G, D, [rule for rule in rules for _ in range(s.starts)]))


def _draw(aim: Target, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """What one seed is given in one step: real examples, noise, and where the gradient penalty looks."""
    x = aim.draw(aim.batch, g)
    return x, torch.randn(aim.batch, aim.noise, generator=g), torch.rand(aim.batch, 1, generator=g)


def _samples(team: Team, probe: Tensor) -> ByRow:
    """What the generators make of the noise (seeds, n, numbers)."""
    team.generators.training = False
    with torch.no_grad():
        made = team.generators(probe.repeat(len(team.rows), 1, 1)).numpy()
    team.generators.training = True
    return dict(zip((row.name for row in team.rows), np.split(made, len(team.rows)), strict=True))


def _snapshot(
    s: Settings,
    teams: list[Team],
    step: int,
    records: list[pd.DataFrame],
    known: tuple[np.ndarray, Target, ByRow, ByRow, ByRow],
    side: int,
) -> Result:
    """What training shows so far, with the fields of the discriminators as they are now."""
    real, aim, samples, covered, quality = known
    fields: ByRow = {}
    for team in () if s.pictures else teams:
        companions = torch.from_numpy(np.concatenate([samples[row.name] for row in team.rows]))
        with torch.no_grad():
            raw = answers(team.pairs.discriminators, plane(side), companions).view(-1, s.starts, side, side)
        fields |= {row.name: realness(row.loss, each) for row, each in zip(team.rows, raw, strict=True)}
    history = pd.concat(records, ignore_index=True)
    judge = aim.judge.accuracy if aim.judge else math.nan
    return Result(s, step, history, real, aim.centres, aim.mode, judge, samples, fields, covered, quality)


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
