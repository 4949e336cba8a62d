"""The house rules, read from the sources: which way imports run, and that the catalogue is what lies on disk."""

import ast
import dataclasses
import importlib
import inspect
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from core.catalogue import CONCEPTS
from core.legacy import Question

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
MODULES = [p for p in sorted((ROOT / "core/concepts").rglob("*.py")) if p.name != "__init__.py"]
# Pages proper; pages/ui is the furniture they share.
CONCEPT_PAGES = [p for p in PAGES if len(p.relative_to(ROOT).parts) == 3 and p.parent.name != "ui"]
PLAIN_PAGES = [p for p in PAGES if p.parent.name != "ui"]
BUILT = [c for c in CONCEPTS.values() if c.built]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    """Every module that the file imports, at the top or inside a function: `from a import b` gives a and a.b."""
    found: set[str] = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            stem = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*stem, *([node.module] if node.module else [])))
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def taken(path: Path, *banned: str) -> list[str]:
    return sorted(m for m in imports(path) if any(m == b or m.startswith(f"{b}.") for b in banned))


def test_there_is_something_to_check() -> None:
    assert len(CORE) > 20 and len(PLAIN_PAGES) >= 3 and BUILT and MODULES and CONCEPT_PAGES


def test_imports_are_seen_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "core" / "engine" / "x.py"
    file.parent.mkdir(parents=True)
    file.write_text("import a.b as c\ndef f():\n    from d import e\nfrom . import g\nfrom ..h import i\n")
    assert imports(file) == {"a.b", "d", "d.e", "core.engine", "core.engine.g", "core.h", "core.h.i"}
    assert taken(file, "a", "core.h", "d.x") == ["a.b", "core.h", "core.h.i"]


@pytest.mark.parametrize("path", CORE, ids=name)
def test_core_knows_no_streamlit_and_no_pages(path: Path) -> None:
    assert taken(path, "streamlit", "pages", "app") == []


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name in ("engine", "data")], ids=name)
def test_engine_and_data_know_no_figures_and_no_concepts(path: Path) -> None:
    assert taken(path, "plotly", "core.concepts", "core.figures") == []


@pytest.mark.parametrize("path", [p for p in CORE if p.parent.name == "figures"], ids=name)
def test_figures_know_no_concepts(path: Path) -> None:
    assert taken(path, "core.concepts", "streamlit", "torch") == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_concept_knows_no_other_concept(path: Path) -> None:
    own = f"{path.parent.name}/{path.stem}"
    others = [f"core.concepts.{c.replace('/', '.')}" for c in CONCEPTS if c != own and not own.startswith(f"{c}_")]
    assert taken(path, *others) == []
    # What it keeps in further modules of its own lies beside it.
    section = f"core.concepts.{path.parent.name}"
    assert [m for m in taken(path, "core.concepts") if m != section and not m.startswith(f"{section}.")] == []


@pytest.mark.parametrize("path", PLAIN_PAGES, ids=name)
def test_a_page_computes_and_draws_nothing_itself(path: Path) -> None:
    assert taken(path, "torch", "plotly", "sklearn", "numpy") == []


@pytest.mark.parametrize("path", PLAIN_PAGES, ids=name)
def test_a_page_takes_nothing_from_another_page(path: Path) -> None:
    other = [m for m in taken(path, "pages") if m != "pages" and not f"{m}.".startswith("pages.ui.")]
    assert other == []


@pytest.mark.parametrize("path", CONCEPT_PAGES, ids=name)
def test_a_page_knows_no_other_concept_than_its_own(path: Path) -> None:
    section, slug = path.parent.name, path.stem
    own = {"core.concepts", f"core.concepts.{section}", f"core.concepts.{section}.{slug}"}
    parts = tuple(f"core.concepts.{section}.{slug}{end}" for end in "._")  # what it keeps in further modules
    assert [m for m in taken(path, "core.concepts") if m not in own and not m.startswith(parts)] == []


# What reads or runs whatever it is given: modules, and calls by how they end.
READERS = ("pickle", "_pickle", "dill", "joblib", "cloudpickle", "jsonpickle", "shelve", "marshal", "yaml")
RUNNERS = ("subprocess", "pty", "code", "codeop", "runpy", "streamlit.components")
BUILTINS = ("eval", "exec", "compile", "__import__")
CALLS = (
    "os.system",
    "os.popen",
    "os.exec*",
    "os.spawn*",
    "os.posix_spawn*",
    "builtins.*",
    "*.read_pickle",
    "*.to_pickle",
)
CALLS += ("torch.jit.load", "torch.hub.*", "torch.package.*", "*.components.*", "*.iframe")


