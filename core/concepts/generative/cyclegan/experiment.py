"""Training both kinds of generator from every seed, on pictures that are not paired, and measuring them on pictures that are."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.generative.cyclegan.network import CycleGANs, apart, checkerboard
from core.concepts.generative.cyclegan.result import ByArm, Result
from core.concepts.generative.cyclegan.settings import ARMS, BATCH, LEVELS, LOSSES, NAMES, Settings
from core.data.domains import Domains, digits, domains
from core.engine.pieces import relay
from core.engine.random import generator
from core.progress import Step

SHOWN = 2  # pictures of each domain
CHUNK = 20  # pictures that are translated in one go
WATCHED = 20  # test pictures that are measured while training
MEASUREMENTS = 8  # over the training, and one before it
STAGES = (0, 1, 3, 8)  # measurements whose fake_B is kept

Pieces = Generator[None, None, None]


@dataclass
class Log:
    """What is noted while training."""

    steps: int = 0
    losses: dict[str, list[np.ndarray]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    boards: dict[str, list[np.ndarray]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    measured: list[pd.DataFrame] = field(default_factory=list)
    pictures: ByArm = field(default_factory=dict)
    stages: dict[str, list[np.ndarray]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    stage_steps: list[int] = field(default_factory=list)


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every training step of either kind of generator."""
    yield Step(0.0, doing="data")
    digits()  # read once a process
    yield Step(0.0, doing="data")
    d = domains(s.style, s.paper, s.n)
    teams = {}
    for arm in ARMS:
        yield Step(0.01, doing="models")
        teams[arm] = CycleGANs(s, arm)
    marks = [round(share) for share in np.linspace(0, s.steps, MEASUREMENTS + 1)]
    feeds = [generator(seed, "batches") for seed in s.range]
    log, here = Log(), Step[Result](0.02, doing="models")
    for step in range(s.steps + 1):
        if step:
            rows = torch.stack([torch.randint(s.n, (2, BATCH), generator=g) for g in feeds], 1)
            for arm, team in teams.items():
                losses, fake = team.step(d.a[rows[0]], d.b[rows[1]])
                log.losses[arm].append(losses.numpy())
                log.boards[arm].append(checkerboard(fake).view(2, -1).mean(0).numpy())
                yield here
            log.steps = step
        if step in marks:
            rows_watched = slice(len(d.test_a) if step == s.steps else WATCHED)
            yield from relay(watched(s, teams, d, rows_watched, log, marks.index(step) in STAGES), here)
            result = snapshot(s, d, log)
        here = Step(0.02 + 0.9 * step / s.steps, partial(same, result))
    ending = Step(0.95, partial(same, result), doing="noise")
    complete = yield from relay(disturbed(s, teams, d, result), ending)
    yield Step(1.0, lambda: complete)


def same(result: Result) -> Result:
    return result


def snapshot(s: Settings, d: Domains, log: Log) -> Result:
    """What training shows so far."""
    parts = []
    for arm in ARMS:
        for k, seed in enumerate(s.range):
            values = [losses[:, k] for losses in log.losses[arm]]
            table = pd.DataFrame(values, columns=list(LOSSES), dtype=np.float32)
            table["board"] = np.array([boards[k] for boards in log.boards[arm]], np.float32)
            parts.append(table.assign(arm=arm, seed=seed, step=np.arange(1, len(table) + 1)))
    stages = {arm: np.stack(pictures) for arm, pictures in log.stages.items()}
    fields = (
        pd.concat(parts, ignore_index=True),
        pd.concat(log.measured, ignore_index=True),
        dict(log.pictures),
        stages,
    )
    needed = float(apart(d.test_a, d.test_b).mean()) / 2
    return Result(s, log.steps, *fields, tuple(log.stage_steps), d.paired, needed)


def pixels(x: Tensor) -> np.ndarray:
    """(..., 3, H, W) in [-1, 1] -> (..., H, W, 3) uint8."""
    return ((x.movedim(-3, -1) + 1) * 127.5).round().clamp(0, 255).byte().numpy()


