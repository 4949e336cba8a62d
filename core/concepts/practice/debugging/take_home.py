"""The script to take home. It gives no secret away."""

from __future__ import annotations

from pathlib import Path

from core import bundle, text
from core.concepts.practice.debugging.settings import BUGS, Settings

USED = ("data", "epochs", "width", "seeds", "seed")


def script(s: Settings) -> str:
    """The training as it should be; with the bug in its place where the learner has chosen one."""
    words = text.of("practice/debugging")
    used = {name: getattr(s, name) for name in USED} | {"seed": s.first_seed}
    comments = {name: words.label(name) for name in USED}
    written = bundle.script(Path(__file__).with_name("plain.py"), used, words.raw("title"), comments)
    bug = BUGS.get(s.planted)
    return written if bug is None else written.replace(bug.good, bug.bad)
