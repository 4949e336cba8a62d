"""Every sentence a learner reads, by its key. The words stand in TOML files: `common.en.toml` beside this module for what
many pages share, and `text/en.toml` in the package of each concept, which adds to it and may say it otherwise.

A language that has no file, or lacks a key, falls back to English. What stands in braces is filled in with numbers; see
`Formatter` for how they can be written.
"""

from __future__ import annotations

import math
import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.findings import Finding
from core.stats import Interval, counted

CORE = Path(__file__).resolve().parents[1]
ENGLISH = "en"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Text:
    """The words of one concept in one language.

    path: "section/slug", or "" for the words that belong to no concept. Raises KeyError for a key that is not there.
    """

    def __init__(self, path: str, language: str = ENGLISH) -> None:
        self.path = path
        tables: dict[str, Any] = {}
        for at in dict.fromkeys((ENGLISH, language)):  # English first: what the other language lacks stays
            for file in (CORE / "text" / f"common.{at}.toml", CORE / "concepts" / path / "text" / f"{at}.toml"):
                if file.exists() and (path or file.name.startswith("common")):
                    _merge(tables, tomllib.loads(file.read_text(encoding="utf-8")))
        self.tables = tables
        self._formatter = Formatter(self)

    def has(self, key: str) -> bool:
        try:
            self.raw(key)
        except KeyError:
            return False
        return True

    def raw(self, key: str) -> Any:
        """What stands under a dotted key, as it is written: a string, a list or a table."""
        found: Any = self.tables
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(f"{self.path}: no text for {key}")
            found = found[part]
        return found

    def __call__(self, key: str, /, **numbers: Any) -> str:
        """The sentence under a dotted key with its numbers filled in."""
        return self._formatter.vformat(self.raw(key), (), numbers)

    def say(self, finding: Finding) -> str:
        """A finding as a sentence."""
        return self(f"findings.{finding.key}", **finding.numbers)

    def label(self, field: str) -> str:
        """What a control is called; the field's own name when the texts do not know it."""
        key = f"controls.{field}.label"
        return self(key) if self.has(key) else field

    def help(self, field: str) -> str:
        return self(f"controls.{field}.help")

    def option(self, field: str, value: str) -> str:
        """How a name on the menu of a control reads."""
        options = self.raw(f"controls.{field}").get("options", {}) if self.has(f"controls.{field}") else {}
        return str(options.get(value, value))

    def error(self, key: str, **numbers: Any) -> str:
        return self(f"errors.{key}", **numbers)


class Formatter(string.Formatter):
    """str.format with the ways in which numbers are written here.

    {x:%} 12.3 % and {x:%2} 12.34 % of a share; {x:points} +3.2 points, of a difference of shares, and whatever follows the
    word: {x:points of accuracy}; {n:#seed} 8 seeds, {n:#class|classes} 1 class; {names:and} a, b and c; {x:option field} a name
    as the menu of that control shows it; {x:n} every digit of 0.000001; {x:sci} 4.2·10⁻⁷ where it is very small or large,
    else three digits; else as Python writes it (+.3f, .2g), whole numbers with a comma between thousands.
    An Interval is its mean with the interval behind it: +3.2 points (95 % CI 1.4 to 4.9); {x.mean:%} is the mean alone.
    A Finding is the phrase under its key.
    """

    def __init__(self, words: Text) -> None:
        self.words = words

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, Finding):
            return self.words.say(value)
        if isinstance(value, Interval):
            return interval_text(value, spec)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return _joined([self.format_field(item, "") for item in value], spec or "and")
        if spec.startswith("option "):
            return self.words.option(spec.removeprefix("option "), str(value))
        if spec.startswith("#"):
            return counted(int(value), *spec[1:].split("|"))
        return written(value, spec)


def interval_text(value: Interval, spec: str = "") -> str:
    """A mean with its interval: +3.2 points of accuracy (95 % CI 1.4 to 4.9)."""
    unit, _, noun = spec.partition(" ")
    mean = written(value.mean, unit)
    mean = f"{mean} {noun}" if noun else mean
    if not math.isfinite(value.low):
        return mean
    ends = [written(end, unit).removesuffix(" points").removesuffix(" %") for end in (value.low, value.high)]
    return f"{mean} ({100 * value.level:.3g} % CI {ends[0]} to {ends[1]})"


def written(value: Any, spec: str = "") -> str:
    """A number in the house style, with a real minus sign; everything else as it is."""
    if isinstance(value, str) or value is None:
        return format(value, spec)
    if spec.startswith("points"):
        unit, _, noun = spec.partition(" ")
        text = f"{100 * value:+.{unit.removeprefix('points') or 1}f} points" + (f" {noun}" if noun else "")
        text = text.replace("+0.0 ", "0.0 ") if round(100 * value, 1) == 0 else text
    elif spec.startswith("%"):
        text = f"{100 * value:.{spec[1:] or 1}f} %"
    elif spec == "n":
        text = f"{value:.10f}".rstrip("0").rstrip(".") or "0"
    elif spec == "sci":
        text = scientific(float(value))
    elif not spec and isinstance(value, float):
        text = f"{value:.3g}"
    elif not spec and isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}"
    else:
        text = format(value, spec)
    text = text.replace("-0.0 ", "0.0 ") if text.startswith("-0.0 ") else text
    return text.replace("-", "−") if text[:1] in "-+" or text[:1].isdigit() else text


def scientific(value: float) -> str:
    """Three digits of a number near 1, else two digits and a power of ten: 4.2·10⁻⁷."""
    if value == 0 or 0.001 <= abs(value) < 10_000 or not math.isfinite(value):
        return f"{value:.3g}" if abs(value) < 1000 or not math.isfinite(value) else f"{value:,.0f}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(power)).translate(SUPERSCRIPT)}"


def _joined(items: Sequence[str], word: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def _merge(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


@lru_cache(maxsize=256)
def of(path: str, language: str = ENGLISH) -> Text:
    """The words of the concept "section/slug"; "" for those that belong to no concept."""
    return Text(path, language)


def of_module(module: str) -> Text:
    """The words of the concept whose package holds `module`; the common ones for any other."""
    parts = module.split(".")
    return of("/".join(parts[2:4]) if parts[:2] == ["core", "concepts"] and len(parts) > 3 else "")
