"""What every concept package offers, and how one is found."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from core import text
from core.findings import Finding
from core.questions import Preset, Question
from core.settings import SettingsError, declared

ROOT = Path(__file__).resolve().parent / "concepts"


class Concept(Protocol):
    """The face of a concept package, `core.concepts.<section>.<slug>`; a module satisfies it.

    run returns a Result at once, or an iterator of core.progress.Step; a Result's `frame()` is its numbers as a table, to
    download. run is imported when it is first asked for: drawing a result needs no torch. What else a package may have:
    `sealed(result)`, the test score as a Finding; `script(settings)`, where the script is not written from plain.py; PRESETS.
    """

    Settings: type
    QUESTIONS: tuple[Question, ...]

    def run(self, settings: Any) -> Any: ...
    def findings(self, result: Any) -> list[Finding]: ...
    def score(self, result: Any) -> Finding: ...
    def difference(self, a: Any, b: Any) -> Finding: ...


def names() -> Iterator[str]:
    """The concepts that have a package, as "section/slug"."""
    for init in sorted(ROOT.glob("*/*/__init__.py")):
        yield f"{init.parent.parent.name}/{init.parent.name}"


def load(path: str) -> ModuleType:
    """The package of the concept "section/slug"."""
    return importlib.import_module(f"core.concepts.{path.replace('/', '.')}")


def path_of(concept: ModuleType) -> str:
    """ "section/slug" of a concept package."""
    return "/".join(concept.__name__.split(".")[-2:])


def presets(concept: ModuleType) -> tuple[Preset, ...]:
    return getattr(concept, "PRESETS", ())


def script(concept: ModuleType, settings: Any) -> str | None:
    """The run of these settings as one file that needs nothing of this project; None when there is none."""
    if hasattr(concept, "script"):
        own: str | None = concept.script(settings)
        return own
    from core import bundle

    path = path_of(concept)
    words = text.of(path)
    comments = {name: words.label(name) for name in declared(type(settings))}
    return bundle.script(ROOT / path / "plain.py", settings, words.raw("title"), comments)


__all__ = ["Concept", "SettingsError", "load", "names", "path_of", "presets", "script"]
