"""What holds for every concept package: bounds, repeatability, plain results, short steps, complete texts, true scripts."""

from __future__ import annotations

import ast
import dataclasses
import math
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from core import concept as concepts
from core import text
from core.catalogue import CONCEPTS
from core.findings import Finding
from core.progress import Step
from core.questions import Preset, Question
from core.settings import Choice, Hidden, Many, Number, SettingsError, declared
from core.stats import Interval
from core.text import written

ROOT = Path(__file__).resolve().parents[2]
PATHS = list(concepts.names())
every_concept = pytest.mark.parametrize("path", PATHS)


def package(path: str) -> Path:
    return ROOT / "core" / "concepts" / path


def test_there_are_concepts() -> None:
    assert PATHS and set(PATHS) <= set(CONCEPTS)


@every_concept
def test_the_face_of_a_package(path: str) -> None:
    concept = concepts.load(path)
    for field in ("Idea:", "Sources:", "What to expect:", "CPU seconds:"):
        assert field in (concept.__doc__ or ""), field
    for name in ("run", "findings", "score", "difference"):
        assert callable(getattr(concept, name))
    assert len(concept.QUESTIONS) >= 3
    result = sys.modules[f"{concept.__name__}.result"].Result
    assert dataclasses.is_dataclass(result) and result.__dataclass_params__.frozen
    files = {p.name for p in package(path).glob("*.py")}
    assert {"settings.py", "result.py", "experiment.py", "findings.py", "figures.py"} <= files
    assert "plain.py" in files or hasattr(concept, "script")
    slug = path.split("/")[1]
    assert [name for name in files if name.startswith(f"{slug}_")] == []


@every_concept
def test_every_field_of_a_result_has_its_comment(path: str) -> None:
    source = (package(path) / "result.py").read_text(encoding="utf-8").splitlines()
    for node in ast.walk(ast.parse("\n".join(source))):
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(d) for d in node.decorator_list):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) != "settings":
                    lines = source[field.lineno - 2 : field.end_lineno]
                    assert any("#" in line for line in lines), f"{node.name}.{ast.unparse(field.target)}"


# Settings.


@every_concept
def test_settings_are_flat_frozen_and_run_as_they_come(path: str) -> None:
    settings = concepts.load(path).Settings
    one = settings()
    assert one == settings() and hash(one) == hash(settings())
    assert {type(v) for v in vars(one).values()} <= {int, float, str, bool, tuple}
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.seed = 1


@every_concept
def test_a_bad_setting_is_refused_in_a_sentence_that_names_the_control(path: str) -> None:
    settings, words = concepts.load(path).Settings, text.of(path)
    for name, spec in declared(settings).items():
        if isinstance(spec, Hidden):
            continue
        for value in spec.bad():
            with pytest.raises(SettingsError) as refused:
                settings(**{name: value})
            sentence = str(refused.value)
            assert words.label(name) in sentence and sentence.endswith("."), sentence
            if isinstance(spec, Number) and sentence.startswith(words.label(name) + " must lie"):
                assert written(spec.low, "n") in sentence and written(spec.high, "n") in sentence


@every_concept
def test_a_setting_at_its_edges_is_sound_or_refused_in_a_sentence(path: str) -> None:
    settings = concepts.load(path).Settings
    for name, spec in declared(settings).items():
        for value in () if isinstance(spec, Hidden) else spec.edges():
            try:
                made = settings(**{name: value})
            except SettingsError as refused:
                assert not refused.field and str(refused).endswith(".")  # only what ties fields together may object
            else:
                assert getattr(made, name) == value
    zeros = [n for n, s in declared(settings).items() if isinstance(s, Number) and not s.whole and s.low <= 0]
    assert [n for n in zeros if math.copysign(1, getattr(settings(**{n: -0.0}), n)) < 0] == []


@every_concept
def test_defaults_lie_on_the_sliders(path: str) -> None:
    for name, spec in declared(concepts.load(path).Settings).items():
        if isinstance(spec, Number) and spec.values:
            assert spec.default in spec.values and list(spec.values) == sorted(spec.values), name
            assert spec.problem(spec.values[0]) is None and spec.problem(spec.values[-1]) is None, name


# Texts.

FIELDS = ("title", "summary", "zh", "idea", "notes", "sources")


