"""Every page as its link brings it: the run comes to its end, nothing complains, nothing runs over the edge of a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.catalogue import CONCEPTS

BUILT = [c for c in CONCEPTS.values() if c.built]
OVERFLOW = (
    "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
)
UNNAMED = """() => [...document.querySelectorAll('[data-testid=stMain] img, [data-testid=stMain] [role=img]')]
  .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label') || e.closest('[aria-label]'))).length"""


@pytest.mark.parametrize("concept", BUILT, ids=lambda c: c.path)
def test_a_shared_link_runs_to_its_findings_wide_and_on_a_phone(visitor, concept):
    visitor.open(f"/{concept.slug}?run=1", heading=concept.title)
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.settle()
    visitor.sound()
    assert "run=" not in visitor.page.url
    assert visitor.page.evaluate(UNNAMED) == 0, "a picture without an alternative text"
    visitor.shot(f"{concept.slug}-wide", whole=True)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    expect(visitor.findings).to_be_attached()
    visitor.page.wait_for_function(f"() => Math.max(...{OVERFLOW}) <= 0")
    visitor.shot(f"{concept.slug}-phone", whole=True)
    for tab in ("Compare", "Code", "Sources", "Try this"):
        visitor.page.get_by_role("tab", name=tab).click()
        expect(visitor.page.get_by_role("tabpanel").filter(visible=True).first).not_to_be_empty()
    visitor.sound()
