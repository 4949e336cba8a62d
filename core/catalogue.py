"""The one list of pages: sections in reading order, and the concepts of each. Home, navigation, glossary and tests read it.

Titles, summaries and terms come from the texts: of a concept's own package, or of `text/catalogue.en.toml` while it has none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from core import text

ROOT = Path(__file__).resolve().parent.parent


@lru_cache
def _coming() -> dict[str, Any]:
    return tomllib.loads((ROOT / "core" / "text" / "catalogue.en.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Term:
    """A word of the field: in English, in Chinese, and what it means in a sentence; path: of the concept that shows it."""

    english: str
    chinese: str
    meaning: str
    path: str


@dataclass(frozen=True)
class Concept:
    """One page. slug: file and address."""

    slug: str
    section: str

    @property
    def path(self) -> str:
        """The page's file under pages/ (with .py), and the package under core/concepts/."""
        return f"{self.section}/{self.slug}"

    @cached_property
    def built(self) -> bool:
        return (ROOT / "pages" / f"{self.path}.py").exists()

    def _word(self, key: str) -> str:
        words = text.of(self.path)
        return str(words.raw(key) if words.has(key) else _coming()[self.path][key])

    @property
    def title(self) -> str:
        return self._word("title")

    @property
    def summary(self) -> str:
        """What the page lets one do, in a sentence."""
        return self._word("summary")

    @property
    def zh(self) -> str:
        """The Chinese names of the idea, for learners who met it in that language."""
        return self._word("zh")

    @property
    def terms(self) -> list[Term]:
        words = text.of(self.path)
        rows = words.raw("terms") if words.has("terms") else []
        return [Term(row["en"], row["zh"], row["means"], self.path) for row in rows]

    @cached_property
    def searched(self) -> str:
        """All the words by which it can be found."""
        named = [f"{t.english} {t.chinese}" for t in self.terms]
        section = _coming()["sections"][self.section]
        return " ".join([self.title, self.summary, self.zh, self.slug, section, *named]).casefold()


@dataclass(frozen=True)
class Section:
    slug: str
    icon: str
    concepts: tuple[Concept, ...]

    @property
    def title(self) -> str:
        return str(_coming()["sections"][self.slug])


def _section(slug: str, icon: str, *slugs: str) -> Section:
    return Section(slug, f":material/{icon}:", tuple(Concept(name, slug) for name in slugs))


SECTIONS: tuple[Section, ...] = (
    _section(
        "foundations", "foundation",
        "tensors", "derivatives", "autograd", "activations", "linear_regression", "approximation", "softmax",
        "feature_scaling", "expectation",
    ),
    _section("optimization", "trending_down", "training", "optimizers", "schedules", "batch_size", "gradient_flow"),
    _section("generalization", "balance", "regularization", "model_complexity", "validation", "depth_vs_width", "ablation"),
    _section(
        "convolution", "grid_on",
        "arithmetic", "feature_maps", "receptive_field", "architectures", "normalization", "modules",
    ),
    _section("images", "image", "augmentation", "processing"),
    _section("losses", "functions", "losses", "precision_recall"),
    _section("ensembles", "groups", "bagging", "boosting", "stacking", "bias_variance"),
    _section("vision", "visibility", "detection", "segmentation", "style_transfer", "fine_tuning"),
    _section("generative", "auto_awesome", "gan", "cyclegan"),
    _section("attention", "center_focus_strong", "attention", "channel_attention", "vision_transformer", "contrastive"),
    _section("paradigms", "school", "supervision", "end_to_end", "sequences", "reinforcement"),
    _section("practice", "bug_report", "debugging"),
)  # fmt: skip

CONCEPTS: dict[str, Concept] = {concept.path: concept for section in SECTIONS for concept in section.concepts}

# Where to begin: five pages, each of which needs only those before it.
START_HERE = (
    "optimization/training",
    "optimization/optimizers",
    "losses/losses",
    "generalization/regularization",
    "ensembles/bagging",
)


def following(path: str) -> Concept | None:
    """The next page of the reading order that is there; None after the last."""
    paths = list(CONCEPTS)
    rest = (CONCEPTS[p] for p in paths[paths.index(path) + 1 :])
    return next((concept for concept in rest if concept.built), None)


def search(words: str) -> list[Concept]:
    """The concepts in which every one of `words` is found, terms in English and Chinese included, in reading order."""
    wanted = set(words.casefold().split())  # a set: the same word a hundred thousand times is asked once
    return [c for c in CONCEPTS.values() if all(w in c.searched for w in wanted)]


def terms() -> Iterator[Term]:
    """Every term of every concept, each once, where it is first explained, by the alphabet."""
    found: dict[str, Term] = {}
    for concept in CONCEPTS.values():
        for term in concept.terms:
            found.setdefault(term.english.casefold(), term)
    return iter(sorted(found.values(), key=lambda term: term.english.casefold()))
