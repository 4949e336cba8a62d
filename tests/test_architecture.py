"""The house rules, read from the sources: which way imports run, and that the catalogue is what lies on disk."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from core.catalogue import CONCEPTS

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
MODULES = sorted((ROOT / "core/concepts").glob("*/*/*.py"))  # core/concepts/<section>/<slug>/<part>.py
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
def test_a_concept_knows_no_other_concept_and_no_part_of_it_its_face(path: Path) -> None:
    own = "core.concepts." + ".".join(path.relative_to(ROOT / "core" / "concepts").parts[:2])
    assert [m for m in taken(path, "core.concepts") if not f"{m}.".startswith(f"{own}.")] == []
    if path.name != "__init__.py":
        modules = {f"{own}.{part.stem}" for part in path.parent.glob("*.py") if part.name != "__init__.py"}
        names = [m for m in taken(path, own) if m != own]  # of `from own import module`, the module
        assert [m for m in names if not any(f"{m}.".startswith(f"{part}.") for part in modules)] == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "plain.py"], ids=name)
def test_a_script_takes_nothing_of_its_own_package(path: Path) -> None:
    assert taken(path, "core.concepts", "core.figures", "core.stats", "core.findings", "core.progress") == []


def edges() -> dict[str, set[str]]:
    """Which module imports which, among all of core and pages; under TYPE_CHECKING and inside functions too."""
    modules = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in [*CORE, *PAGES]
    }
    found = {}
    for module, path in modules.items():
        named = imports(path)
        # `from a.b import c` is an import of the module a.b.c where there is one, else of a.b.
        submodules = {m for m in named if m in modules}
        parents = {m.rpartition(".")[0] for m in submodules}
        found[module] = (submodules - {p for p in parents if p not in _direct(path)}) - {module}
    return found


def _direct(path: Path) -> set[str]:
    """The modules from which a name is imported that is no module itself."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            folder = ROOT / node.module.replace(".", "/")
            if any(not ((folder / f"{a.name}.py").exists() or (folder / a.name).is_dir()) for a in node.names):
                found.add(node.module)
    return found


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Modules that reach themselves along imports (depth-first search), a path each."""
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> Iterator[list[str]]:
        if module in trail:
            yield trail[trail.index(module) :]
        elif module not in done:
            for other in sorted(graph[module]):
                yield from visit(other, [*trail, module])
            done.add(module)

    for module in graph:
        yield from visit(module, [])


def test_no_two_modules_import_each_other_by_whatever_way() -> None:
    graph = edges()
    assert sum(map(len, graph.values())) > 200
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c"]]
    assert list(circles(graph)) == []


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
    part = f"core.concepts.{section}.{slug}."
    assert [m for m in taken(path, "core.concepts") if m not in own and not m.startswith(part)] == []


@pytest.mark.parametrize("path", CONCEPT_PAGES, ids=name)
def test_a_page_is_a_screenful_and_keeps_no_state(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 90
    assert "session_state" not in source and "unsafe" not in source


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
    """What a file uses that could run, or show as HTML, what a visitor gives. State files are read with weights_only
    and listed with pickletools, neither of which runs what a pickle names."""
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
    # Between processes of the lab runs and results cross by pickle, in this one place; visitors' bytes stay bytes.
    crossing = ["pickle"] if path == ROOT / "core" / "cluster" / "tasks.py" else []
    assert dangers(path) == crossing


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


def test_a_catalogue_line_counts_as_built_exactly_when_page_and_package_are_there() -> None:
    pages = {f"{p.parent.name}/{p.stem}" for p in CONCEPT_PAGES}
    packages = {f"{p.parent.parent.name}/{p.parent.name}" for p in MODULES if p.name == "__init__.py"}
    assert pages == packages == {c.path for c in BUILT} <= set(CONCEPTS)


def test_every_page_lies_in_a_section_folder() -> None:
    loose = {p.stem for p in PLAIN_PAGES} - {p.stem for p in CONCEPT_PAGES}
    assert loose <= {"__init__", "navigation", "home", "glossary"}
