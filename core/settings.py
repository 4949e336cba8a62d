"""Settings of a concept, told once: default, bounds, steps and group of a field stand where the field is declared.

The controls of a page, its address, the sentences about bad values, the settings block of a script and the tests of the
bounds are all made from these declarations.

    @settings
    class Settings:
        trees: int = number(100, 1, 300)
        lr: float = number(0.01, 1e-6, 100, values=(0.001, 0.01, 0.1))
        learner: str = choice("tree", ("tree", "network"), group="data")
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, dataclass_transform

import numpy as np

from core.data.strokes import MAX_TEXT, SIDE, Stroke, StrokesError, decode, encode

T = TypeVar("T")
Values = Mapping[str, Any]  # values of the fields declared so far, by name
When = Callable[[Values], bool]  # whether a control matters, given the controls above it


@dataclass(frozen=True)
class Problem:
    """What is wrong with a setting: a key among the `errors` of the texts, and the numbers that its sentence names."""

    key: str
    numbers: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class SettingsError(ValueError):
    """Settings that cannot be run. Its text is a sentence that names the control, as the page calls it, and the bound."""

    def __init__(self, settings: type, field: str, problem: Problem) -> None:
        super().__init__(settings, field, problem)
        self.settings, self.field, self.problem = settings, field, problem

    def __str__(self) -> str:
        from core import text

        words = text.of_module(self.settings.__module__)
        label = words.label(self.field) if self.field else ""
        return words.error(self.problem.key, label=label, **self.problem.numbers)


@dataclass(frozen=True)
class Number:
    """A number from low to high. step: of a plain slider; values: the stops of a slider that is not even, such as a
    logarithmic one. A value between two stops is sound; it only has no place of its own on the slider."""

    default: float
    low: float
    high: float
    step: float | None
    values: tuple[float, ...]
    group: str
    when: When | None

    @property
    def whole(self) -> bool:
        return isinstance(self.default, int)

    def problem(self, value: Any) -> Problem | None:
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        bounds = {"low": self.low, "high": self.high, "value": value}
        if not numeric or math.isnan(value) or not self.low <= value <= self.high:
            return Problem("bounds", bounds)
        if self.whole and value != int(value):
            return Problem("whole", bounds)
        return None

    def clean(self, value: Any) -> Any:
        return int(value) if self.whole else float(value) + 0.0  # -0.0 becomes 0.0

    def to_address(self, value: Any) -> str:
        return f"{value:.10f}".rstrip("0").rstrip(".") or "0"

    def from_address(self, raw: Sequence[str]) -> Any:
        return float(raw[0])

    def bad(self) -> tuple[Any, ...]:
        return (self.low - 1, self.high + 1, math.nan, math.inf, "1", None, True)

    def edges(self) -> tuple[Any, ...]:
        return (self.low, self.high)


@dataclass(frozen=True)
class Choice:
    """One of a few names. style: a menu, or all names in sight."""

    default: str
    options: tuple[str, ...]
    style: Literal["menu", "segment"]
    group: str
    when: When | None

    def problem(self, value: Any) -> Problem | None:
        return None if value in self.options else Problem("menu", {"options": list(self.options), "value": value})

    def clean(self, value: Any) -> Any:
        return value

    def to_address(self, value: Any) -> str:
        return str(value)

    def from_address(self, raw: Sequence[str]) -> Any:
        return raw[0]

    def bad(self) -> tuple[Any, ...]:
        return ("nonsense", "", None, 3)

    def edges(self) -> tuple[Any, ...]:
        return (self.options[0], self.options[-1])


@dataclass(frozen=True)
class Many:
    """Any of a few names, kept as a tuple in the order of `options`; ordered=True: in the order in which they were chosen.
    least: how many there must be."""

    default: tuple[str, ...]
    options: tuple[str, ...]
    least: int
    ordered: bool
    group: str
    when: When | None

    def problem(self, value: Any) -> Problem | None:
        several = isinstance(value, (tuple, list))
        if not several or any(name not in self.options for name in value) or len(set(value)) < len(value):
            return Problem("names", {"options": list(self.options), "value": value})
        return Problem("too_few", {"least": self.least}) if len(value) < self.least else None

    def clean(self, value: Any) -> Any:
        return tuple(value) if self.ordered else tuple(name for name in self.options if name in value)

    def to_address(self, value: Any) -> list[str]:
        return list(value)

    def from_address(self, raw: Sequence[str]) -> Any:
        return tuple(raw)

    def bad(self) -> tuple[Any, ...]:
        return (("nonsense",), "nonsense", None, *([()] if self.least else []))

    def edges(self) -> tuple[Any, ...]:
        return (self.options, self.options[: max(1, self.least)])


@dataclass(frozen=True)
class Switch:
    """On or off."""

    default: bool
    group: str
    when: When | None

    def problem(self, value: Any) -> Problem | None:
        return None if isinstance(value, bool) else Problem("switch", {"value": value})

    def clean(self, value: Any) -> Any:
        return value

    def to_address(self, value: Any) -> str:
        return str(value).lower()

    def from_address(self, raw: Sequence[str]) -> Any:
        return {"true": True, "false": False}.get(raw[0].lower(), raw[0])

    def bad(self) -> tuple[Any, ...]:
        return ("true", 1, None)

    def edges(self) -> tuple[Any, ...]:
        return (True, False)


@dataclass(frozen=True)
class Typed:
    """A line of text that the learner types. What it must say is for the settings' own `check`."""

    default: str
    most: int  # characters
    group: str
    when: When | None

    def problem(self, value: Any) -> Problem | None:
        if not isinstance(value, str) or not value.strip().isprintable():
            return Problem("text", {"value": value})
        return Problem("too_long", {"most": self.most}) if len(value.strip()) > self.most else None

    def clean(self, value: Any) -> Any:
        return value.strip()

    def to_address(self, value: Any) -> str:
        return str(value)

    def from_address(self, raw: Sequence[str]) -> Any:
        return raw[0]

    def bad(self) -> tuple[Any, ...]:
        return (None, 3, "a" * (self.most + 1), "a\x00b", "a\nb")

    def edges(self) -> tuple[Any, ...]:
        return (self.default, "a" * self.most)


