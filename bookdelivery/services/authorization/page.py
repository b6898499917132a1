"""The sign-in page, in English and Korean: readable without scripts, by screen readers and on a phone."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bookdelivery.services.authorization.people import PASSWORD, PEOPLE

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined
)

_WORDS = {
    "en": {
        "title": "Sign in to the bookstore",
        "asks": "You are asked by",
        "name": "Name",
        "password": "Password",
        "sign_in": "Sign in",
        "wrong": "Name or password is wrong. Please try again.",
        "development": "This server is for development. Everybody's password is",
        "people": "Who can sign in",
        "other": "한국어",
    },
    "ko": {
        "title": "서점에 로그인",
        "asks": "로그인을 요청한 프로그램:",
        "name": "이름",
        "password": "비밀번호",
        "sign_in": "로그인",
        "wrong": "이름이나 비밀번호가 맞지 않습니다. 다시 입력해 주세요.",
        "development": "개발용 서버입니다. 모두의 비밀번호:",
        "people": "로그인할 수 있는 사람",
        "other": "English",
    },
}


def sign_in_page(
    query: list[tuple[str, str]], language: str, client: str, redirect_uri: str, *, name: str = "", wrong: bool = False
) -> tuple[str, dict[str, str]]:
    """Write the page.

    Args:
        query: what the address asks; the page in the other language has the same address but for that.
        language: en or ko.
        client: the program that asks.
        redirect_uri: where the browser goes afterwards.
        name: what was typed before.
        wrong: whether name or password were wrong.

    Returns: the page and its headers.
    """
    nonce = base64.b64encode(secrets.token_bytes(16)).decode()
    other = "en" if language == "ko" else "ko"
    rest = [(key, value) for key, value in query if key != "lang"]
    text = _TEMPLATES.get_template("sign-in.html").render(
        nonce=nonce,
        language=language,
        other=other,
        other_address="?" + urlencode([*rest, ("lang", other)]),
        words=_WORDS[language],
        client=client,
        name=name,
        wrong=wrong,
        shared=PASSWORD,
        people=list(PEOPLE.values()),
    )
    back = urlsplit(redirect_uri)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'; "
        # Browsers hold the redirect after a form against this, too.
        f"form-action 'self' {back.scheme}://{back.netloc}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Language",
    }
    return text, headers
