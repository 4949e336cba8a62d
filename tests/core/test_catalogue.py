"""The one list of pages: unique addresses, words in two languages, and a search that keeps the reading order."""

import re
import time
from collections import Counter

import pytest

from core.catalogue import CONCEPTS, SECTIONS, Concept, search

CJK = re.compile(r"[\u4e00-\u9fff]")


def test_slugs_are_unique_and_fit_an_address() -> None:
    slugs = [c.slug for c in CONCEPTS.values()]
    assert [s for s, times in Counter(slugs).items() if times > 1] == []
    assert len({s.slug for s in SECTIONS}) == len(SECTIONS)
    assert [s for s in slugs if not re.fullmatch(r"[a-z][a-z_]*", s)] == []
    assert "home" not in slugs and "glossary" not in slugs  # addresses of pages that are no concept


def test_no_concept_is_lost_between_the_sections_and_the_index() -> None:
    assert list(CONCEPTS.values()) == [c for section in SECTIONS for c in section.concepts]
    assert all(path == f"{c.section}/{c.slug}" == c.path for path, c in CONCEPTS.items())
    assert [s.slug for s in SECTIONS if not s.concepts] == []


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=lambda c: c.path)
def test_a_concept_has_chinese_terms_and_a_summary(concept: Concept) -> None:
    assert CJK.search(concept.zh)
    assert len(concept.summary) >= 20 and concept.summary.endswith(".")
    assert concept.title.strip() == concept.title != ""


def test_searching_in_chinese_finds_the_convolution_pages() -> None:
    found = {c.path for c in search("卷积")}
    assert {"convolution/arithmetic", "convolution/feature_maps"} <= found
    assert "ensembles/bagging" not in found


def test_every_word_must_be_found_but_upper_and_lower_case_are_one() -> None:
    assert search("TRAINING network") == search("network training")
    assert CONCEPTS["optimization/training"] in search("Training NETWORK")
    assert set(search("network training")) < set(search("network"))
    assert search("training xyzzy") == []


@pytest.mark.parametrize("nonsense", ["xyzzy", "💥", "a" * 60, "<script>", "\\", "[a-z]"])
def test_searching_for_nonsense_finds_none(nonsense: str) -> None:
    assert search(nonsense) == []


@pytest.mark.parametrize("nothing", ["", "   ", "\t\n", "\u3000"])
def test_searching_for_nothing_finds_everything_in_reading_order(nothing: str) -> None:
    assert search(nothing) == list(CONCEPTS.values())


@pytest.mark.parametrize("words", ["卷积", "e", "learning", "ensembles"])
def test_what_is_found_keeps_the_reading_order(words: str) -> None:
    order = list(CONCEPTS.values())
    places = [order.index(c) for c in search(words)]
    assert len(places) >= 2 and places == sorted(places)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=lambda c: c.path)
def test_a_concept_is_found_by_its_title_and_by_each_of_its_terms(concept: Concept) -> None:
    assert concept in search(concept.title)
    for name in [*concept.zh.split("·"), *(word for term in concept.terms for word in (term.english, term.chinese))]:
        assert concept in search(name)


def test_a_word_repeated_without_end_is_looked_for_once() -> None:
    start = time.process_time()
    assert search("a " * 400_000) == search("a")
    assert time.process_time() - start < 0.5
