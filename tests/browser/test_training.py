"""The training page as a person meets it: move, train, watch, leave and return, stop, pin, compare, share."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

LONG = "/training?training-epochs=500&training-n=2000"  # a quarter of a minute
LONGER = LONG + "&training-batch=8"  # minutes: to be stopped

# Marks every picture of the page, counts those taken out of it, and reads what each shows.
WATCH = """() => {
  const picked = 'canvas, img';
  window.gone = 0;
  new MutationObserver(changes => changes.forEach(change => change.removedNodes.forEach(node => {
    if (node.nodeType === 1 && (node.matches(picked) || node.querySelector(picked))) window.gone += 1;
  }))).observe(document.body, {childList: true, subtree: true});
  document.querySelectorAll('[data-testid=stMain] canvas, [data-testid=stMain] img').forEach((e, i) => { e.mark = i });
}"""
PICTURES = """() => [...document.querySelectorAll('[data-testid=stMain] canvas, [data-testid=stMain] img')].map(
  e => [e.mark ?? -1, e.tagName === 'CANVAS' ? e.toDataURL() : e.src])"""


def accuracy(visitor) -> str:
    return visitor.findings.inner_text()


def test_move_two_sliders_train_and_read_what_the_run_shows(visitor):
    visitor.open("/training")
    visitor.shot("training-1-before")
    visitor.nudge("Learning rate η", "ArrowRight", "0.03")
    visitor.nudge("Weight decay", "ArrowRight", "0.0001", times=2)
    query = parse_qs(urlsplit(visitor.page.url).query)
    assert query == {"training-lr": ["0.03"], "training-weight_decay": ["0.0001"]}
    begun = time.monotonic()
    visitor.run.click()
    expect(visitor.page.locator(".st-key-training-figure-loss canvas").first).to_be_visible()
    first = time.monotonic() - begun
    visitor.finished()
    print(f"first curve after {first:.1f} s, all after {time.monotonic() - begun:.1f} s")
    assert first < 15
    expect(visitor.halt).to_be_disabled()
    said = accuracy(visitor)
    assert re.search(r"\d+\.\d % of new examples \(95 % CI .*\) correctly after 60 epochs of training \(8 random", said)
    expect(visitor.page.locator(".st-key-training-figure-field img")).to_be_visible()
    visitor.sound()
    visitor.shot("training-1-after", whole=True)


def test_nothing_on_the_page_is_remounted_while_training(visitor):
    visitor.open(LONG)
    visitor.start()
    expect(visitor.page.locator(".st-key-training-figure-loss canvas").first).to_be_visible()
    visitor.under_way()
    visitor.page.evaluate(WATCH)
    before = visitor.page.evaluate(PICTURES)
    assert len(before) == 3, "the field, and curves of loss and accuracy"
    at = visitor.percent()
    for _ in range(3):
        at = visitor.under_way(at)
    expect(visitor.progress).to_be_visible()
    after, gone = visitor.page.evaluate(PICTURES), visitor.page.evaluate("window.gone")
    visitor.shot("training-2-live")
    visitor.stop()
    assert [mark for mark, _ in after] == [0, 1, 2], "other nodes than before"
    assert gone == 0, f"{gone} pictures were taken out of the page"
    assert all(b != a for (_, b), (_, a) in zip(before, after, strict=True)), "a picture did not change"


def test_a_run_goes_on_while_its_learner_looks_at_another_page_and_stops_when_told(visitor):
    visitor.open(LONGER)
    visitor.start()
    at = visitor.under_way()
    visitor.page.get_by_role("link", name="Home", exact=True).first.click()
    visitor.page.get_by_role("heading", name="Understand deep learning by doing it").wait_for()
    visitor.settle()
    count = visitor.sidebar.get_by_text(re.compile(r"Training a network: \d+ %"))
    expect(count).to_be_visible()
    first = visitor.percent(count.inner_text())
    expect(count).not_to_have_text(re.compile(rf"\b{first} %"))
    away = visitor.percent(count.inner_text())
    assert away > first >= at
    visitor.shot("training-3-elsewhere")
    visitor.main.get_by_role("link", name="1. Training a network", exact=True).click()
    expect(visitor.progress).to_be_visible()
    assert visitor.percent() >= away
    expect(visitor.slider("Batch size B")).to_have_attribute("aria-valuetext", "8")
    visitor.under_way(away)
    visitor.stop()
    stopped_at = visitor.percent()
    assert away <= stopped_at < 100
    expect(visitor.page.locator(".st-key-training-figure-loss canvas").first).to_be_visible()
    expect(visitor.page.locator(".st-key-training-figure-field img")).to_be_visible()
    expect(visitor.findings).to_be_visible()
    expect(visitor.run).to_be_enabled()
    visitor.shot("training-3-stopped")


def test_pin_and_compare_and_be_warned_when_two_settings_differ(visitor):
    visitor.open("/training?training-epochs=20")
    visitor.start()
    visitor.finished()
    visitor.button("Pin this run").click()
    expect(visitor.page.get_by_text("Pinned. The next run is drawn over it.")).to_be_visible()
    visitor.settle()
    visitor.nudge("Learning rate η", "ArrowRight", "0.03")
    expect(visitor.progress).to_contain_text("Shown: Learning rate η 0.01. You changed Learning rate η to 0.03.")
    visitor.shot("training-4-earlier")
    visitor.run.click()
    expect(visitor.progress).not_to_contain_text("You changed")
    visitor.finished()
    visitor.page.get_by_role("tab", name="Compare").click()
    table = visitor.page.get_by_role("tabpanel").get_by_role("table")
    expect(table.get_by_role("row").filter(has_text="Learning rate")).to_contain_text(re.compile(r"0\.01\s*0\.03"))
    assert table.get_by_role("row").count() == 3, "names, the setting that differs, the score"
    sentence = visitor.main.get_by_role("listitem").filter(has_text="This run compared with Pin A.")
    expect(sentence).to_have_text(re.compile(r"\(95 % CI .* to .*\)"))
    warning = visitor.main.get_by_text("so you cannot tell which one made the difference")
    expect(warning).to_have_count(0)
    visitor.shot("training-4-compare", whole=True)
    visitor.nudge("Weight decay", "ArrowRight", "0.0001", times=2)
    visitor.run.click()
    expect(visitor.progress).not_to_contain_text("You changed")
    visitor.finished()
    visitor.page.get_by_role("tab", name="Compare").click()
    expect(warning).to_be_visible()
    expect(visitor.main.get_by_text("2 settings differ from Pin A (Learning rate η and Weight decay)")).to_be_visible()
    visitor.sound()
    visitor.shot("training-4-two-differ", whole=True)


def test_the_tab_that_is_open_stays_open_when_a_run_starts_and_ends(visitor):
    visitor.open("/training?training-epochs=10")
    visitor.page.get_by_role("tab", name="Code").click()
    visitor.run.click()
    visitor.finished()
    expect(visitor.page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")
    visitor.run.click()  # the result is held: shown at once
    visitor.finished()
    expect(visitor.page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")


def test_a_copied_link_brings_another_browser_to_the_same_experiment(visitor, visitors):
    visitor.open("/training?training-epochs=20&training-seed=7")
    visitor.nudge("Batch size B", "ArrowLeft", "16")
    visitor.run.click()
    visitor.finished()
    visitor.button("Copy link").click()
    code = visitor.page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").locator("code")
    link = code.inner_text().strip()
    visitor.shot("training-5-link")
    other = visitors(visitor.address)
    other.open(link)
    other.finished()
    for label in ("Learning rate η", "Batch size B", "Weight decay", "Epochs"):
        shown = visitor.slider(label).get_attribute("aria-valuetext")
        expect(other.slider(label)).to_have_attribute("aria-valuetext", str(shown))
    assert accuracy(other) == accuracy(visitor)
    query = parse_qs(urlsplit(link).query)
    assert query["training-seed"] == ["7"]
    assert query["training-batch"] == ["16"]
    assert "run=" not in other.page.url
    other.sound()


def test_on_a_phone_nothing_runs_over_the_edge_and_training_works(server, visitors):
    visitor = visitors(server, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    visitor.open("/training?training-epochs=25")
    overflow = "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    assert max(visitor.page.evaluate(overflow)) <= 0
    visitor.shot("training-7-phone-before")
    visitor.run.tap()
    visitor.finished()
    assert max(visitor.page.evaluate(overflow)) <= 0
    visitor.sound()
    visitor.shot("training-7-phone-after", whole=True)


def test_the_keyboard_alone_starts_a_run(visitor):
    visitor.open("/training?training-epochs=15")
    for _ in range(30):
        visitor.page.keyboard.press("Tab")
        if visitor.run.evaluate("e => e === document.activeElement"):
            break
    expect(visitor.run).to_be_focused()
    visitor.shot("training-8-focus")
    visitor.page.keyboard.press("Enter")
    visitor.finished()


def test_a_prediction_is_answered_from_its_run(visitor):
    visitor.open("/training")
    visitor.nudge("Learning rate η", "ArrowRight", "0.03")  # the link goes back to the default of what it leaves out
    question = visitor.page.get_by_role("tabpanel").locator("[data-testid=stVerticalBlock]").filter(has_text="2. XOR")
    question = question.filter(has_not_text="1. Plain").last
    run = question.get_by_role("link", name="Run it")
    expect(question.get_by_role("button", name="Run it")).to_be_disabled()
    visitor.shot("training-9-question", whole=True)
    question.get_by_text("About 75 %", exact=True).click()
    expect(run).to_be_visible()
    visitor.settle()
    run.click()
    visitor.finished()
    expect(visitor.main.get_by_text(re.compile(r"(Correct|Not quite).* Validation accuracy"))).to_be_visible()
    expect(visitor.page.get_by_role("radio", name="About 75 %")).to_be_checked()
    visitor.shot("training-9-answer", whole=True)
    visitor.sound()


def test_a_hostile_address_gives_the_defaults(visitor):
    visitor.open("/training?training-lr=1e30&training-seed=-5&training-data=%3Cscript%3E&run=2")
    expect(visitor.run).to_be_enabled()
    expect(visitor.slider("Learning rate η")).to_have_attribute("aria-valuetext", "0.01")
    visitor.sidebar.get_by_text("Training", exact=True).click()
    expect(visitor.slider("First seed")).to_have_attribute("aria-valuetext", "0")
    visitor.sidebar.get_by_text("Data", exact=True).click()
    expect(visitor.page.get_by_role("combobox", name="Data set")).to_have_value("Two moons")
    for said in ("Learning rate η = 1e30", "First seed = -5"):
        expect(visitor.main.get_by_text(said)).to_be_visible()
    visitor.sound()
    visitor.shot("training-10-hostile", whole=True)


def test_the_dark_theme(server, visitors):
    visitor = visitors(server, color_scheme="dark")
    visitor.open("/training?training-epochs=20")
    ground = visitor.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert ground == "rgb(16, 22, 29)"
    visitor.run.click()
    visitor.finished()
    visitor.sound()
    visitor.shot("training-11-dark", whole=True)


def test_a_refreshed_page_finds_its_run_again(visitor):
    visitor.open(LONGER + "&training-seed=1")
    visitor.start()
    at = visitor.under_way(1)
    visitor.page.reload()
    expect(visitor.progress).to_be_visible()
    assert visitor.percent() >= at, "begun anew"
    visitor.under_way(at)
    visitor.stop()
