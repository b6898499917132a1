"""The docs' page of the built-in scenarios is what the stories say, and has a picture for each."""

from __future__ import annotations

from pathlib import Path

from bookdelivery.requirements.stories import STORIES
from bookdelivery.requirements.stories.page import COMMAND, PAGE, PICTURES, draw_pictures, page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page(), f"make it anew: {COMMAND}"


def test_every_story_has_its_picture_and_one_of_its_twist() -> None:
    twisted = {f"{name}-twist" for name, story in STORIES.items() if story.twist}
    assert {path.stem for path in (DOCS / PICTURES).iterdir()} == set(STORIES) | twisted
    assert (DOCS / PAGE).read_text(encoding="utf-8").count(".svg)") == len(STORIES) + len(twisted)


def test_a_picture_is_drawn_with_the_same_bytes_again(tmp_path: Path) -> None:
    story = STORIES["supporting-removed"]
    for place in ("one", "other"):
        draw_pictures(tmp_path / place, [story])
    one, other = ((tmp_path / place / PICTURES / "supporting-removed.svg").read_bytes() for place in ("one", "other"))
    assert one == other
