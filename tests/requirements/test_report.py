"""report.html is one file that tells everything and needs nothing else."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from math import inf

import pytest

from bookdelivery.requirements.catalogue import REQUIREMENTS
from bookdelivery.requirements.judge import Judgement, judge
from bookdelivery.requirements.report import estimate, headline, interval, key_figure, render_report
from bookdelivery.requirements.requirement import select
from bookdelivery.requirements.verdict import Counterexample, Verdict, judge_cases, judge_figures, judge_runs
from bookdelivery.services.verify import SUBJECT
from tests.requirements.test_verdicts_json import judgement, verdict


class Page(HTMLParser):
    """Reads a page strictly: every tag that is opened must be closed, and every id is unique."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.references: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name in {"src", "href", "xlink:href", "data", "action"} and value:
                self.references.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def judged() -> Judgement:
    return judge(SUBJECT, select(["N1"], REQUIREMENTS), seed=1, replications={"N1": 1})


def all_verdicts() -> list[Verdict]:
    return [verdict(requirement.id) for requirement in REQUIREMENTS]


def test_it_needs_nothing_from_outside(judged: Judgement) -> None:
    text = render_report(judged)
    page = Page(text)
    assert page.references
    assert all(reference.startswith("#") for reference in page.references)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert "<script" not in text
    # Namespaces are names, not addresses that anything is fetched from.
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_it_is_well_formed_and_every_id_is_there_once(judged: Judgement) -> None:
    page = Page(render_report(judged))
    assert page.open == []
    assert [id_ for id_, times in page.ids.items() if times > 1] == []
    assert {reference[1:] for reference in page.references} <= set(page.ids)


def test_it_is_the_same_to_the_byte_for_the_same_judgement(judged: Judgement) -> None:
    assert render_report(judged) == render_report(judged)


def test_the_table_of_verdicts_comes_first_and_names_every_requirement_in_both_languages() -> None:
    page = Page(render_report(judgement(*all_verdicts())))
    table = page.words[: page.words.index("How to read this")]
    for requirement in REQUIREMENTS:
        assert table.count(requirement.text) == 2
        assert table.count(requirement.korean) == 2


def test_plots_have_a_finding_as_title_and_units_on_their_axes(judged: Judgement) -> None:
    text = render_report(judged)
    assert text.count("<svg") == 2
    assert re.search(r"<figcaption>Through \d+ deaths of order and payment pods", text)
    assert "orders placed (1/min)" in text
    assert "time (s)" in text


def test_plots_take_their_colours_and_fonts_from_the_page(judged: Judgement) -> None:
    text = render_report(judged)
    drawing = text[text.index("<svg") : text.index("</svg>")]
    assert "var(--good)" in drawing
    assert "var(--font)" in drawing
    assert "DejaVu" not in drawing
    assert set(re.findall(r"#[0-9a-f]{6}", drawing)) <= {"#ffffff"}
    assert "prefers-color-scheme: dark" in text


def test_counterexamples_are_told_with_their_trail_and_nothing_of_them_is_taken_for_markup() -> None:
    found = Counterexample(
        invariant="rule", why="<b>5 < 6</b>", order_id=7, trail=("+1.000 s order: <i>",), run="a & b"
    )
    requirement = REQUIREMENTS[0]
    finding = judge_cases(requirement.criteria[0], 4, [found])
    page = Page(render_report(judgement(Verdict(requirement=requirement, findings=(finding,)))))
    assert "<b>5 < 6</b>" in page.words
    assert "+1.000 s order: <i>" in page.words
    assert "a & b" in page.words


def test_the_headline_says_what_came_out() -> None:
    good = all_verdicts()[9:13]
    bad = verdict("F1")
    undecided = verdict("N4", inf)
    assert headline(judgement(*good)) == "All 4 requirements are met"
    assert headline(judgement(good[0])) == "The requirement is met"
    assert headline(judgement(*good, bad)) == "Of 5 requirements: 4 met, 1 violated"
    assert undecided.status == "violated"


def test_the_deciding_figure_is_one_that_has_the_requirements_status() -> None:
    requirement = select(["N4"], REQUIREMENTS)[0]
    findings = tuple(
        judge_runs(criterion, [()] * 6) if criterion.measure == "counterexamples" else judge_figures(criterion, figures)
        for criterion, figures in zip(requirement.criteria, ([0.1] * 6, [], [], [5.0] * 6, []), strict=True)
    )
    assert key_figure(Verdict(requirement=requirement, findings=findings)).criterion.name == "answer"


@pytest.mark.parametrize(
    ("values", "said", "between"),
    [
        ([0.02, 0.0234] * 3, "0.022\u00a0s", "0.020 to 0.023\u00a0s (95%)"),
        ([1234.5] * 6, "1,234.5\u00a0s", "1,234.5 to 1,234.5\u00a0s (95%)"),
        ([inf] * 6, "∞", "∞ to ∞\u00a0s (95%)"),
        ([2.0], "2.00\u00a0s", "too few runs for one"),
        ([], "nothing measured", "too few runs for one"),
    ],
)
def test_figures_are_told_with_their_unit(values: list[float], said: str, between: str) -> None:
    finding = judge_figures(select(["N4"], REQUIREMENTS)[0].criteria[0], values)
    assert (estimate(finding), interval(finding)) == (said, between)


def test_runs_and_cases_are_counted() -> None:
    runs = select(["N1"], REQUIREMENTS)[0].criteria[0]
    found = Counterexample(invariant="rule", why="no")
    assert estimate(judge_runs(runs, [()] * 20)) == "0 of 20 runs"
    assert interval(judge_runs(runs, [()] * 20)) == "at most 14% of runs (95%)"
    assert estimate(judge_runs(runs, [(found,), ()])) == "1 of 2 runs"
    assert interval(judge_runs(runs, [(found,), ()])) == "1.3% to 99% of runs (95%)"
    cases = REQUIREMENTS[0].criteria[0]
    assert estimate(judge_cases(cases, 8, [found])) == "7 of 8 cases hold"
    assert interval(judge_cases(cases, 8, [found])) == "–"
