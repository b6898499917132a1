"""Every notebook asks a question, can be turned, ends in a decision, and holds itself to what it says."""

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.pages import page_of
from tests.notebooks.reading import NOTEBOOKS, cells, read

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_of(path: Path) -> ast.Module:
    source = "\n".join(cells(read(path), "code"))
    code: ast.Module = compile(source, path.name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


def imported(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(code_of(path)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def test_there_are_the_fifteen_in_order() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number:02d}" for number in range(15)]


@every_notebook
def test_it_is_stored_without_outputs_and_in_one_form(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=1, ensure_ascii=False, sort_keys=True)
    assert path.read_text(encoding="utf-8") == f"{text}\n", "python -m tests.notebooks.pages --tidy"


@every_notebook
def test_it_asks_a_question_first_and_ends_in_a_decision(path: Path) -> None:
    texts = cells(read(path), "markdown")
    title, _, lead = texts[0].partition("\n")
    assert re.fullmatch(rf"# {path.name[:2]} · .+\?", title)
    assert len(lead.split()) > 30, "say in a few sentences what it is about"
    assert sum("\n## Decision\n" in f"\n{text}\n" for text in texts) == 1
    assert any("\n## What must hold" in f"\n{text}" for text in texts)


@every_notebook
def test_it_can_be_turned_by_a_few_parameters_at_the_top(path: Path) -> None:
    notebook = read(path)
    [parameters] = cells(notebook, "code", "parameters")
    assert cells(notebook, "code").index(parameters) == 1, "right after the imports"
    statements = ast.parse(parameters).body
    assert all(isinstance(statement, ast.Assign) for statement in statements)
    stored = [node for one in statements for node in ast.walk(one) if isinstance(node, ast.Name)]
    names = [name.id for name in stored if isinstance(name.ctx, ast.Store)]
    assert 2 <= len(names) <= 10
    later = "\n".join(cells(notebook, "code")[2:])
    assert [name for name in names if not re.search(rf"\b{name}\b", later)] == [], "a parameter that turns nothing"


@every_notebook
def test_it_holds_itself_to_its_conclusions_in_its_last_cells(path: Path) -> None:
    notebook = read(path)
    conclusions = cells(notebook, "code", "conclusions")
    assert cells(notebook, "code")[-len(conclusions) :] == conclusions
    asserted = [node for text in conclusions for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    assert len(asserted) >= 4
    assert not any(isinstance(node.test, ast.Constant) for node in asserted)


@every_notebook
def test_it_uses_public_names_only(path: Path) -> None:
    for module, name in imported(path):
        assert not any(part.startswith("_") for part in (*module.split("."), name)), f"{module}.{name}"
        if module.startswith("bookdelivery"):
            home = import_module(module)
            assert name == "" or hasattr(home, name), f"{module} has no {name}"
    private = [
        node.attr
        for node in ast.walk(code_of(path))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
    ]
    assert private == []


@every_notebook
def test_its_links_to_other_notebooks_lead_somewhere(path: Path) -> None:
    names = {other.name for other in NOTEBOOKS}
    links = [link for text in cells(read(path), "markdown") for link in re.findall(r"\]\(([^)]+)\)", text)]
    assert [link for link in links if link.endswith(".ipynb") and link not in names] == []


@every_notebook
def test_the_documentation_has_a_page_of_just_this_notebook(path: Path) -> None:
    page, told = page_of(path), "make notebook-pages"
    assert page.exists(), told
    text = page.read_text(encoding="utf-8")
    for source in cells(read(path), "code"):
        assert source in text, told
    pictures = re.findall(r"\(\.\./assets/notebooks/([^)]+)\)", text)
    folder = page.parents[1] / "assets" / "notebooks"
    assert [picture for picture in pictures if not (folder / picture).exists()] == []
    assert sorted(file.name for file in (folder / path.stem).iterdir()) == sorted(
        {picture.split("/")[1] for picture in pictures}
    ), "a picture that no page shows"
    size = len(text.encode()) + sum((folder / picture).stat().st_size for picture in set(pictures))
    assert size < 300_000
