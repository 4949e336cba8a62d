"""Every page as its link brings it: the run comes to its end, nothing complains, axe finds nothing in either theme, nothing
runs over the edge of a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.catalogue import CONCEPTS

BUILT = [c for c in CONCEPTS.values() if c.built]
OVERFLOW = (
    "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
)
UNNAMED = """() => [...document.querySelectorAll('[data-testid=stMain] img, [data-testid=stMain] [role=img]')]
  .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label') || e.closest('[aria-label]'))).length"""


# Streamlit's own: its navigation puts sections between a list and its items, and it writes white on the tags of a
# multiselect whatever the primary colour is.
STREAMLITS = ("stSidebarNav", "stMultiSelect")


def violations(visitor) -> list[str]:
    """What axe finds wrong with the page as it stands, but for what no page of ours can change."""
    found = []
    for rule in Axe().run(visitor.page).response["violations"]:
        for node in rule["nodes"]:
            (selector,) = node["target"]
            inside = visitor.page.locator(selector).first.evaluate(
                "(e, names) => names.some(n => e.closest(`[data-testid=${n}]`))", STREAMLITS
            )
            if not (inside and rule["id"] in ("list", "listitem", "color-contrast")):
                found.append(f"{rule['id']}: {node['html'][:200]}")
    return found


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_shared_link_runs_to_its_findings_wide_and_on_a_phone(visitor, concept):
    visitor.open(f"/{concept.slug}?run=1", heading=concept.title)
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.settle()
    visitor.sound()
    assert "run=" not in visitor.page.url
    assert visitor.page.evaluate(UNNAMED) == 0, "a picture without an alternative text"
    assert violations(visitor) == []
    visitor.shot(f"{concept.slug}-wide", whole=True)
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    expect(visitor.findings).to_be_attached()
    visitor.page.wait_for_function(f"() => Math.max(...{OVERFLOW}) <= 0")
    visitor.shot(f"{concept.slug}-phone", whole=True)
    for tab in ("Compare", "Code", "Sources", "Try this"):
        visitor.page.get_by_role("tab", name=tab).click()
        expect(visitor.page.get_by_role("tabpanel").filter(visible=True).first).not_to_be_empty()
    visitor.sound()
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.page.emulate_media(color_scheme="dark")
    visitor.open(f"/{concept.slug}?run=1", heading=concept.title)
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.settle()
    assert violations(visitor) == []


@pytest.mark.parametrize(
    ("path", "heading"), [("/", "Understand deep learning by doing it"), ("/glossary", "Glossary")]
)
def test_home_and_glossary_are_for_everyone(visitor, path, heading):
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.open(path, heading=heading)
        assert violations(visitor) == []
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    visitor.page.wait_for_function(f"() => Math.max(...{OVERFLOW}) <= 0")
