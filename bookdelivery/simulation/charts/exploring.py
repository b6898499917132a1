"""A picture with sliders, where a notebook can show them, and the picture alone where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bookdelivery.kernel.errors import InvalidField, MissingExtra


def explore(draw: Callable[..., Any], /, **choices: Sequence[Any]) -> None:
    """Show what a function draws for the first of each choice, and offer the others.

    The picture is an output like any other: it stays when the notebook is printed, converted or read where nothing
    runs. Where the widgets of `ipywidgets` are shown, turning one draws it anew.

    Args:
        draw: makes a picture from one value of each choice, given by keyword.
        choices: for each keyword its values; the first is what is shown at first. They are offered in ascending order
            where they are numbers.

    Raises:
        InvalidField: a choice has no values.
        MissingExtra: IPython or ipywidgets is not installed.
    """
    for name, values in choices.items():
        if isinstance(values, str) or not len(values):
            raise InvalidField("explore", name, values, "a sequence of one value or more")
    try:
        # Only who explores needs a notebook.
        from IPython.display import DisplayHandle, display  # noqa: PLC0415
        from ipywidgets import SelectionSlider  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "ipywidgets", "notebooks", "explore") from error
    sliders = {
        name: SelectionSlider(
            options=_ordered(values), value=values[0], description=name.replace("_", " "), continuous_update=False
        )
        for name, values in choices.items()
    }
    for slider in sliders.values():
        slider.style.description_width = "initial"
        display(slider)  # type: ignore[no-untyped-call]
    shown = DisplayHandle()  # type: ignore[no-untyped-call]
    shown.display(draw(**{name: values[0] for name, values in choices.items()}))  # type: ignore[no-untyped-call]

    def turned(_: Any) -> None:
        shown.update(draw(**{name: slider.value for name, slider in sliders.items()}))  # type: ignore[no-untyped-call]

    for slider in sliders.values():
        slider.observe(turned, names="value")


def _ordered(values: Sequence[Any]) -> list[Any]:
    numbers = all(isinstance(value, int | float) for value in values)
    return sorted(dict.fromkeys(values)) if numbers else list(dict.fromkeys(values))
