"""Arriving: by a deep link, at home, at an address that is none."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from core.catalogue import SECTIONS, search

BUILT = [s for s in SECTIONS if any(c.built for c in s.concepts)]


def test_a_deep_link_as_the_very_first_request_shows_the_page_inside_the_navigation(new_server, visitors):
    visitor = visitors(new_server)
    visitor.open("/training?training-epochs=30")
    expect(visitor.page.get_by_role("link", name="Home", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Optimisation")).to_be_visible()
    expect(visitor.slider("Epochs")).to_have_attribute("aria-valuetext", "30")
    assert visitor.page.url == f"{new_server}/training?training-epochs=30"
    visitor.sound()
    visitor.shot("start-deep-link")


def test_home_lists_the_sections_and_one_click_leads_to_a_running_experiment(visitor):
    visitor.open("/", "Understand deep learning by doing it")
    for title in ("Start here", *(s.title for s in BUILT)):
        expect(visitor.main.get_by_role("heading", name=re.compile(rf"{title}$"), level=2)).to_be_visible()
    visitor.shot("start-home")
    visitor.button("Train a network now").click()
    expect(visitor.progress.or_(visitor.page.locator(".st-key-training-figure-loss canvas")).first).to_be_visible()
    visitor.finished()
    assert "run=" not in visitor.page.url, "a reload would start it again"
    visitor.sound()


def test_search_narrows_as_one_types_and_says_when_it_finds_nothing(visitor):
    visitor.open("/", "Understand deep learning by doing it")
    cards = visitor.main.get_by_role("heading", level=2)
    expect(cards).to_have_count(len(BUILT) + 1)
    box = visitor.page.get_by_role("textbox", name="Search all concepts and terms")
    found = [concept for concept in search("动量") if concept.built]
    assert 0 < len(found) < len(BUILT)
    box.press_sequentially("动量")
    expect(cards).to_have_count(len(found))
    expect(visitor.main.get_by_text("Optimisers", exact=True)).to_be_visible()
    visitor.shot("start-search")
    box.fill("no such idea")
    expect(visitor.main.get_by_text("No concept or term contains all of these words.")).to_be_visible()
    expect(cards).to_have_count(0)
    box.fill("")
    expect(cards).to_have_count(len(BUILT) + 1)


@pytest.mark.parametrize("path", ["/training/foo", "/Training", "/precision-recall", "/training/"])
def test_an_address_that_is_nearly_right_leads_to_its_page(visitor, path):
    heading = "Precision and recall" if "precision" in path else "Training a network"
    visitor.open(path, heading)
    visitor.sound()


def test_an_address_that_is_none_leads_home(visitor):
    visitor.open("/no_such_page", "Understand deep learning by doing it")
    notice = visitor.page.get_by_role("dialog")
    expect(notice).to_contain_text("Page not found")
    visitor.shot("start-no-such-page")
    # Streamlit tells the console what its notice says; nothing else may stand there.
    told = [error for error in visitor.errors if "The page that you have requested does not seem to exist." in error]
    visitor.errors = [error for error in visitor.errors if error not in told]
    notice.get_by_role("button", name="Close").click()
    visitor.main.get_by_role("link", name="1. Training a network", exact=True).click()
    expect(visitor.run).to_be_enabled()
    visitor.sound()
