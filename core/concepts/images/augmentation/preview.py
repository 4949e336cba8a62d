"""What the pipeline makes of a picture, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.images.augmentation.settings import Plan, ViewSettings

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@dataclass(frozen=True)
class Draw:
    """One picture that came out of the pipeline."""

    picture: np.ndarray  # (C, H, W) in [0, 1]
    said: tuple[str, ...]  # what was drawn, step by step, in a few characters
    taken: frozenset[str]  # the steps that were taken
    angle: float  # degrees by which it was rotated
    box: Box | None  # around the subject, where it is known
    seen: float | None  # share of the subject that is in view, where it is known
    weight: float = 1.0  # of the picture in a mixture


@dataclass(frozen=True)
class Preview:
    """A picture and some draws."""

    look: ViewSettings  # what was asked for
    plan: Plan  # the pipeline
    picture: np.ndarray  # (C, H, W) in [0, 1], the original
    label: str  # of the original
    partner_label: str  # of the picture that it is mixed with
    box: Box | None  # around the subject of the original
    draws: tuple[Draw, ...]  # one for each seed
    reordered: float | None  # mean difference, of the full range, that taking the steps in reverse order makes
    code: str  # a program that gives the very pictures
