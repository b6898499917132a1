"""The reference of the API: a page for each module, which mkdocstrings fills, and a table of them for each package.

They are made before each build and are in no commit, as they say nothing that the code does not. A page for each module
keeps every page small enough for a telephone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

FOLDER = Path("reference") / "api"
"""Below the directory of the docs."""


@attrs.frozen
class Module:
    """A module as its source has it; nothing is imported.

    Attributes:
        name: with dots.
        told: the first line of its docstring.
        names: what it defines and describes.
        exported: for a package, the names it hands on, each with the module that defines it.
    """

    name: str
    told: str
    names: tuple[str, ...]
    exported: Mapping[str, str]

    @property
    def package(self) -> str:
        """Where it lies."""
        return self.name.rpartition(".")[0]


def modules(source: Path) -> tuple[Module, ...]:
    """Read all modules of a package that are for others: their names begin with no underscore.

    Args:
        source: the package's directory.
    """
    # Scripts that lie in a directory, such as migrations, are no modules.
    paths = [path for path in sorted(source.rglob("*.py")) if (path.parent / "__init__.py").exists()]
    found = [_read(path, source) for path in paths]
    return tuple(one for one in found if not any(part.startswith("_") for part in one.name.split(".")))


def _read(path: Path, source: Path) -> Module:
    parts = path.relative_to(source.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Module(
        name=name,
        told=(ast.get_docstring(tree) or "").partition("\n")[0],
        names=tuple(dict.fromkeys(one for one in _defined(tree) if not one.startswith("_"))),
        exported=dict(_handed_on(tree)),
    )


def _defined(tree: ast.Module) -> Iterator[str]:
    """Give the names that have a docstring, which are those that mkdocstrings shows."""
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node):
                yield node.name
        elif isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _handed_on(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give what a package's `__all__` names from elsewhere in the project, lazily loaded names included."""
    public = {one for node in tree.body if isinstance(node, ast.Assign) and _is_all(node) for one in _texts(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bookdelivery."):
            yield from ((one.name, node.module or "") for one in node.names if one.name in public)


def _is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def _texts(value: ast.expr) -> list[str]:
    return [one.value for one in ast.walk(value) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def api_pages(source: Path) -> Mapping[str, str]:
    """Give the pages by their path within the documentation."""
    every = modules(source)
    return {(FOLDER / f"{one.name}.md").as_posix(): _page(one, every) for one in every}


def _page(module: Module, every: tuple[Module, ...]) -> str:
    lines = [f"# {module.name}", ""]
    if module.package:
        lines += [f"In [{module.package}]({module.package}.md).", ""]
    lines += [f"::: {module.name}", "    options:", "      show_root_heading: false", "      show_submodules: false"]
    # What a package hands on is described where it is defined.
    lines += ["      members: false"] if module.exported and not module.names else []
    described = {(one.name, name) for one in every for name in one.names}
    pages = {one.name for one in every}
    handed = {name: of for name, of in sorted(module.exported.items()) if of in pages}
    if handed:
        lines += ["", "## Names", ""]
        lines += [
            f"- [{name}]({of}.md#{of}.{name})" if (of, name) in described else f"- [{name}]({of}.md)"
            for name, of in handed.items()
        ]
    inside = [one for one in every if one.package == module.name]
    if inside:
        lines += ["", "## Modules", "", "| module | what it is |", "| --- | --- |"]
        lines += [f"| [{one.name.removeprefix(f'{module.name}.')}]({one.name}.md) | {one.told} |" for one in inside]
    return "\n".join(lines) + "\n"


def write_api(docs: Path, source: Path) -> None:
    """Write the pages into the directory of the docs; one whose module has gone is taken away."""
    wanted = api_pages(source)
    (docs / FOLDER).mkdir(parents=True, exist_ok=True)
    for there in (docs / FOLDER).glob("*.md"):
        if there.relative_to(docs).as_posix() not in wanted:
            there.unlink()
    for path, text in wanted.items():
        file = docs / path
        # An unchanged page keeps its time, so that a server that watches the directory does not build for nothing.
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
