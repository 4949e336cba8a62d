"""The optimiser race in a browser: it plays without asking the server, and a click on the map is a new start."""

from __future__ import annotations

import re

from playwright.sync_api import expect

PLAY = (36, 400)  # the button at the left end of the timeline, in pixels from the corner of the chart


def test_the_race_plays_and_a_click_starts_another(visitor):
    visitor.open("/optimizers", heading="Optimisers")
    chart = visitor.page.locator(".st-key-optimizers-figure-map")
    verdict = visitor.page.locator(".st-key-optimizers-verdict")
    expect(verdict).to_contain_text("First at the minimum")
    expect(chart.locator("canvas").first).to_be_visible()
    visitor.settle()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    still = chart.screenshot()
    visitor.page.mouse.click(box["x"] + PLAY[0], box["y"] + PLAY[1])
    visitor.page.wait_for_timeout(1000)
    early = chart.screenshot()
    visitor.page.wait_for_timeout(1000)
    assert len({still, early, chart.screenshot()}) == 3  # the dots have moved on
    visitor.page.mouse.click(box["x"] + PLAY[0], box["y"] + PLAY[1])
    before = verdict.inner_text()
    visitor.page.mouse.click(box["x"] + 300, box["y"] + 150)
    visitor.page.wait_for_url(re.compile(r"optimizers-across=\d+&optimizers-up=\d+"))
    expect(verdict).not_to_have_text(before)
    visitor.sound()


def test_no_optimiser_at_all_is_said_in_a_sentence(visitor):
    visitor.open("/optimizers", heading="Optimisers")
    for name in ("SGD", "Momentum", "Adam"):
        visitor.sidebar.get_by_role("button", name=name, exact=True).click()
        visitor.settle()
    expect(visitor.main.get_by_test_id("stAlertContentError")).to_contain_text("No optimiser is chosen")
