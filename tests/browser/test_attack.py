"""Text that would be markup: typed, in the address, and in a file of one's own. It is shown letter for letter or not at
all, and nothing of it runs."""

import re

import pytest
from playwright.sync_api import expect

MARKUP = ("<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "**b**", ":material/home:", "$x$", "<b>b</b>%{x}")
FAULTS = "img[src=x], [onerror], a[href^=javascript], iframe[src^=javascript]"


def csv(names, labels):
    """Two clouds to a side, so that every class has points enough."""
    rows = [f"{i % 7 + 3 * (i % len(labels))},{i % 5},{labels[i % len(labels)]}" for i in range(20 * len(labels))]
    return "\n".join([",".join(names), *rows]).encode()


def give(visitor, content, name="points.csv"):
    uploader = visitor.page.locator("input[type=file]")
    uploader.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_markup_is_text_or_nothing(visitor):
    asked = []
    visitor.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    def harmless(refused=False):
        visitor.settle()
        assert not asked
        expect(visitor.page.locator(FAULTS)).to_have_count(0)
        if not refused:
            visitor.sound()

    searches = (
        ("/", "Understand deep", "all concepts and terms", MARKUP[:3]),
        ("/glossary", "Glossary", "the glossary", MARKUP[3:]),
    )
    for path, heading, label, texts in searches:
        visitor.open(path, heading)
        box = visitor.page.get_by_label(f"Search {label}")
        for text in texts:
            box.fill(text)
            box.press("Enter")
            expect(visitor.main.get_by_text(re.compile("^No (concept or )?term contains"))).to_be_visible()
            harmless()

    # In the address, and then a file whose name, columns and labels are all markup.
    hostile = "&".join(f"training-{k}=<img src=x onerror=alert(1)>" for k in ("model", "seed", "data", "lr"))
    visitor.open(f"/training?{hostile}")
    harmless()
    visitor.open("/training?training-data=my own CSV&training-epochs=20")
    visitor.page.get_by_text("Data", exact=True).click()
    give(visitor, csv(("<i>a</i>", "**b**", "c"), (*MARKUP[:3], MARKUP[4])), "<img src=x onerror=alert(1)>.csv")
    expect(visitor.button("Remove <img src=x onerror=alert(1)>.csv")).to_be_visible()
    harmless()
    visitor.run.click()
    visitor.finished()
    harmless()

    # In a refusal the page quotes the file.
    for text in MARKUP:
        give(visitor, csv(("<i>a</i>", "b", "c"), ("x", "y")).replace(b"\n3,1,", f"\n{text},1,".encode(), 1))
        short = text if len(text) <= 20 else text[:19] + "…"
        quoted = re.escape(f'column 1 ("<i>a</i>"): "{short}"').replace(":", ":\N{WORD JOINER}?")  # pages/ui/text.py
        expect(visitor.page.get_by_test_id("stAlert").get_by_text(re.compile(quoted)).first).to_be_visible()
        harmless(refused=True)


@pytest.mark.full
def test_who_gives_a_file_on_each_of_many_visits_is_never_refused(visitor):
    """In one tab, for a page that is loaded anew is another. The browser does not take back the file of a page it leaves."""
    visitor.open("/", "Understand deep learning by doing it")
    for i in range(5):  # one more than are kept
        visitor.main.get_by_role("link", name="1. Training a network").click()
        visitor.page.get_by_role("heading", name="Training a network", level=1).wait_for()
        visitor.settle()
        visitor.sidebar.get_by_text("Data", exact=True).click()
        menu = visitor.page.get_by_role("combobox", name="Data set")
        menu.click()
        menu.press_sequentially("my own")
        visitor.page.get_by_role("option", name="My own CSV").click()
        give(visitor, csv(("a", "b", "c"), ("x", "y")), f"visit{i}.csv")
        expect(visitor.page.get_by_test_id("stAlertContentError")).to_have_count(0)
        expect(visitor.run).to_be_enabled()
        visitor.page.get_by_role("link", name="Home", exact=True).first.click()
        visitor.page.get_by_role("heading", name="Understand deep learning by doing it", level=1).wait_for()