def watched(s: Settings, teams: dict[str, CycleGANs], d: Domains, rows: slice, log: Log, stage: bool) -> Pieces:
    """Add to the log what the generators make of test pictures."""
    a, b = d.test_a[rows], d.test_b[rows]
    for arm, team in teams.items():
        found = []
        for own, others in zip(a.split(CHUNK), b.split(CHUNK), strict=True):
            made = team.pictures(own, others)
            found.append(measure(made, others, own, d.paired))
            yield
        table = {name: np.concatenate([f[name] for f in found], 1).mean(1) for name in found[0]}
        log.measured.append(pd.DataFrame({"arm": arm, "seed": list(s.range), "step": log.steps} | table))
        made = team.pictures(a[:SHOWN], b[SHOWN : 2 * SHOWN])
        log.pictures[arm] = pixels(torch.stack([made[name] for name in NAMES], 1))
        if stage:
            log.stages[arm].append(log.pictures[arm][:, NAMES.index("fake_B")])
        yield
    if stage:
        log.stage_steps.append(log.steps)


def measure(made: dict[str, Tensor], true_b: Tensor, true_a: Tensor, paired: bool) -> dict[str, np.ndarray]:
    """Of each test picture, (seeds, n): moved, from real_A to fake_B; cycle, from real_A to rec_A; same, from real_B to idt_A; and, where
    there are true partners, error, from them to fake_B; back, from them to fake_A; likeness, the correlation of fake_B with its partner."""
    pairs = {"moved": ("real_A", "fake_B"), "cycle": ("real_A", "rec_A"), "same": ("real_B", "idt_A")}
    found = {name: apart(made[one], made[other]) / 2 for name, (one, other) in pairs.items()}
    if paired:
        found |= {"error": apart(made["fake_B"], true_b) / 2, "back": apart(made["fake_A"], true_a) / 2}
        x, y = ((v - v.mean((-1, -2), keepdim=True)).flatten(-3) for v in (made["fake_B"], true_b))
        found["likeness"] = torch.cosine_similarity(x, y.expand_as(x), -1)
    return {name: v.numpy() for name, v in found.items()}


def disturbed(s: Settings, teams: dict[str, CycleGANs], d: Domains, result: Result) -> Generator[None, None, Result]:
    """The result with all that is measured at the end: what noise on fake_B does to rec_A, and the spectra."""
    response, shown, closed = {}, {}, {}
    spectra = [spectrum(x) for x in (d.test_a, d.test_b)]
    for arm, team in teams.items():
        changes: list[list[Tensor]] = [[] for _ in LEVELS]
        pictures, fakes = list[np.ndarray](), list[Tensor]()
        g = generator(s.seed, "noise")
        for own in d.test_a.split(CHUNK):
            fake = team.pictures(own, own)["fake_B"]
            sign = torch.randint(0, 2, own.shape, generator=g) * 2.0 - 1
            clean = team.back(fake)
            fakes.append(fake)
            for level, kept in zip(LEVELS, changes, strict=True):
                noisy = fake + 2 / 255 * level * sign
                again = team.back(noisy)
                kept.append(apart(again, clean) * 255 / 2)
                if len(pictures) < len(LEVELS):
                    pictures.append(pixels(torch.stack([noisy[:, :SHOWN], again[:, :SHOWN]], 1)))
                yield
        response[arm] = np.stack([torch.cat(kept, 1).mean(1).numpy() for kept in changes], 1)
        shown[arm] = np.stack(pictures, 1)
        gap = [np.abs(spectrum(x) - spectra[1]).mean() for x in torch.cat(fakes, 1)]
        closed[arm] = 1 - np.array(gap) / max(1e-9, float(np.abs(spectra[0] - spectra[1]).mean()))
    return Result(**vars(result) | {"response": response, "disturbed": shown, "closed": closed})


def spectrum(x: Tensor) -> np.ndarray:
    """Logarithm of the mean power of grey pictures (n, 3, H, W) at each frequency but zero."""
    grey = x.mean(1)
    power = (torch.fft.rfft2(grey - grey.mean((-1, -2), keepdim=True)).abs() ** 2).mean(0)
    return torch.log(power.flatten()[1:] + 1e-6).numpy()