def dangers(path: Path) -> list[str]:
    """What a file uses that could run, or show as HTML, what a visitor gives. The lab reads no state files: this is how
    one knows that a pickle in one would stay shut."""
    found = taken(path, *READERS, *RUNNERS)
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        called, words = ast.unparse(call.func), {str(k.arg): ast.unparse(k.value) for k in call.keywords}
        # A style sheet of ours, written out where it is used, holds nothing of a visitor's.
        constant = len(call.args) == 1 and isinstance(call.args[0], ast.Constant)
        if (
            called in BUILTINS
            or any(fnmatchcase(called, pattern) for pattern in CALLS)
            or any(word.startswith("unsafe_allow") for word in words)
            or (called == "torch.load" and words.get("weights_only") != "True")
            or words.get("allow_pickle", "False") != "False"
            or words.get("shell", "False") != "False"
            or (called.endswith("st.html") and not constant)
        ):
            found.append(ast.unparse(call))
    return found


@pytest.mark.parametrize("path", [*CORE, *PAGES, ROOT / "app.py"], ids=name)
def test_nothing_dangerous_is_used(path: Path) -> None:
    assert dangers(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from joblib import load", "def f():\n    import dill as d", "import subprocess",
        "torch.load(f)", "torch.load(f, weights_only=False)", "np.load(f, allow_pickle=True)", "np.load(f, allow_pickle=x)",
        "eval(x)", "builtins.exec(x)", "compile(x, '', 'exec')", "os.system(x)", "os.popen(x)", "os.execv(x, y)",
        "import yaml", "from yaml import load", "pd.read_pickle(x)", "torch.jit.load(x)", "st.html(x)", "st.html(f'<b>{x}')",
        "st.html('a' + x)", "st.markdown(x, unsafe_allow_html=True)", "st.html('a', unsafe_allow_javascript=True)",
        "st.components.v1.html(x)", "st.sidebar.iframe(x)", "import streamlit.components.v1 as c", "from streamlit import components", "st.iframe(x)",
    ],
)  # fmt: skip
def test_each_danger_would_be_seen(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "core" / "x.py"
    file.parent.mkdir()
    file.write_text(line)
    assert dangers(file)
    file.write_text("re.compile(x)\nst.html('<style>a {}</style>')\ntorch.load(f, weights_only=True)\nhtml.escape(x)\n")
    assert dangers(file) == []


def test_a_catalogue_line_counts_as_built_exactly_when_page_and_module_are_there() -> None:
    pages = {f"{p.parent.name}/{p.stem}" for p in CONCEPT_PAGES}
    modules = {f"{p.parent.name}/{p.stem}" for p in MODULES}
    assert pages == modules & set(CONCEPTS) == {c.path for c in BUILT}


def test_every_page_lies_in_a_section_folder() -> None:
    loose = {p.stem for p in PLAIN_PAGES} - {p.stem for p in CONCEPT_PAGES}
    assert loose <= {"__init__", "navigation", "home", "glossary"}


@pytest.mark.parametrize("path", [c.path for c in BUILT])
def test_a_concept_module_has_the_interface(path: str) -> None:
    module = importlib.import_module(f"core.concepts.{path.replace('/', '.')}")
    assert (module.__doc__ or "").strip()
    assert dataclasses.is_dataclass(module.Result) and module.Result.__dataclass_params__.frozen
    first, *more = inspect.signature(module.run).parameters.values()
    assert first.default is inspect.Parameter.empty
    assert [p.name for p in more if p.default is inspect.Parameter.empty] == []
    assert len(inspect.signature(module.findings).parameters) == 1
    assert len(module.QUESTIONS) >= 3
    assert len(module.SOURCES) >= 2
    assert callable(module.score) and callable(module.difference)


@pytest.mark.parametrize("path", [c.path for c in BUILT])
def test_settings_are_frozen_flat_and_runnable_as_they_come(path: str) -> None:
    settings = importlib.import_module(f"core.concepts.{path.replace('/', '.')}").Settings
    assert settings.__dataclass_params__.frozen
    assert [f.name for f in dataclasses.fields(settings) if f.default is dataclasses.MISSING] == []
    one = settings()
    assert one == settings() and hash(one) == hash(settings())  # equal settings are one run
    assert {type(v) for v in vars(one).values()} <= {int, float, str, bool}
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.seed = 1


@pytest.mark.parametrize("path", [c.path for c in BUILT])
def test_a_question_changes_settings_that_exist_to_ones_that_run(path: str) -> None:
    module = importlib.import_module(f"core.concepts.{path.replace('/', '.')}")
    for question in module.QUESTIONS:
        assert isinstance(question, Question)
        assert len(set(question.choices)) == len(question.choices) >= 2
        module.Settings(**question.change)  # raises when it names what is not there or cannot run
    assert len({q.text for q in module.QUESTIONS}) == len(module.QUESTIONS)
