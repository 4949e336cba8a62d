"""Every page as its link brings it: the run comes to its end, nothing complains, axe finds nothing in either theme, nothing
runs over the edge of a phone."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.catalogue import CONCEPTS
from tests.pages.test_every_page import little

BUILT = [c for c in CONCEPTS.values() if c.built]
# By keyboard, and by axe in the dark, in every run: two pages with many kinds of controls. `FULL=1` takes all.
SOME = ("training", "augmentation")
EACH = [pytest.param(c, marks=() if c.slug in SOME else pytest.mark.full, id=c.path) for c in BUILT]
OVERFLOW = (
    "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
)
UNNAMED = """() => [...document.querySelectorAll('[data-testid=stMain] img, [data-testid=stMain] [role=img]')]
  .filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label') || e.closest('[aria-label]'))).length"""
# Text of a Plotly chart that is cut off at its edge.
CLIPPED = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(chart => {
  const box = chart.getBoundingClientRect();
  const out = r => r.width > 2 && (r.right > box.right + 2 || r.left < box.left - 2);
  return [...chart.querySelectorAll('svg text')]
    .filter(t => box.width && !t.closest('.hoverlayer') && out(t.getBoundingClientRect())).map(t => t.textContent)})"""
# What Tab should come to: all that can be worked and is seen. A group of radio buttons, tabs or pills is one stop, and
# arrows go on inside it, so of these the one that is chosen, or the first, stands for all.
WATCH = """() => {
  const works = e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0
    && !e.closest('[aria-hidden=true]')  // sections of the navigation that have no room on the bar
    && !(e.type === 'radio' && !e.checked) && !(e.role === 'radio' && e.ariaChecked === 'false')
    && !(e.dataset.variant === 'pills' && e.previousElementSibling);
  const kinds = 'a[href], button, input, textarea, [role=slider], [role=combobox], [tabindex="0"]';
  window.wanted = [...document.querySelectorAll(`[data-testid=stAppViewContainer] :is(${kinds})`)].filter(works);
  window.reached = new Set();
  document.addEventListener('focusin', e => window.reached.add(e.target));
  return window.wanted.length}"""
MISSED = "() => window.wanted.filter(e => e.isConnected && !window.reached.has(e)).map(e => e.outerHTML.slice(0, 200))"
# Tab may come to another button of a group than to the chosen one: this goes to the one it came to, and arrows must lead on.
BESIDE = """() => {
  const missed = window.wanted.filter(e => e.isConnected && e.role === 'radio' && !window.reached.has(e))[0];
  const beside = missed && [...window.reached].find(r => r.parentElement === missed.parentElement);
  beside?.focus();
  return Boolean(beside)}"""
# Anything in motion for longer than a blink. Plotly's own modebar and the like count as well.
MOVING = """() => document.getAnimations().filter(a => a.effect.getComputedTiming().activeDuration > 50)
  .map(a => `${a.animationName || a.transitionProperty} of ${a.effect.target.outerHTML.slice(0, 120)}`)"""

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
    few = ""  # the default run only under `FULL=1`, for time
    if "FULL" not in os.environ:
        few = "".join(f"&{concept.slug}-{name}={value}" for name, value in little(concept).items())
    visitor.open(f"/{concept.slug}?run=1{few}", heading=concept.title)
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.settle()
    visitor.sound()
    assert "run=" not in visitor.page.url
    assert visitor.page.evaluate(UNNAMED) == 0, "a picture without an alternative text"
    assert violations(visitor) == []
    visitor.page.wait_for_function(f"() => ({CLIPPED})().length === 0")
    if not few:
        visitor.shot(f"{concept.slug}-wide", whole=True)
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    expect(visitor.findings).to_be_attached()
    visitor.page.wait_for_function(f"() => Math.max(...{OVERFLOW}) <= 0")
    if not few:
        visitor.shot(f"{concept.slug}-phone", whole=True)
    for tab in ("Notes", "Compare", "Code", "Sources", "Try this"):
        visitor.page.get_by_role("tab", name=tab).click()
        expect(visitor.page.get_by_role("tabpanel").filter(visible=True).first).not_to_be_empty()
    visitor.sound()
    if concept.slug not in SOME and few:
        return
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.page.emulate_media(color_scheme="dark")
    visitor.page.reload()  # finds the run it has just left
    expect(visitor.findings).to_be_visible(timeout=90_000)
    visitor.settle()
    assert violations(visitor) == []


@pytest.mark.parametrize("concept", EACH)
def test_the_keyboard_comes_to_every_control_and_moves_it_and_nothing_else_moves(server, visitors, concept):
    visitor = visitors(server, reduced_motion="reduce")
    visitor.open(f"/{concept.slug}", heading=concept.title)
    for summary in visitor.page.locator("[data-testid=stExpander] summary").all():
        if not summary.evaluate("e => e.parentElement.open"):
            summary.press("Enter")
    visitor.settle()
    stops = visitor.page.evaluate(WATCH)
    assert stops > 10
    for _ in range(stops + 40):  # the sidebar's links come first
        visitor.page.keyboard.press("Tab")
    while visitor.page.evaluate(BESIDE):
        before = len(visitor.page.evaluate(MISSED))
        for _ in range(12):
            visitor.page.keyboard.press("ArrowRight")
        assert len(visitor.page.evaluate(MISSED)) < before
    assert visitor.page.evaluate(MISSED) == []
    for slider in visitor.page.locator("[role=slider]:visible, input[type=range]:visible").all():
        if slider.is_enabled() and (before := slider.get_attribute("aria-valuetext")):
            slider.press("ArrowRight")
            if slider.get_attribute("aria-valuetext") == before:  # it was at its end
                slider.press("ArrowLeft")
            expect(slider).not_to_have_attribute("aria-valuetext", before)
            assert visitor.page.evaluate(MOVING) == []
    visitor.settle()
    for box in visitor.page.locator("[data-testid=stSelectbox] [role=combobox]:visible:enabled").all():
        box.scroll_into_view_if_needed()
        visitor.page.wait_for_timeout(300)  # Streamlit's menus close when what they stand in is scrolled
        box.press("ArrowDown")
        if box.get_attribute("aria-expanded") != "true":
            box.press("ArrowDown")
        expect(visitor.page.locator("[role=listbox]").first).to_be_visible()
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator("[role=listbox]")).to_have_count(0)
    visitor.settle()
    visitor.sound()


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
