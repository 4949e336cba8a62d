"""What the runs of each page say: `python tests/benchmarks/verdicts.py [slug ...]`, by hand, after a recipe or a text has changed.

The findings of the default run, then for each question its answer and for each preset its reason, with the verdict of the run beside
it, as the page words them. Whether a reason still agrees with its verdict is for a person to read.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core import concept as concepts  # noqa: E402
from core import text  # noqa: E402
from core.cluster.carrying_out import dask_setup  # noqa: E402
from core.progress import finished  # noqa: E402


def told(path: str) -> None:
    """Print what the runs of one page say."""
    concept, words = concepts.load(path), text.of(path)

    @lru_cache
    def run(settings: Any) -> Any:
        made = concept.run(settings)
        return finished(made) if hasattr(made, "__next__") else made

    def verdict(change: Mapping[str, Any]) -> str:
        return f"   verdict: {words.say(concept.findings(run(concept.Settings(**change)))[0])}"

    print(f"\n# {path}")
    for finding in concept.findings(run(concept.Settings())):
        print(f"- {words.say(finding)}")
    for question in concept.QUESTIONS:
        right, numbers = question.grade(run(concept.Settings(**question.change)))
        choice = words.raw(f"questions.{question.key}.choices")[right]
        print(f"?  {words(f'questions.{question.key}.text')}")
        print(f"   {choice}. {words(f'questions.{question.key}.answer', **numbers)}\n{verdict(question.change)}")
    for preset in concept.PRESETS:
        print(
            f"{'+' if preset.works else '!'}  {words(f'presets.{preset.key}.label')}: {words(f'presets.{preset.key}.why')}"
        )
        print(verdict(preset.change), flush=True)


if __name__ == "__main__":
    dask_setup(None)
    for name in concepts.names():
        if not sys.argv[1:] or name.split("/")[1] in sys.argv[1:]:
            told(name)