@dataclass(frozen=True)
class Hidden:
    """Text without a control, such as the digest of a learner's own file."""

    default: str
    group: str = ""
    when: When | None = None

    def problem(self, value: Any) -> Problem | None:
        return None if isinstance(value, str) else Problem("text", {"value": value})

    def clean(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Drawn:
    """Strokes that the learner draws, as the text that core.data.strokes makes of them. labels: the names of the kinds of stroke;
    there must be one of each."""

    default: str
    labels: tuple[str, ...]
    group: str
    when: When | None

    def problem(self, value: Any) -> Problem | None:
        try:
            kinds = {stroke.label for stroke in decode(value, len(self.labels))}
        except (StrokesError, TypeError):
            return Problem("drawing")
        return Problem("drawing_incomplete") if len(kinds) < len(self.labels) else None

    def clean(self, value: Any) -> Any:
        return value

    def to_address(self, value: Any) -> str:
        return str(value)

    def from_address(self, raw: Sequence[str]) -> Any:
        return raw[0]

    def bad(self) -> tuple[Any, ...]:
        return (None, 3, "", "?", "AAAA", self.default[:-1], "A" * (MAX_TEXT + 4))

    def edges(self) -> tuple[Any, ...]:
        return (self.default, encode(Stroke(i, np.array([[0, 0], [SIDE, SIDE]])) for i in range(len(self.labels))))


Field = Number | Choice | Many | Switch | Typed | Drawn | Hidden


def number(
    default: float,
    low: float,
    high: float,
    *,
    step: float | None = None,
    values: Sequence[float] = (),
    group: str = "",
    when: When | None = None,
) -> Any:
    """A field that holds a number; a default that is an int makes it a whole number. step defaults to 1 or a hundredth of the range."""
    if step is None and not values:
        step = 1 if isinstance(default, int) else (high - low) / 100
    return _declared(Number(default, low, high, step, tuple(values), group, when))


def choice(
    default: str,
    options: Sequence[str],
    *,
    style: Literal["menu", "segment"] = "menu",
    group: str = "",
    when: When | None = None,
) -> Any:
    """A field that holds one of `options`."""
    return _declared(Choice(default, tuple(options), style, group, when))


def many(
    default: Sequence[str],
    options: Sequence[str],
    *,
    least: int = 0,
    ordered: bool = False,
    group: str = "",
    when: When | None = None,
) -> Any:
    """A field that holds a tuple of names among `options`."""
    return _declared(Many(tuple(default), tuple(options), least, ordered, group, when))


def switch(default: bool, *, group: str = "", when: When | None = None) -> Any:
    """A field that is on or off."""
    return _declared(Switch(default, group, when))


def typed(default: str, most: int, *, group: str = "", when: When | None = None) -> Any:
    """A field that holds a line of text of at most `most` characters."""
    return _declared(Typed(default, most, group, when))


def drawn(default: str, labels: Sequence[str] = ("stroke",), *, group: str = "", when: When | None = None) -> Any:
    """A field that holds a drawing of strokes of one or several kinds."""
    return _declared(Drawn(default, tuple(labels), group, when))


def hidden(default: str = "") -> Any:
    """A field without a control."""
    return _declared(Hidden(default))


def _declared(spec: Field) -> Any:
    return dataclasses.field(default=spec.default, metadata={"spec": spec})


@dataclass_transform(frozen_default=True)
def settings(cls: type[T]) -> type[T]:
    """A frozen dataclass that checks itself when it is made and raises SettingsError. Its method `check`, if it has one,
    returns the Problem of fields that do not go together, or None."""
    cls.__post_init__ = _check  # type: ignore[attr-defined]
    return dataclass(frozen=True)(cls)


def _check(self: Any) -> None:
    for name, spec in declared(type(self)).items():
        value = getattr(self, name)
        value = tuple(value) if isinstance(value, list) else value
        if problem := spec.problem(value):
            raise SettingsError(type(self), name, problem)
        object.__setattr__(self, name, spec.clean(value))
    if hasattr(self, "check") and (problem := self.check()):
        raise SettingsError(type(self), "", problem)


def declared(settings: type) -> dict[str, Field]:
    """The declarations of a Settings class by the name of the field, in their order."""
    return {f.name: f.metadata["spec"] for f in dataclasses.fields(settings)}


def differing(one: Any, two: Any) -> list[str]:
    """The names of the fields in which two settings of one class differ."""
    return [name for name in declared(type(one)) if getattr(one, name) != getattr(two, name)]


def to_query(values: Values, settings: type, prefix: str) -> dict[str, str | list[str]]:
    """The parameters of an address that set these fields: `prefix-field` -> text, or a list of texts."""
    specs = declared(settings)
    return {
        f"{prefix}-{n}": s.to_address(values[n]) for n, s in specs.items() if n in values and not isinstance(s, Hidden)
    }


def from_query(
    query: Mapping[str, Sequence[str]], settings: type, prefix: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that an address sets, and those that it tries to set to something that is not allowed, as it is written
    there. query: every parameter with all of its values."""
    sound: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, spec in declared(settings).items():
        raw = [text for text in query.get(f"{prefix}-{name}", ()) if text]
        if not raw or isinstance(spec, Hidden):
            continue
        try:
            value = spec.from_address(raw)
        except ValueError:
            value = None
        if value is None or spec.problem(value):
            refused[name] = ", ".join(raw)[:60]
        else:
            sound[name] = spec.clean(value)
    return sound, refused
