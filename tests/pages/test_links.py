"""Links of the first edition still lead to the settings that they led to then; `now` in links.json holds what was refused or
changed without a word then and is understood today: names of options, and numbers between the stops of a slider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core import concept as concepts
from core.settings import declared
from pages.ui.page import Page
from tests.pages.test_pages import ENTRY

LINKS = json.loads((Path(__file__).resolve().parents[1] / "links.json").read_text(encoding="utf-8"))


def test_there_are_links_to_every_page_of_the_first_edition() -> None:
    assert len(LINKS) >= 40
    pages = [link["page"] for link in LINKS]
    assert len(set(pages)) == 17 and all(pages.count(page) >= 2 for page in pages)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link['page']}?{link['query'][:60]}")
def test_a_link_of_the_first_edition_finds_its_settings(link: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Page] = []
    for name in ("show", "show_at_once"):
        monkeypatch.setattr(Page, name, lambda page, *draw, **more: seen.append(page))
    app = AppTest.from_file(ENTRY, default_timeout=30).run()
    app.switch_page(f"{link['page']}.py")
    for name, values in parse_qs(link["query"], keep_blank_values=True).items():
        if name != "run":  # it starts the run and says nothing of the settings
            app.query_params[name] = values
    app.run()
    assert [e.value for e in app.exception] == []
    concept = concepts.load(link["page"])
    page = seen[-1]
    check(page.controls.values, concept.Settings, {**link["settings"], **link.get("now", {})})
    if "look" in link:
        assert page.view is not None
        check(vars(page.view), concept.ViewSettings, link["look"])


def check(values: dict[str, Any], settings: type, changed: dict[str, Any]) -> None:
    for name, spec in declared(settings).items():
        if spec.when is not None and not spec.when(values):
            continue  # without any effect here, and so without a control
        expected = changed.get(name, spec.default)
        expected = tuple(expected) if isinstance(expected, list) else expected
        assert spec.clean(values.get(name, spec.default)) == expected, name
