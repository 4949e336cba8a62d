"""Every page of the catalogue opens, and home leads to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.catalogue import CONCEPTS, SECTIONS, Concept, search

ENTRY = Path(__file__).resolve().parents[2] / "pages" / "navigation.py"
BUILT = [c for c in CONCEPTS.values() if c.built]


def opened(path: str | None = None) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=30).run()
    return app if path is None else app.switch_page(f"{path}.py").run()


def healthy(app: AppTest) -> AppTest:
    assert [e.value for e in app.exception] == []
    assert [e.value for e in app.error] == []
    return app


def headers(app: AppTest) -> list[str]:
    return [s.value for s in app.header]


def everything(app: AppTest) -> str:
    """All the running text of a page."""
    kinds: tuple[Any, ...] = (app.title, app.header, app.markdown, app.caption, app.info)
    return "\n".join(e.value for kind in kinds for e in kind)


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_page_opens_at_its_defaults(concept: Concept) -> None:
    app = healthy(opened(concept.path))
    assert [t.value for t in app.title] == [concept.title]
    assert concept.terms in [c.value for c in app.caption]
    assert "$" in everything(app)  # the formula
    assert [t.label for t in app.tabs][:1] == ["Try this"] and "Code" in [t.label for t in app.tabs]


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_the_controls_of_a_page_carry_its_name_and_help(concept: Concept) -> None:
    app = opened(concept.path)
    controls = [*app.slider, *app.select_slider, *app.selectbox, *app.number_input, *app.text_input, *app.checkbox]
    assert controls
    assert [w.key for w in controls if not str(w.key).startswith(f"{concept.slug}-")] == []  # else it leaks to others
    assert [w.key for w in controls if not w.help] == []


def test_home_lists_every_section_and_every_concept() -> None:
    app = healthy(opened())
    assert headers(app) == [f"{s.icon} {s.title}" for s in SECTIONS]
    text = everything(app)
    assert [c.path for c in CONCEPTS.values() if c.terms not in text] == []
    assert [c.path for c in BUILT if c.summary not in text] == []


def test_home_links_to_what_is_built_and_marks_what_is_not() -> None:
    app = opened()
    assert links(app) == [f"**{c.title}**" for c in BUILT]
    coming = " ".join(m.value for m in app.caption if m.value.startswith("Coming: "))
    assert [c.path for c in CONCEPTS.values() if (f"{c.title} ({c.terms})" in coming) == c.built] == []


@pytest.mark.parametrize("words", ["卷积", "overfitting", "network training", "ENSEMBLES"])
def test_the_search_narrows_home_to_what_is_found(words: str) -> None:
    app = opened()
    app.text_input(key="home-search").set_value(words).run()
    text, found = everything(healthy(app)), search(words)
    assert [c.path for c in found if c.terms not in text] == []
    assert [c.path for c in CONCEPTS.values() if c not in found and f"({c.terms})" in text] == []
    assert links(app) == [f"**{c.title}**" for c in BUILT if c in found]
    assert headers(app) == [f"{s.icon} {s.title}" for s in SECTIONS if any(c.section == s.slug for c in found)]
    assert 0 < len(found) < len(CONCEPTS)


@pytest.mark.parametrize("words", ["xyzzy", "<script>alert(1)</script>", "$x$ :red[x] **b**"])
def test_a_search_that_finds_nothing_says_so_and_can_be_cleared(words: str) -> None:
    app = opened()
    app.text_input(key="home-search").set_value(words).run()
    assert headers(healthy(app)) == [] and "No concept" in app.info[0].value
    assert words not in everything(app)
    app.text_input(key="home-search").set_value("").run()
    assert len(headers(app)) == len(SECTIONS) and not app.info


def test_the_navigation_has_a_page_for_everything_that_is_built() -> None:
    app = opened()
    for concept in BUILT:
        app.switch_page(f"{concept.path}.py").run()
        assert [t.value for t in healthy(app).title] == [concept.title]
    app.switch_page("home.py").run()
    assert headers(healthy(app))


def test_no_two_runs_of_a_tab_share_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[Any]] = []

    def navigation(pages: dict[str, list[Any]]) -> Any:
        given.append([page for entries in pages.values() for page in entries])
        return real(pages)

    real = st.navigation
    monkeypatch.setattr(st, "navigation", navigation)
    opened().run()
    first, second = given
    assert len(first) == len(second) == len(BUILT) + 2
    assert not {id(page) for page in first} & {id(page) for page in second}


def test_one_click_on_home_starts_a_training() -> None:
    app = opened()
    start = next(b for b in app.button if b.label == "Train a network now")
    start.click().run()
    assert [t.value for t in healthy(app).title] == ["Training a network"]
    assert not app.button(key="optimization/training-stop").disabled or "Validation accuracy" in everything(app)


def test_the_glossary_has_every_concept_with_its_terms_and_leads_to_what_is_built() -> None:
    app = healthy(opened("glossary"))
    text = everything(app)
    assert [c.path for c in CONCEPTS.values() if c.summary not in text or c.terms not in text] == []
    assert links(app) == [f"**{c.title}**" for c in BUILT]
    app.text_input(key="glossary-search").set_value("卷积").run()
    text, found = everything(healthy(app)), search("卷积")
    assert [c.path for c in CONCEPTS.values() if (c.summary in text) != (c in found)] == []
    app.text_input(key="glossary-search").set_value("xyzzy").run()
    assert "Nothing here" in healthy(app).info[0].value and headers(app) == []
