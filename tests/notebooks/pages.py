"""Runs notebooks and writes the documentation's pages of them: `python -m tests.notebooks.pages [NAME...]`."""

from __future__ import annotations

import base64
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import nbformat
from nbclient import NotebookClient
from PIL import Image
from traitlets.config import Config

from tests.notebooks.reading import NOTEBOOKS, ROOT, read

PAGES = ROOT / "docs" / "notebooks"
PICTURES = ROOT / "docs" / "assets" / "notebooks"
COLOURS = 96
"""Of a picture, so that it is small; lines and bars have a few each, and their edges some more."""

AT_ONCE = 2
LIMIT_S = 600
"""For one cell; nothing but what hangs takes so long, however busy the machine is."""

WIDGET = "application/vnd.jupyter.widget-view+json"
NOTE = (
    '!!! note "This page is a notebook that was run"\n'
    "    `bookdelivery lab` opens it in JupyterLab, where you can change its parameters.\n"
)


@attrs.frozen
class Page:
    """A page, not written yet.

    Attributes:
        text: in Markdown.
        pictures: by file name.
    """

    text: str
    pictures: Mapping[str, bytes]


def page_of(path: Path) -> Path:
    """Say where the page of a notebook is."""
    return PAGES / f"{path.stem}.md"


def executed(path: Path) -> nbformat.NotebookNode:
    """Run a notebook from top to bottom, in a directory of its own.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = read(path)
    with TemporaryDirectory() as place, TemporaryDirectory() as sockets:
        client = NotebookClient(
            notebook,
            timeout=LIMIT_S,
            startup_timeout=LIMIT_S,
            resources={"metadata": {"path": place}},
            config=_reached_by_files(Path(sockets)),
        )
        client.execute()
    return notebook


def _reached_by_files(folder: Path) -> Config:
    # Jupyter asks for free ports before it starts a kernel, and another process may have taken one when it binds it.
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})


def page(path: Path, notebook: nbformat.NotebookNode) -> Page:
    """Make the page of a notebook that was run."""
    pictures: dict[str, bytes] = {}
    parts: list[str] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            parts.append(re.sub(r"\]\((\d\d-[a-z0-9-]+)\.ipynb\)", r"](\1.md)", cell["source"]))
            if len(parts) == 1:
                parts.append(NOTE.rstrip())
            continue
        parts.append(f"```python\n{cell['source']}\n```")
        for output in cell["outputs"]:
            parts += _shown(output, path.stem, pictures)
    return Page("\n\n".join(parts) + "\n", pictures)


def _shown(output: Mapping[str, object], stem: str, pictures: dict[str, bytes]) -> Iterator[str]:
    if output["output_type"] == "stream":
        if output["name"] == "stdout":
            yield f"```text\n{str(output['text']).rstrip()}\n```"
        return
    data: Mapping[str, str] = output["data"]  # type: ignore[assignment]
    described: Mapping[str, Mapping[str, str]] = output.get("metadata", {})  # type: ignore[assignment]
    if WIDGET in data:
        return
    number = len(pictures) + 1
    if "image/svg+xml" in data:
        name = f"{number:02d}.svg"
        pictures[name] = data["image/svg+xml"].encode()
        titles = re.findall(r"<title[^>]*>([^<]+)</title>", data["image/svg+xml"])
        yield _picture(stem, name, titles[0] if titles else "An order's story, from top to bottom")
    elif "image/png" in data:
        name = f"{number:02d}.png"
        pictures[name] = _small(base64.b64decode(data["image/png"]))
        yield _picture(stem, name, described.get("image/png", {}).get("alt", ""))
    elif "text/html" in data:
        table = re.sub(r"<style.*?</style>", "", data["text/html"], flags=re.DOTALL)
        yield "\n".join(line.strip() for line in table.splitlines() if line.strip())
    else:
        yield f"```text\n{data['text/plain']}\n```"


def _picture(stem: str, name: str, alt: str) -> str:
    told = " ".join(alt.split()).replace("[", "(").replace("]", ")")
    place = f"../assets/notebooks/{stem}/{name}"
    return f"[![{told}]({place})]({place}){{ .drawing }}" if name.endswith(".svg") else f"![{told}]({place})"


def _small(png: bytes) -> bytes:
    picture = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(picture, format="png", optimize=True)
    return picture.getvalue()


def write(path: Path) -> None:
    """Run a notebook, and write its page and the page's pictures."""
    put(path, page(path, executed(path)))


def put(path: Path, made: Page) -> None:
    """Write a notebook's page and its pictures, and take away those that it no longer has."""
    folder = PICTURES / path.stem
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, data in made.pictures.items():
        (folder / name).write_bytes(data)
    page_of(path).write_text(made.text, encoding="utf-8")
    print(page_of(path).relative_to(ROOT))  # noqa: T201


def tidy(path: Path) -> None:
    """Take outputs and counts away, as an editor leaves them, and store it in one form."""
    notebook = read(path)
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number:02d}"
        cell["metadata"] = {"tags": list(cell["metadata"].get("tags", []))} if cell["metadata"].get("tags") else {}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    python = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook["metadata"] = {"kernelspec": python, "language_info": {"name": "python"}}
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Do it for those whose names begin as said, or for all; `--tidy` instead stores them as they are kept."""
    wanted = [one for one in arguments if one != "--tidy"]
    chosen = [path for path in NOTEBOOKS if not wanted or path.name.startswith(tuple(wanted))]
    if "--tidy" in arguments:
        for path in chosen:
            tidy(path)
        return
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(write, chosen):
            pass


if __name__ == "__main__":
    main(sys.argv[1:])
