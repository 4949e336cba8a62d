"""The optimiser race in a browser: it plays without asking the server, and a click on the map is a new start."""

from __future__ import annotations

import re

from playwright.sync_api import expect

AT = "document.querySelector('.st-key-optimizers-map .js-plotly-plot')._fullLayout.sliders[0].active"


def test_the_race_plays_and_a_click_starts_another(visitor):
    visitor.open("/optimizers", heading="Optimisers")
    chart = visitor.page.locator(".st-key-optimizers-map")
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    expect(visitor.findings).to_be_visible()
    visitor.settle()
    last, lines = visitor.page.evaluate(AT), chart.locator("path.js-line").count()
    chart.evaluate("e => e.scrollIntoView({block: 'start'})")
    chart.get_by_text("Play").click(force=True)  # the text lies under the button's own rectangle
    visitor.page.wait_for_function(f"() => {AT} > 2 && {AT} < {last} - 2")
    assert chart.locator("path.js-line").count() == lines  # none of the map is lost on the way
    visitor.page.wait_for_function(f"() => {AT} === {last}")
    before = visitor.main.get_by_role("listitem").filter(has_text="each at its own").inner_text()
    plot = chart.locator(".nsewdrag").first
    box = plot.bounding_box()
    plot.hover(position={"x": 0.8 * box["width"], "y": 0.25 * box["height"]})
    expect(chart.locator(".hoverlayer")).to_contain_text("click to start here")
    visitor.page.mouse.down()
    visitor.page.mouse.up()
    visitor.page.wait_for_url(re.compile(r"optimizers-across=80&optimizers-up=75"))
    expect(visitor.main.get_by_role("listitem").filter(has_text="each at its own")).not_to_have_text(before)
    visitor.sound()
