"""Takes the pictures of the cards on Home: `python tests/browser/thumbnails.py [slug ...]`, by default of every page.

Each is the first figure of the page's default run, from a server of its own, as pages/static/<slug>.webp.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.catalogue import CONCEPTS, Concept  # noqa: E402
from tests.browser.conftest import ARGS, Visitor, serving  # noqa: E402

WIDTH, HEIGHT = 320, 180  # of a card's picture


def take(visitor: Visitor, concept: Concept) -> None:
    """The picture of one page."""
    visitor.open(f"/{concept.slug}?run=1", heading=concept.title)
    visitor.findings.wait_for(timeout=180_000)
    visitor.settle()
    visitor.page.wait_for_timeout(1500)
    box = visitor.findings.bounding_box()
    assert box is not None
    clip = {
        "x": box["x"],
        "y": box["y"] + box["height"] + 14,
        "width": box["width"],
        "height": box["width"] * HEIGHT / WIDTH,
    }
    picture = Image.open(io.BytesIO(visitor.page.screenshot(clip=clip, animations="disabled")))
    file = ROOT / "pages" / "static" / f"{concept.slug}.webp"
    picture.convert("RGB").resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.LANCZOS).save(file, "WEBP", quality=70)
    print(concept.slug, file.stat().st_size)


def main(slugs: list[str]) -> None:
    chosen = [c for c in CONCEPTS.values() if c.built and (not slugs or c.slug in slugs)]
    with serving() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS.split())
        visitor = Visitor(browser, address, viewport={"width": 1280, "height": 1400})
        for concept in chosen:
            take(visitor, concept)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
