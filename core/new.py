"""`python -m core.new section/slug` writes the skeleton of a concept: its package, its page and its test, which pass at once.

The skeleton is a small real experiment, the mean of random numbers against how many there are, to be replaced part by part.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.catalogue import CONCEPTS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).resolve().parent / "text" / "new"

# Template -> where it goes.
FILES = {
    "init.txt": "core/concepts/{section}/{slug}/__init__.py",
    "settings.txt": "core/concepts/{section}/{slug}/settings.py",
    "result.txt": "core/concepts/{section}/{slug}/result.py",
    "experiment.txt": "core/concepts/{section}/{slug}/experiment.py",
    "findings.txt": "core/concepts/{section}/{slug}/findings.py",
    "figures.txt": "core/concepts/{section}/{slug}/figures.py",
    "plain.txt": "core/concepts/{section}/{slug}/plain.py",
    "text.txt": "core/concepts/{section}/{slug}/text/en.toml",
    "page.txt": "pages/{section}/{slug}.py",
    "test.txt": "tests/concepts/{section}/test_{slug}.py",
}


def write(path: str, root: Path = ROOT) -> list[Path]:
    """Write the skeleton of the concept "section/slug", which has its line in the catalogue, and return its files. Raises
    ValueError, a sentence, for a concept that is not in the catalogue or is there already."""
    if path not in CONCEPTS:
        raise ValueError(f"{path} is not in core/catalogue.py. Add its line there first.")
    section, slug = path.split("/")
    words = {"section": section, "slug": slug, "title": CONCEPTS[path].title, "zh": CONCEPTS[path].zh}
    files = {root / place.format(**words): TEMPLATES / name for name, place in FILES.items()}
    if there := [str(file.relative_to(root)) for file in files if file.exists()]:
        raise ValueError(f"{path} is there already: {', '.join(there)}.")
    for file, template in files.items():
        text = template.read_text(encoding="utf-8")
        for name, word in words.items():
            text = text.replace(f"<{name}>", word)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "core" / "concepts" / section / "__init__.py").touch()
    return list(files)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m core.new section/slug")
    try:
        print("\n".join(str(file.relative_to(ROOT)) for file in write(sys.argv[1])))
    except ValueError as error:
        sys.exit(str(error))
