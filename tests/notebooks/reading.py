"""Finds the notebooks and their cells."""

from __future__ import annotations

from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def cells(notebook: nbformat.NotebookNode, kind: str, tag: str = "") -> list[str]:
    """Give the source of the cells of a kind (`code` or `markdown`), with a tag if one is named."""
    return [
        cell["source"]
        for cell in notebook["cells"]
        if cell["cell_type"] == kind and (not tag or tag in cell["metadata"].get("tags", []))
    ]
