"""The skeleton of a concept passes every test at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import new

ROOT = Path(__file__).resolve().parents[2]
COMING = "practice/debugging"  # taken out of the copy, as every concept of the catalogue has its page


@pytest.mark.timeout(300)
def test_a_new_concept_passes_the_contract_and_its_own_test(tmp_path):
    for folder in ("core", "pages", "tests", ".streamlit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    section, slug = COMING.split("/")
    for folder in ("core/concepts", "pages", "tests/concepts"):
        shutil.rmtree(tmp_path / folder / section)
    written = new.write(COMING, tmp_path)
    assert len(written) == len(new.FILES)
    chosen = [
        "tests/concepts/test_contract.py",
        f"tests/concepts/{section}/test_{slug}.py",
        "tests/test_architecture.py",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *chosen, "-k", slug]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(done.stdout.split(" passed")[0].split()[-1]) > 20


def test_what_is_not_in_the_catalogue_or_is_there_already_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"not in core/catalogue\.py"):
        new.write("nowhere/nothing", tmp_path)
    new.write(COMING, tmp_path)
    with pytest.raises(ValueError, match="is there already"):
        new.write(COMING, tmp_path)