@every_concept
def test_the_texts_are_complete(path: str) -> None:
    words = text.of(path)
    for field in FIELDS:
        assert words.raw(field), field
    assert 150 <= len(re.sub(r"```.*?```", "", words.raw("notes"), flags=re.S).split()) <= 420
    assert len(words.raw("sources")) >= 2 and len(words.raw("terms")) >= 3
    for term in words.raw("terms"):
        assert set(term) == {"en", "zh", "means"} and term["means"].endswith("."), term
    for name, spec in declared(concepts.load(path).Settings).items():
        if isinstance(spec, Hidden):
            continue
        assert words.label(name) != name, f"{name} has no label"
        assert len(re.sub(r"\(.*?\)", "", words.label(name)).split()) <= 4, words.label(name)
        assert words.help(name).endswith("."), f"help of {name} is no sentence"
        if spec.group:
            assert words(f"groups.{spec.group}")
        if isinstance(spec, (Choice, Many)):
            assert all(words.option(name, option) for option in spec.options)


HOUSE_WORDS = re.compile(
    r"beyond luck|in the line|errs? on|set against|by heart|\bvoice\b|hold together|nothing of this lab|what there is stays",
    re.I,
)


@every_concept
def test_the_texts_keep_to_the_words_of_the_house(path: str) -> None:
    source = (package(path) / "text" / "en.toml").read_text(encoding="utf-8")
    assert HOUSE_WORDS.findall(source) == []


def used(path: str) -> dict[str, set[str]]:
    """Every finding that the package makes, by its key as it is written in the code: the names of its numbers."""
    found: dict[str, set[str]] = {}
    for file in package(path).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                names = {k.arg or "**" for k in node.keywords}
                keys = [
                    c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant) and isinstance(c.value, str)
                ]
                assert keys, f"{file.name}:{node.lineno}: the key of a finding must be written out"
                for key in keys:
                    found[key] = found.get(key, names) & names if key in found else names
    return found


def placeholders(sentence: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in text.Formatter(text.of("")).parse(sentence) if name}


@every_concept
def test_every_finding_has_a_sentence_and_every_sentence_a_finding(path: str) -> None:
    sentences, findings = text.of(path).raw("findings"), used(path)
    assert set(findings) - set(sentences) == set(), "no sentence"
    assert set(sentences) - set(findings) == set(), "never used"
    for key, names in findings.items():
        assert "**" in names or placeholders(sentences[key]) <= names, key


@every_concept
def test_every_question_and_preset_has_its_words(path: str) -> None:
    concept, words = concepts.load(path), text.of(path)
    for question in concept.QUESTIONS:
        assert isinstance(question, Question)
        choices = words.raw(f"questions.{question.key}.choices")
        assert len(set(choices)) == len(choices) >= 2
        assert words.raw(f"questions.{question.key}.text").strip().endswith(("?", "."))
        assert words.raw(f"questions.{question.key}.answer")
        concept.Settings(**question.change)  # raises when it names what is not there or cannot run
    for preset in concepts.presets(concept):
        assert isinstance(preset, Preset)
        assert words.raw(f"presets.{preset.key}.label") and words.raw(f"presets.{preset.key}.why").endswith(".")
        concept.Settings(**preset.change)


CALLS = {"caption": "captions", "chart": "alts", "picture": "alts", "selectable": "alts", "alt": "alts", "picture_row": "alts"}  # fmt: skip


