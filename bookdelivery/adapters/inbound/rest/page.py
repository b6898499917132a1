"""A view's member as a small web page, in English and the business's language, that changes while it is looked at.

The page is readable without scripts, by screen readers and on a phone; it loads nothing from anywhere else.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

LANGUAGES = ("en", "ko")

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined
)

_WORDS = {
    "en": {
        "live": "This page changes by itself.",
        "lost": "Connection lost; trying again ...",
        "unknown": "Nothing is known of this yet. The page looks again by itself.",
        "other": "한국어",
        "steps": "How far it is",
        "details": "Details",
    },
    "ko": {
        "live": "이 화면은 저절로 바뀝니다.",
        "lost": "연결이 끊겼습니다. 다시 시도합니다 ...",
        "unknown": "아직 알려진 내용이 없습니다. 화면이 저절로 다시 확인합니다.",
        "other": "English",
        "steps": "진행 상황",
        "details": "상세 내용",
    },
}


@attrs.frozen(kw_only=True)
class Page:
    """How a view's rows look as web pages.

    Attributes:
        title: in English.
        korean: in the business's language.
        status: the field that says where it stands, as on the wire.
        path: the states it usually goes through, in order.
        others: the states it may be in instead.
        fields: the other fields shown, as on the wire, in order.
        language: the Korean name of each state and field.
    """

    title: str
    korean: str
    status: str
    path: Sequence[str]
    others: Sequence[str]
    fields: Sequence[str]
    language: Mapping[str, str]

    def show(self, id: int, shown: Mapping[str, Any] | None, language: str) -> Response[bytes]:
        """Write the page.

        Args:
            id: what identifies the row.
            shown: the row as JSON has it; None where nothing is known of it yet.
            language: one of `LANGUAGES`.
        """
        nonce = base64.b64encode(secrets.token_bytes(16)).decode()
        status = "" if shown is None else str(shown.get(self.status) or "")
        states = {name: self._word(name, language) for name in (*self.path, *self.others)}
        text = _TEMPLATES.get_template("member.html").render(
            nonce=nonce,
            language=language,
            other="en" if language == "ko" else "ko",
            words=_WORDS[language],
            title=self.korean if language == "ko" else self.title,
            id=id,
            known=shown is not None,
            status=status,
            states=states,
            status_field=self.status,
            path=self.path,
            reached=self.path.index(status) if status in self.path else -1,
            fields=[(name, self._word(name, language), _text((shown or {}).get(name))) for name in self.fields],
        )
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}
        status_code = 404 if shown is None else 200
        return Response(text.encode(), status_code=status_code, media_type="text/html", headers=headers)

    def _word(self, name: str, language: str) -> str:
        return self.language.get(name, name) if language == "ko" else in_words(name)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def in_words(name: str) -> str:
    """Give an English name of the wire as one says it: `delivery address` of `deliveryAddress`."""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).lower()


def language_of(asked: str | None, accepted: str) -> str:
    """Choose a page's language.

    Args:
        asked: what the address says, which counts first.
        accepted: what the browser would like (`Accept-Language`, RFC 9110, section 12.5.4).
    """
    if asked in LANGUAGES:
        return asked
    wishes: list[tuple[float, str]] = []
    for place, wish in enumerate(accepted.split(",")):
        tag, _, weight = wish.strip().partition(";q=")
        name = tag.partition("-")[0].lower()
        if name in LANGUAGES:
            try:
                wishes.append((float(weight or 1.0) - place / 1e6, name))
            except ValueError:
                continue
    return max(wishes, default=(0.0, "en"))[1]
