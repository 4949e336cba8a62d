"""A concept's plain.py as one file to take home: settings on top, then all that it takes from this project, then itself.

Everything is read from the sources (`ast`, `symtable`). Nothing is imported or run, so no torch is needed to write a script.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import keyword
import math
import re
import symtable
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent  # the folder that holds the package `core`
PROJECT = {"core", "pages", "app"}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "skimage": "scikit-image", "PIL": "pillow"}  # installed under another name
LINE_LENGTH = 120
PRAGMA = re.compile(r"  # (?:type: ignore(?:\[[\w, -]+\])?|noqa(?:: [\w, ]+)?)$", re.MULTILINE)


class BundleError(ValueError):
    """What plain.py, or a module it uses, must change so that it can be written out."""


class Import(NamedTuple):
    """`import module as alias` or `from module import name as alias`; what is not given is empty."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        """The name it defines."""
        return self.alias or self.name or self.top

    @property
    def target(self) -> str:
        """Dotted name of what `bound` stands for."""
        return f"{self.module}.{self.name}" if self.name else self.module if self.alias else self.top

    @property
    def top(self) -> str:
        """The top-level package."""
        return self.module.split(".")[0]


class Statement(NamedTuple):
    """One statement of a module's top level, with the comments above it."""

    source: str
    first: int  # line numbers, comments included
    last: int
    is_block: bool  # a function or a class
    is_definition: bool  # gives names a value and does nothing else
    bound: frozenset[str]  # names it defines
    used: frozenset[str]  # names of its module, or builtins, that it mentions in any scope


@dataclasses.dataclass
class Module:
    """One source file of this project, taken apart."""

    name: str
    docstring: str
    statements: list[Statement]  # all but docstring, imports, __all__, and what runs for type checkers or as a script
    imports: list[Import]
    deferred: list[Import]  # under TYPE_CHECKING, or by lazy_loader

    def definitions(self, name: str) -> list[Statement]:
        """The statements that define `name`."""
        return [s for s in self.statements if name in s.bound]

    def imports_of(self, name: str) -> list[Import]:
        """The imports that define `name`; `import a.b` and `import a.c` both define a."""
        return [i for i in self.imports if i.bound == name]


def script(
    plain: Path | ModuleType,
    settings: object,
    title: str,
    comments: Mapping[str, str] | None = None,
    root: Path = ROOT,
) -> str:
    """One runnable file: plain.py (its path, or the module), what it takes from `core`, and a call with `settings`.

    settings is a dataclass, a mapping or an object with attributes, all of plain values; comments explains its fields.
    root is the folder that holds `core`. Raises BundleError for what cannot be written out.
    """
    path = Path(plain.__file__ or "") if isinstance(plain, ModuleType) else plain
    bundle = Bundle(root.resolve())
    module = bundle.take_file(path.resolve())
    top = [docstring_block(title, module.docstring), *import_blocks(bundle.imports)]
    top.append(settings_block(settings, comments or {}))
    end = 'if __name__ == "__main__":\n    main(settings)\n'
    code = "\n\n\n".join(["\n\n".join(top), bundle.body(), end])
    return f"{header(code)}\n\n{code}"


