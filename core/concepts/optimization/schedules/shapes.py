"""The factor that each schedule multiplies the base learning rate with; needs no torch."""

from __future__ import annotations

from functools import partial

from core.concepts.optimization.schedules.settings import Settings
from core.engine import schedules as factors
from core.engine.schedules import Schedule


def schedule(settings: Settings, name: str) -> Schedule:
    """(step, steps in all) -> factor of the base rate; of ReduceLROnPlateau what it is until the rate is lowered."""
    s = settings
    menu: dict[str, Schedule] = {
        "StepLR": partial(factors.step_decay, parts=s.step_parts, gamma=s.step_gamma),
        "ExponentialLR": partial(factors.exponential, last=s.exponential_last),
        "CosineAnnealing": partial(factors.cosine, last=s.cosine_last),
        "OneCycle": partial(factors.one_cycle, top=s.cycle_top, rise=s.cycle_rise / 100),
        "warm-up": partial(factors.warmup, share=s.warm_share / 100),
        "warm-up + cosine": partial(factors.warmup_cosine, share=s.warm_share / 100, last=s.cosine_last),
    }
    return menu.get(name, factors.constant)
