"""Every page of the catalogue opens, and Home and the glossary lead to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import text
from core.catalogue import CONCEPTS, SECTIONS, START_HERE, Concept, following, search, terms

ENTRY = Path(__file__).resolve().parents[2] / "pages" / "navigation.py"
BUILT = [c for c in CONCEPTS.values() if c.built]
TABS = ["Try this", "Notes", "Compare", "Code", "Sources"]


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
    kinds: tuple[Any, ...] = (app.title, app.header, app.markdown, app.caption, app.info, app.warning, app.success)
    return "\n".join(e.value for kind in kinds for e in kind)


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_page_opens_at_its_defaults(concept: Concept) -> None:
    app = healthy(opened(concept.path))
    words = text.of(concept.path)
    assert [t.value.split(" :gray[")[0] for t in app.title] == [concept.title]
    assert concept.zh in app.title[0].value
    assert words.raw("idea").strip() in everything(app) and words.raw("notes").strip() in everything(app)
    assert [t.label for t in app.tabs][-len(TABS) :] == TABS
    after = following(concept.path)
    assert after is None or f"Next: {after.title}" in links(app)


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_the_controls_of_a_page_carry_its_name_and_help(concept: Concept) -> None:
    app = opened(concept.path)
    controls = [*app.slider, *app.select_slider, *app.selectbox, *app.number_input, *app.text_input, *app.checkbox]
    assert controls
    assert [w.key for w in controls if not str(w.key).startswith(f"{concept.slug}-")] == []  # else it leaks to others
    assert [w.key for w in controls if not w.help] == []
    assert app.sidebar.slider or app.sidebar.select_slider  # in sight while the figures scroll


def test_home_shows_where_to_start_and_every_concept() -> None:
    app = healthy(opened())
    sections = [f"{s.icon} {s.title}" for s in SECTIONS if any(c.built for c in s.concepts)]
    assert headers(app) == [":material/flag: Start here", *sections]
    shown = everything(app)
    assert [c.path for c in CONCEPTS.values() if c.zh not in shown or c.summary not in shown] == []
    starts = [f"**{i}. {CONCEPTS[path].title}**" for i, path in enumerate(START_HERE, 1)]
    assert links(app) == [*starts, *(f"**{c.title}**" for c in BUILT)]
    coming = len(CONCEPTS) - len(BUILT)
    assert [e.label for e in app.expander] == ([f"Coming: {coming} more pages"] if coming else [])


@pytest.mark.parametrize("words", ["卷积", "overfitting", "network training", "ENSEMBLES", "learning rate"])
def test_the_search_narrows_home_to_what_is_found(words: str) -> None:
    app = opened()
    app.text_input(key="home-search").set_value(words).run()
    shown, found = everything(healthy(app)), search(words)
    assert [c.path for c in found if c.zh not in shown] == []
    assert [c.path for c in CONCEPTS.values() if c not in found and f"({c.zh})" in shown] == []
    assert links(app) == [f"**{c.title}**" for c in BUILT if c in found]
    assert 0 < len(found) < len(CONCEPTS)


def test_every_term_is_found_in_english_and_in_chinese() -> None:
    for term in terms():
        for word in (term.english, term.chinese):
            assert term.path in [c.path for c in search(word)], word


@pytest.mark.parametrize("words", ["xyzzy", "<script>alert(1)</script>", "$x$ :red[x] **b**"])
def test_a_search_that_finds_nothing_says_so_and_can_be_cleared(words: str) -> None:
    app = opened()
    app.text_input(key="home-search").set_value(words).run()
    assert headers(healthy(app)) == [] and "No concept or term" in app.info[0].value
    assert words not in everything(app)
    app.text_input(key="home-search").set_value("").run()
    assert len(headers(app)) > 3 and not app.info


def test_the_navigation_has_a_page_for_everything_that_is_built() -> None:
    app = opened()
    for concept in BUILT:
        app.switch_page(f"{concept.path}.py").run()
        assert [t.value.split(" :gray[")[0] for t in healthy(app).title] == [concept.title]
    app.switch_page("home.py").run()
    assert headers(healthy(app))


def test_no_two_runs_of_a_tab_share_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[Any]] = []

    def navigation(pages: dict[str, list[Any]], position: str) -> Any:
        given.append([page for entries in pages.values() for page in entries])
        return real(pages, position=position)  # type: ignore[call-overload]

    real = st.navigation
    monkeypatch.setattr(st, "navigation", navigation)
    opened().run()
    first, second = given
    assert len(first) == len(second) == len(BUILT) + 2
    assert not {id(page) for page in first} & {id(page) for page in second}


def test_one_click_on_home_leads_to_a_training() -> None:
    app = opened()
    next(b for b in app.button if "Train a network now" in b.label).click().run()
    assert healthy(app).title[0].value.startswith("Training a network")
    assert not app.button(key="optimization/training-stop").disabled or "classify" in everything(app)


def test_the_glossary_explains_every_term_once_and_names_its_page() -> None:
    app = healthy(opened("glossary"))
    table = everything(app)
    explained = list(terms())
    assert len(explained) >= 15 and len({t.english.casefold() for t in explained}) == len(explained)
    for term in explained:
        row = f"- **{term.english}** {term.chinese} &ensp; {term.meaning} [{CONCEPTS[term.path].title}]"
        assert row in table, term.english
    app.text_input(key="glossary-search").set_value("学习率").run()
    assert "learning rate" in everything(healthy(app)) and "confusion matrix" not in everything(app)
    app.text_input(key="glossary-search").set_value("xyzzy").run()
    assert "No term" in healthy(app).info[0].value
