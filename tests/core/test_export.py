"""The exported script needs nothing of this project and prints the very numbers of the run."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.concepts.optimization import training
from core.concepts.optimization.training import Settings

SMALL = Settings(n=80, epochs=3, seeds=2)
PRINTED = re.compile(r"seed (\d+): validation accuracy (\d\.\d{4})")


def csv(labels: tuple[str, ...] = ("red", "green", "blue"), offset: float = 0.0) -> bytes:
    rng = np.random.default_rng(3)
    rows = [f"{offset + 3 * (i % 3) + rng.normal():.4f},{rng.normal() - i % 3:.4f},{labels[i % 3]}" for i in range(90)]
    return "\n".join(["width,height,kind", *rows]).encode()


CASES: dict[str, tuple[Settings, bytes | None]] = {
    "moons": (SMALL, None),
    "xor, Nesterov, weight decay": (
        replace(SMALL, data="xor", optimizer="Nesterov", weight_decay=0.01, momentum=0.8, lr=0.1, activation="tanh"),
        None,
    ),
    "blobs, RMSprop, no hidden layer, one batch": (
        replace(SMALL, data="blobs", optimizer="RMSprop", depth=0, batch=1024, seed=7),
        None,
    ),
    "digits, dropout": (replace(SMALL, data="digits", n=200, dropout=0.3, optimizer="AdamW", weight_decay=0.1), None),
    "digits, CNN, GELU": (
        replace(SMALL, data="digits", n=200, epochs=8, model="CNN", width=4, activation="GELU"),
        None,
    ),
    "own points": (replace(SMALL, data="own", batch=8), csv()),
    "own points, numbers as labels": (replace(SMALL, data="own", batch=8), csv(("01", "2.0", "10"))),
    "own points, labels that look like gaps": (replace(SMALL, data="own", batch=8), csv(("NA", "null", "x"))),
    "own points, labels that would be code": (
        replace(SMALL, data="own", batch=8),
        csv(("'].index)+exit(9)#{x}", '""""""""', "\\")),  # the second is three quotes, as CSV writes them
    ),
    "own points, large offset": (replace(SMALL, data="own", batch=8), csv(offset=1e9)),
}


# Each script in a folder and a namespace of its own, in one process: importing torch takes most of the time.
DRIVER = """
import contextlib, os, pathlib, runpy, traceback
for folder in sorted(pathlib.Path.cwd().iterdir()):
    os.chdir(folder)
    with open("printed.txt", "w") as printed, contextlib.redirect_stdout(printed):
        try:
            runpy.run_path("script.py", run_name="__main__")
        except BaseException:
            print(traceback.format_exc())
"""


def python(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Python with warnings as errors, away from this project."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    environment["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, "-W", "error", "-P", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150)


def write(folder: Path, settings: Settings, own: bytes | None) -> None:
    text = training.script(settings, own)
    assert text is not None
    folder.mkdir()
    (folder / "script.py").write_text(text, encoding="utf-8")
    if own is not None:
        (folder / "points.csv").write_bytes(own)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each case's script prints."""
    root = tmp_path_factory.mktemp("scripts")
    folders = {case: root / f"case{i}" for i, case in enumerate(CASES)}
    for case, folder in folders.items():
        write(folder, *CASES[case])
    done = python(["-c", DRIVER], root)
    assert done.returncode == 0, done.stderr[-2000:]
    return {case: (folder / "printed.txt").read_text() for case, folder in folders.items()}


@pytest.mark.parametrize("case", CASES)
def test_the_script_prints_the_accuracies_of_the_run(case: str, printed: dict[str, str]) -> None:
    settings, own = CASES[case]
    *_, result = training.run(settings, own, every=9)
    scores = result.final("validation", "accuracy")
    assert scores.nunique() > 1 or scores.iloc[0] > 0.5  # or any script would pass
    expected = {settings.seed + k: f"{v:.4f}" for k, v in scores.items()}
    assert {int(seed): score for seed, score in PRINTED.findall(printed[case])} == expected, printed[case][-2000:]
    assert float(printed[case].rsplit(maxsplit=1)[-1]) == pytest.approx(scores.mean(), abs=1e-4)


def test_the_script_runs_by_itself(tmp_path: Path) -> None:
    write(tmp_path / "alone", *CASES["moons"])
    done = python(["script.py"], tmp_path / "alone")
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(PRINTED.findall(done.stdout)) == SMALL.seeds


@pytest.mark.parametrize("case", CASES)
def test_the_script_does_not_mention_this_project(case: str) -> None:
    text = training.script(*CASES[case])
    assert text is not None and not {"core", "pages", "streamlit"} & set(re.findall(r"\w+", text))


def test_the_script_names_its_settings() -> None:
    text = training.script(replace(SMALL, lr=0.0123))
    assert text is not None and "lr=0.0123" in text and text.startswith('"""Training a network\n')


@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
def test_every_optimiser_of_the_menu_can_be_written_out(optimizer: str) -> None:
    text = training.script(replace(SMALL, optimizer=optimizer))
    assert text is not None
    compile(text, "script.py", "exec")