class Bundle:
    """The statements and imports that a plain.py needs, found by following names from module to module."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, Module] = {}  # all that were read
        self.taken: defaultdict[str, set[Statement]] = defaultdict(set)  # by the module's name
        self.needs: defaultdict[str, set[str]] = defaultdict(set)  # module -> modules that define what it imports
        self.imports = {Import("types", "SimpleNamespace")}
        self.owners = {"settings": "the settings block", "SimpleNamespace": "types.SimpleNamespace"}

    def take_file(self, path: Path) -> Module:
        """The module at `path`; takes all its statements and what they need."""
        inside = path.is_relative_to(self.root)
        name = ".".join(path.relative_to(self.root).with_suffix("").parts) if inside else path.stem
        module = self.modules[name] = read_module(name, path)
        if not module.definitions("main"):
            raise BundleError(f"{name} must define main(settings).")
        for statement in module.statements:
            self.take(module, statement)
        self.check_changes()
        return module

    def take(self, module: Module, statement: Statement) -> None:
        """Adds one statement and what it needs."""
        if statement in self.taken[module.name]:
            return
        self.taken[module.name].add(statement)
        self.imports |= {i for i in module.imports if i.module == "__future__"}
        for name in sorted(statement.bound):
            self.claim(name, module.name)
        for name in sorted(statement.used):
            self.take_name(module, name)

    def take_name(self, module: Module, name: str) -> None:
        """Adds what `name` stands for in `module`."""
        if statements := module.definitions(name):
            for statement in statements:
                self.take(module, statement)
        elif imports := module.imports_of(name):
            for imported in imports:
                self.take_import(module, imported)
        elif name in dir(builtins):
            self.claim(name, "Python's builtins")
        elif name not in {i.bound for i in module.deferred}:  # only annotations mention these
            raise BundleError(f"{module.name} uses {name}, which it neither defines nor imports at its top level.")

    def take_import(self, module: Module, imported: Import) -> None:
        """Adds an import from a library, or the source of what is imported from this project."""
        if imported.top not in PROJECT:
            self.claim(imported.bound, imported.target)
            self.imports.add(imported)
            return
        origin = self.origin(imported, module.name)
        if imported.alias not in ("", imported.name):
            raise BundleError(f"{module.name} imports {imported.target} as {imported.alias}; use its own name.")
        self.needs[module.name].add(origin.name)
        self.take_name(origin, imported.name)

    def origin(self, imported: Import, asker: str) -> Module:
        """The module that defines what is imported, found through re-exports."""
        path = self.path(imported.module)
        if imported.name and path:
            if imported.module not in self.modules:
                self.modules[imported.module] = read_module(imported.module, path)
            module = self.modules[imported.module]
            if module.definitions(imported.name):
                return module
            for again in module.imports + module.deferred:
                if again.name == again.bound == imported.name:
                    return self.origin(again, asker)
        if self.path(imported.target):
            raise BundleError(
                f"{asker} imports the module {imported.target}; write `from {imported.target} import name`."
            )
        raise BundleError(f"{asker} imports {imported.target}, which this project does not define under that name.")

    def path(self, module: str) -> Path | None:
        """The source file of a module of this project; None where there is none."""
        stem = self.root.joinpath(*module.split("."))
        return next((p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()), None)

    def claim(self, name: str, owner: str) -> None:
        """Raises BundleError where the script would give one name two meanings."""
        known = self.owners.setdefault(name, owner)
        if known != owner:
            raise BundleError(f"{name} would have two meanings in the script: {known} and {owner}. Rename one.")

    def check_changes(self) -> None:
        """Raises BundleError where a statement left behind may change something that was taken."""
        for module in self.modules.values():
            names = {name for statement in self.taken[module.name] for name in statement.bound}
            for left in module.statements:
                changed = sorted(left.used & names)
                if left not in self.taken[module.name] and not left.is_definition and changed:
                    place = f"{module.name}, line {left.last}"
                    raise BundleError(f"{place}: set {', '.join(changed)} where it is defined; this would be left out.")

    def body(self) -> str:
        """The statements taken, those of a module in their own order and after those of the modules it uses."""
        graph = {name: sorted(self.needs[name] - {name}) for name in sorted(self.taken)}
        written = [
            (name, statement)
            for name in TopologicalSorter(graph).static_order()
            for statement in sorted(self.taken[name], key=lambda s: s.first)
        ]
        text = written[0][1].source
        for (module, above), (name, statement) in pairwise(written):
            touching = module == name and above.last + 1 == statement.first
            gap = "\n\n\n" if above.is_block or statement.is_block else "\n" if touching else "\n\n"
            text += gap + statement.source
        return text


def read_module(name: str, path: Path) -> Module:
    """The source file at `path`, taken apart."""
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.split("\n")
    package = name.split(".")[: None if path.stem == "__init__" else -1]
    module, last = Module(name, ast.get_docstring(tree) or "", [], [], []), 0
    for node in tree.body:
        above, last = last, node.end_lineno or node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.extend(imports_in(node, package))
        elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            module.deferred.extend(i for inner in ast.walk(node) for i in imports_in(inner, package))
        elif not is_left_out(node) and (above or not module.docstring):
            module.statements.append(parse_statement(node, lines, above))
    module.deferred.extend(i for node in ast.walk(tree) for i in lazy_imports(node, name))
    return module


def imports_in(node: ast.AST, package: list[str]) -> Iterator[Import]:
    """The imports of one import statement, in a module of `package`; nothing for any other node."""
    if isinstance(node, ast.Import):
        yield from (Import(a.name, "", a.asname or "") for a in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = package[: len(package) - node.level + 1] if node.level else []
        module = ".".join([*parents, *filter(None, [node.module])])
        yield from (Import(module, a.name, a.asname or "") for a in node.names)


def lazy_imports(node: ast.AST, module: str) -> Iterator[Import]:
    """What lazy_loader.attach(submod_attrs=...) imports from the submodules of the package `module`."""
    if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
        for submodule, names in ast.literal_eval(node.value).items():
            yield from (Import(f"{module}.{submodule}", name) for name in names)


def is_left_out(node: ast.stmt) -> bool:
    """Whether a statement is __all__ or what runs only when the module is the script."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.If) and ast.unparse(node.test).startswith("__name__ ==")


