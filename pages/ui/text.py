"""Words of others on a page."""

SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]()<>#+-!|~$:"})


def plain(text: str) -> str:
    """Text that may quote what a visitor typed or uploaded, with nothing of it taken for Markdown."""
    return text.translate(SPECIAL)
