"""The declaration of MyPage (마이페이지)."""

from __future__ import annotations

from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.mypage.view import FACTS, MyPageRow, fold
from bookdelivery.kernel.context import Context, Subdomain, View

MYPAGE = Context(
    name="mypage",
    korean="마이페이지",
    subdomain=Subdomain.CORE,
    uptime_goal=0.99999,
    cadence="with order",
    team="order",
    store="documents in files",
    views=(View(name="mypage", row=MyPageRow, projects=dict.fromkeys(FACTS, fold)),),
    rejected_events={
        "MyPageLookedAt": "no fact of the business: nobody would ever react to it",
    },
    former_teams=("front end", "databases"),
    open_questions={"mypage": "How long are the rows of ended orders kept?"},
    language=LANGUAGE,
)