def parse_statement(node: ast.stmt, lines: list[str], above: int) -> Statement:
    """`node` as a Statement; the statement before it ends on line `above`."""
    last = node.end_lineno or node.lineno
    first = next(line for line in range(min(above + 1, last), last + 1) if lines[line - 1].strip())
    source = PRAGMA.sub("", "\n".join(lines[first - 1 : last]))
    tables = [symtable.symtable(source, "statement", "exec")]
    bound = {s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()}
    used = set()
    for table in tables:  # grows
        tables.extend(table.get_children())
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    is_block = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    is_definition = is_block or bool(bound and isinstance(node, ast.Assign | ast.AnnAssign))
    return Statement(source, first, last, is_block, is_definition, frozenset(bound), frozenset(used))


def import_blocks(imports: Collection[Import]) -> list[str]:
    """The import lines in the order of isort: __future__, the standard library, libraries."""
    sections = (
        [i for i in imports if i.top == "__future__"],
        [i for i in imports if i.top != "__future__" and i.top in sys.stdlib_module_names],
        [i for i in imports if i.top not in sys.stdlib_module_names],
    )
    return ["\n".join(import_lines(section)) for section in sections if section]


def import_lines(imports: list[Import]) -> Iterator[str]:
    """`import` lines, then `from` lines with all names of a module on one; a renamed one has a line of its own."""
    for i in sorted((i for i in imports if not i.name), key=lambda i: (i.module.lower(), i)):
        yield f"import {i.module} as {i.alias}" if i.alias else f"import {i.module}"
    lines: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for i in sorted((i for i in imports if i.name), key=lambda i: (i.module.lower(), kind_of_name(i.name), i)):
        lines[i.module, i.alias and i.name].append(f"{i.name} as {i.alias}" if i.alias else i.name)
    for (module, _), names in lines.items():
        line = f"from {module} import {', '.join(names)}"
        wrapped = "".join(f"    {name},\n" for name in names)
        yield line if len(line) <= LINE_LENGTH else f"from {module} import (\n{wrapped})"


def kind_of_name(name: str) -> tuple[int, str]:
    """The key by which isort orders imported names: constants, classes, the rest."""
    return (0 if len(name) > 1 and name.isupper() else 1 if name[0].isupper() else 2, name.lower())


def header(code: str) -> str:
    """The PEP 723 block: the libraries that `code` imports anywhere, at the versions installed here."""
    tops = set()
    for node in ast.walk(ast.parse(code)):
        found = {i.top for i in imports_in(node, ["core"])}
        if found & PROJECT:
            raise BundleError(
                f"`{ast.unparse(node)}` stands inside another statement; write it at the top of its file."
            )
        tops |= found - sys.stdlib_module_names
    names = sorted(DISTRIBUTIONS.get(top, top) for top in tops)
    pins = [f'#     "{name}=={metadata.version(name).split("+")[0]}",' for name in names]  # PyPI has no local versions
    return "\n".join(["# /// script", '# requires-python = ">=3.11"', "# dependencies = [", *pins, "# ]", "# ///"])


def docstring_block(title: str, text: str) -> str:
    """The script's docstring: the title, then plain.py's own."""
    words = "\n\n".join(filter(None, (one_line(title), text)))
    words = words.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{words}\n"""'


def settings_block(settings: object, comments: Mapping[str, str]) -> str:
    """`settings = SimpleNamespace(...)`, a line for each setting."""
    lines = []
    for name, value in (settings if isinstance(settings, Mapping) else vars(settings)).items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise BundleError(f"A setting cannot be called {name!r}.")
        comment = f"  # {one_line(comments[name])}" if comments.get(name) else ""
        lines.append(f"    {name}={literal(value)},{comment}\n")
    return f"settings = SimpleNamespace(\n{''.join(lines)})"


def literal(value: object) -> str:
    """Python that gives `value`, which may be text that a visitor typed: only repr writes it."""
    if type(value) is tuple:
        items = ", ".join(map(literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if type(value) is float and not math.isfinite(value):
        return f'float("{value!r}")'
    if value is not None and type(value) not in (bool, int, float, str):
        raise BundleError(
            f"A setting must be a number, text, a truth value or a tuple of them, not {type(value).__name__}."
        )
    quoted = isinstance(value, str) and not {"'", '"'} & set(value)
    return f'"{repr(value)[1:-1]}"' if quoted else repr(value)  # formatted like the rest where quotes allow it


def one_line(text: str) -> str:
    """`text` without line ends and what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
