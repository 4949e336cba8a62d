"""What can be set on the page."""

from __future__ import annotations

from core.settings import number, settings


@settings
class Settings:
    n: int = number(100, 2, 10_000, values=(2, 10, 100, 1000, 10_000))
    seeds: int = number(8, 2, 32, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")
