"""How soon a page is redrawn after a key has moved a slider: `python tests/benchmarks/stepping.py [slug ...]`.

In Chromium, on the page's default run: milliseconds from the key to the last change of the page or of a chart's canvas. Three
visits a page, the first steps after loading included. Of all other benchmarks this one is no ratio: it is held against 300 ms.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.serving import ADDRESS, serving  # noqa: E402

SLIDERS = {
    "bagging": "Member shown",
    "boosting": "Round shown",
    "stacking": "Fold shown",
    "precision_recall": "Threshold",
    "augmentation": "Rotation up to (°)",
}
LIMIT = 300  # ms
VISITS, STEPS = 3, 16
WATCH = """() => {
  window.changed = () => { window.last = performance.now(); };
  for (const name of ['clearRect', 'fill', 'stroke', 'fillText', 'drawImage']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) { window.changed(); return draw.apply(this, args); };
  }
  new MutationObserver(window.changed).observe(document.querySelector('[data-testid=stMain]'),
    {childList: true, subtree: true, attributes: true, characterData: true});
  addEventListener('keydown', () => { window.pressed = window.last = performance.now(); }, true);
}"""
SETTLED = "() => performance.now() - window.last > 700"


def steps(page: Page, slug: str, label: str) -> list[float]:
    page.goto(f"{ADDRESS}/{slug}?run=1")
    page.locator("[class*=st-key-][class*=-verdict]").first.wait_for(timeout=120_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    slider = page.get_by_role("group", name=label, exact=True).get_by_role("slider").first
    slider.focus()
    took = []
    for _ in range(STEPS):
        at_end = slider.get_attribute("value") == slider.get_attribute("max")
        page.keyboard.press("Home" if at_end else "ArrowRight")
        page.wait_for_function(SETTLED, polling=50)
        took.append(page.evaluate("() => window.last - window.pressed"))
    return took


def main() -> None:
    print(f"| ms | median | 95 % | most | over {LIMIT} |\n|---|---|---|---|---|")
    with serving("app.py", ROOT), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for slug in sys.argv[1:] or SLIDERS:
            took: list[float] = []
            for _ in range(VISITS):
                page = browser.new_page(viewport={"width": 1440, "height": 1400})
                took += steps(page, slug, SLIDERS[slug])
                page.close()
            high = statistics.quantiles(took, n=20)[-1]
            over = sum(t > LIMIT for t in took)
            print(
                f"| {slug} | {statistics.median(took):.0f} | {high:.0f} | {max(took):.0f} | {over} of {len(took)} |",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