@every_concept
def test_every_text_that_a_page_asks_for_is_there(path: str) -> None:
    words, asked = text.of(path), 0
    for node in ast.walk(ast.parse((ROOT / "pages" / f"{path}.py").read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        method, first = node.func.attr, node.args[0]
        if ast.unparse(node.func.value) != "page" or method not in {*CALLS, "text"}:
            continue
        for key in [c.value for c in ast.walk(first) if isinstance(c, ast.Constant) and isinstance(c.value, str)]:
            full = key if method == "text" else f"{CALLS[method]}.{key}"
            given = {k.arg for k in node.keywords}
            assert words.has(full), full
            if None not in given and method not in ("picture_row",):
                assert placeholders(words.raw(full)) <= given, full
            asked += 1
    assert asked >= 2


SAMPLES: dict[str, Any] = {"": 3, "d": 3}


@every_concept
def test_every_sentence_can_be_filled_in(path: str) -> None:
    words = text.of(path)
    interval = Interval(0.1, 0.05, 0.15, 8)

    def check(table: Any, key: str) -> None:
        if isinstance(table, dict):
            for name, value in table.items():
                check(value, f"{key}.{name}" if key else name)
        elif isinstance(table, str) and key.split(".")[0] in ("findings", "captions", "alts", "titles", "errors", "ui"):
            for sample in (interval, 3, 0.25, ["a", "b"], "moons"):
                try:
                    words(key, **dict.fromkeys(placeholders(table), sample))
                    break
                except (ValueError, TypeError, AttributeError):
                    continue
            else:  # a sentence with several kinds of numbers
                words(key, **{name: _sample(table, name, interval) for name in placeholders(table)})

    check(words.tables, "")


def _sample(sentence: str, name: str, interval: Interval) -> Any:
    """A number that suits every place in which `name` stands."""
    specs = [
        spec or ""
        for _, n, spec, _ in text.Formatter(text.of("")).parse(sentence)
        if n and re.split(r"[.\[]", n)[0] == name
    ]
    attributes = any(n and n.startswith(f"{name}.") for _, n, _, _ in text.Formatter(text.of("")).parse(sentence))
    if attributes:
        return interval
    if any(spec in ("and", "or") for spec in specs):
        return ["a", "b"]
    if any(spec.startswith(("%", "points", "+")) or spec.endswith(("f", "g", "%")) for spec in specs):
        return 0.25
    return "moons" if any(spec.startswith("option") for spec in specs) else 3


# Runs.

LITTLE = {
    "seeds": 2,
    "epochs": 2,
    "steps": 5,
    "iterations": 5,
    "n": 60,
    "trees": 4,
    "rounds": 4,
    "resamples": 4,
    "sets": 3,
    "networks": 4,
    "members": 4,
    "deepest": 8,
    "source_steps": 20,
    "width": 8,
}


def little(path: str) -> Any:
    """The smallest settings worth running, as far as the fields go together."""
    settings = concepts.load(path).Settings
    specs = declared(settings)
    change = {n: max(LITTLE[n], specs[n].low) for n in LITTLE if isinstance(specs.get(n), Number)}
    change = {n: min(v, getattr(settings(), n)) for n, v in change.items()}
    while True:
        try:
            return settings(**change)
        except SettingsError:
            change.pop("n" if "n" in change else next(iter(change)))


def last(run: Any) -> Any:
    if not hasattr(run, "__next__"):
        return run
    *_, step = run
    assert isinstance(step, Step) and step.fraction == 1 and step.result is not None
    return step.result()


@pytest.fixture(scope="module")
def small_results() -> dict[str, Any]:
    return {}


def small(path: str, kept: dict[str, Any]) -> Any:
    if path not in kept:
        kept[path] = last(concepts.load(path).run(little(path)))
    return kept[path]


def same(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two plain values differ."""
    import numpy as np
    import pandas as pd

    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        return [
            x for f in dataclasses.fields(a) for x in same(getattr(a, f.name), getattr(b, f.name), f"{where}.{f.name}")
        ]
    if isinstance(a, dict):
        return [where] if a.keys() != b.keys() else [x for k in a for x in same(a[k], b[k], f"{where}[{k}]")]
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return [where]
        return [x for i, (c, d) in enumerate(zip(a, b, strict=True)) for x in same(c, d, f"{where}[{i}]")]
    if isinstance(a, np.ndarray):
        equal = np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    elif isinstance(a, (pd.DataFrame, pd.Series)):
        equal = a.equals(b)
    else:
        equal = a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
    return [] if equal else [where]


MEASURED = re.compile(
    r"ms_per|\.ms\b|seconds|memory|throughput|_time|times"
)  # of the clock and the process, not of the run


@every_concept
def test_the_same_settings_give_the_same_result_and_it_pickles(path: str, small_results: dict[str, Any]) -> None:
    one, two = small(path, small_results), last(concepts.load(path).run(little(path)))
    assert [w for w in same(one, two) if not MEASURED.search(w)] == []
    assert same(one, pickle.loads(pickle.dumps(one))) == []


@every_concept
def test_what_a_small_run_shows_can_be_said(path: str, small_results: dict[str, Any]) -> None:
    concept, words, result = concepts.load(path), text.of(path), small(path, small_results)
    found = concept.findings(result)
    assert found and all(isinstance(f, Finding) for f in found)
    said = [words.say(f) for f in found]
    assert "**" in said[0], f"the verdict has no bold part: {said[0]}"
    for sentence in [*said, words.say(concept.score(result)), words.say(concept.difference(result, result))]:
        assert not re.search(r"\bnan\b|\binf\b|\{|\}|None|Interval\(", sentence), sentence
    if hasattr(concept, "sealed"):
        assert words.say(concept.sealed(result))
    assert len(result.frame()) > 0


# A process that has loaded what results are made of, and gives each concept a copy of itself: starting anew costs seconds.
PLAIN_DATA = """
import importlib, os, pickle, sys
import numpy, pandas, scipy.stats, skimage, sklearn.metrics
for line in sys.stdin:
    file, module = line.split()
    if (child := os.fork()) == 0:
        with open(file, "rb") as there:
            result = pickle.load(there)
        concept = importlib.import_module(module)
        importlib.import_module(module + ".figures")
        concept.findings(result)
        print("loaded:", [name for name in ("torch", "torchvision", "streamlit") if name in sys.modules], flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print("failed", flush=True)
"""


@pytest.fixture(scope="module")
def drawer() -> Iterator[subprocess.Popen[str]]:
    """A process without torch; it says what each result, whose file and module it is told, makes it load."""
    command = [sys.executable, "-c", PLAIN_DATA]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@every_concept
def test_drawing_a_result_needs_no_torch(
    path: str, small_results: dict[str, Any], tmp_path: Path, drawer: subprocess.Popen[str]
) -> None:
    file = tmp_path / "result.pkl"
    file.write_bytes(pickle.dumps(small(path, small_results)))
    assert drawer.stdin and drawer.stdout
    drawer.stdin.write(f"{file} core.concepts.{path.replace('/', '.')}\n")
    drawer.stdin.flush()
    assert drawer.stdout.readline().strip() == "loaded: []"


FIRST = 20  # steps
LONGEST = 0.3  # CPU seconds a step


def costliest(path: str) -> Any:
    """Every number of the settings at the end that costs most, as far as the fields go together."""
    settings = concepts.load(path).Settings
    change: dict[str, Any] = {}
    cheap_low = ("batch", "lr", "noise", "dropout", "weight_decay")
    for name, spec in declared(settings).items():
        if isinstance(spec, Number) and spec.whole and name not in ("seed", *cheap_low):
            change[name] = spec.high
        elif isinstance(spec, Many):
            change[name] = spec.options
        if isinstance(spec, Choice) and name == "data":
            change[name] = next((d for d in ("mnist5k", "digits") if d in spec.options), spec.default)
        if isinstance(spec, Choice) and name == "model" and "CNN" in spec.options:
            change[name] = "CNN"
    while change:
        try:
            return settings(**change)
        except SettingsError:
            change.popitem()
    return settings()


@every_concept
def test_no_step_takes_long_at_the_costliest_settings(path: str) -> None:
    run, settings = concepts.load(path).run, costliest(path)
    slow: list[tuple[int, float]] = []
    try:
        slow += long_steps(run(settings))
    except SettingsError as refused:  # beforehand, as it would take too long
        specs = declared(type(settings))
        few = {name: specs[name].low for name in ("epochs", "iterations", "seeds") if name in specs}
        assert refused.problem.key in ("takes_too_long", "takes_far_too_long") and few
        slow += long_steps(run(dataclasses.replace(settings, **few)))
    assert slow == [], "steps and their CPU seconds"


def long_steps(steps: Any) -> Iterator[tuple[int, float]]:
    """Which of the first steps of a run take too long, and how long."""
    if not hasattr(steps, "__next__"):
        return
    begun = time.thread_time()
    for i, step in enumerate(islice(steps, FIRST)):
        spent = time.thread_time() - begun
        if spent > LONGEST:
            yield i, round(spent, 2)
        assert isinstance(step, Step) and 0 <= step.fraction <= 1
        begun = time.thread_time()
    steps.close()


@every_concept
def test_every_question_can_be_graded(path: str, small_results: dict[str, Any]) -> None:
    concept, words = concepts.load(path), text.of(path)
    small_settings = {n: getattr(little(path), n) for n in LITTLE if hasattr(little(path), n)}
    for question in concept.QUESTIONS:
        settings = concept.Settings(
            **{
                **small_settings,
                **question.change,
                **{
                    n: v
                    for n, v in small_settings.items()
                    if n in ("seeds", "epochs", "steps", "resamples", "networks", "source_steps")
                },
            }
        )
        right, numbers = question.grade(last(concept.run(settings)))
        assert 0 <= right < len(words.raw(f"questions.{question.key}.choices"))
        assert re.search(r"\d|no ", words(f"questions.{question.key}.answer", **numbers))


@every_concept
def test_the_script_is_one_file_of_its_own(path: str) -> None:
    concept = concepts.load(path)
    source = concepts.script(concept, concept.Settings())
    assert source is not None
    ast.parse(source)
    words = set(re.findall(r"\w+", re.sub(r'"""[\s\S]*?"""', "", source)))
    assert not {"core", "pages", "streamlit"} & words
    assert source.startswith("# /// script") and "requires-python" in source
