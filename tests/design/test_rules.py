"""Every rule fires on the specimen that breaks it, and stays silent on a design that keeps it."""

import json
import re
from pathlib import Path

import attrs
import orjson
import pytest
from jsonschema import Draft4Validator

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel
from bookdelivery.design.rules import (
    RULES,
    Baseline,
    Found,
    Report,
    Rule,
    Severity,
    UnreadableBaseline,
    check,
    to_sarif,
)
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.design.rules.document import rule_page, rules_document, rules_index
from bookdelivery.design.rules.events import is_past

CHECKPOINTS = range(1, 35)
BY_ID = {rule.id: rule for rule in RULES}
SARIF = Draft4Validator(json.loads((Path(__file__).parent / "assets" / "sarif-2.1.0.json").read_text()))


def checked(rule: Rule, **options: Baseline) -> Report:
    return check(DesignModel.of(rule.specimen()), rules=(rule,), **options)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_fires_on_the_specimen_that_breaks_it(rule: Rule) -> None:
    findings = checked(rule).findings
    assert findings
    for finding in findings:
        assert finding.rule is rule
        assert finding.node.name in finding.message or (finding.node.context or "") in finding.message


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("contexts", [BOOKSTORE, CAFE], ids=["bookstore", "café"])
def test_a_rule_is_silent_on_a_design_that_keeps_it(rule: Rule, contexts: object) -> None:
    assert check(DesignModel.of(contexts), rules=(rule,)).findings == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_specimen_differs_from_the_cafe_in_little(rule: Rule) -> None:
    # Else a rule could fire on something that has nothing to do with it.
    told = {finding.rule.id for finding in check(DesignModel.of(rule.specimen())).findings}
    assert rule.id in told
    assert len(told) <= 4


def test_every_rule_says_why_how_to_mend_it_and_which_checkpoint_it_answers() -> None:
    assert len(RULES) >= 20
    assert [rule.id for rule in RULES] == [f"D{number:02}" for number in range(1, len(RULES) + 1)]
    for rule in RULES:
        assert rule.name.endswith(".")
        assert len(rule.rationale) > len(rule.name)
        assert rule.fix.endswith(".")
        assert rule.checkpoints
        assert set(rule.checkpoints) <= set(CHECKPOINTS)
        assert rule.specimen.__doc__
    assert len({rule.name for rule in RULES}) == len({rule.rationale for rule in RULES}) == len(RULES)


def test_the_rules_answer_every_checkpoint_on_the_design() -> None:
    answered = {number for rule in RULES for number in rule.checkpoints}
    assert answered >= {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16}


def test_a_model_from_a_file_is_checked_just_as_one_from_code() -> None:
    for rule in RULES:
        model = DesignModel.of(rule.specimen())
        from_file = DesignModel.from_json(model.to_json())
        if rule.id != "D28":  # A call that no handler makes is no edge, so a file knows nothing of it.
            assert check(from_file, rules=(rule,)).to_json() == check(model, rules=(rule,)).to_json(), rule.id


@pytest.mark.parametrize(
    ("name", "past"),
    [
        ("OrderPlaced", True),
        ("CancelOrderTaken", True),
        ("OrderPassedToStore", True),
        ("MyPageLookedAt", True),
        ("HTTPRequestSent", True),
        ("OrderPlacement", False),
        ("PlaceOrder", False),
        ("Order", False),
    ],
)
def test_a_past_participle_is_recognised(name: str, past: bool) -> None:
    assert is_past(name) is past


# --- reports ----------------------------------------------------------------------------------------------------------


def test_the_worst_comes_first() -> None:
    everything = [rule.specimen() for rule in RULES]
    severities = [
        finding.rule.severity for contexts in everything for finding in check(DesignModel.of(contexts)).findings[:1]
    ]
    assert set(severities) == set(Severity)
    several = check(DesignModel.of(BY_ID["D21"].specimen())).findings
    order = [list(Severity).index(finding.rule.severity) for finding in several]
    assert order == sorted(order)


def test_notes_break_nothing() -> None:
    assert not checked(BY_ID["D01"]).clean
    assert not checked(BY_ID["D07"]).clean
    note = checked(BY_ID["D32"])
    assert note.findings
    assert note.clean


def test_a_rule_of_ones_own_goes_beside_the_others() -> None:
    def shouting(model: DesignModel) -> list[Found]:
        return [Found(node, f"{node.name} shouts") for node in model.nodes() if node.name.isupper()]

    mine = Rule(
        id="M1",
        name="Nobody shouts.",
        rationale="It is rude.",
        checkpoints=(16,),
        fix="Whisper.",
        check=shouting,
        specimen=tuple,
    )
    loud = attrs.evolve(CAFE[2], external_systems=(attrs.evolve(CAFE[1].external_systems[0], name="OVEN"),))
    report = check(DesignModel.of((*CAFE[:2], loud)), rules=(*RULES, mine))
    assert "OVEN shouts" in {finding.message for finding in report.findings}


def test_the_json_of_a_report_is_the_same_each_time_and_tells_all() -> None:
    report = checked(BY_ID["D22"])
    document = json.loads(report.to_json())
    assert report.to_json() == checked(BY_ID["D22"]).to_json()
    (finding,) = document["findings"]
    assert finding["node"] == "command:OrderCake"
    assert finding["file"] == "bookdelivery/design/rules/cafe.py"
    assert finding["line"] > 1
    assert document["clean"] is False


def test_the_table_of_a_report_has_a_row_for_each_finding() -> None:
    report = checked(BY_ID["D19"])
    assert list(report.to_pandas()["fingerprint"]) == [finding.fingerprint for finding in report.findings]


def test_in_a_notebook_a_report_shows_itself_as_a_table() -> None:
    shown = checked(BY_ID["D22"])._repr_html_()
    assert shown.startswith("<table")
    assert "OrderCake waits for Charge" in shown


def test_sarif_has_each_rule_and_finding_with_its_place() -> None:
    report = checked(BY_ID["D22"])
    (run,) = json.loads(to_sarif(report))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    (result,) = run["results"]
    assert rule["id"] == result["ruleId"] == "D22"
    assert rule["help"]["text"] == BY_ID["D22"].fix
    assert rule["defaultConfiguration"]["level"] == result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "bookdelivery/design/rules/cafe.py"
    assert place["region"]["startLine"] > 1
    assert result["partialFingerprints"] == {"design/v1": "D22 command:OrderCake command:Charge"}
    assert "suppressions" not in result


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_sarif_is_valid_by_the_official_schema(rule: Rule) -> None:
    found = checked(rule)
    for report in (found, checked(rule, baseline=Baseline.of(found.findings))):
        assert report.findings
        assert [error.message for error in SARIF.iter_errors(json.loads(to_sarif(report)))] == []


def test_the_official_schema_of_sarif_has_teeth() -> None:
    log = json.loads(to_sarif(checked(RULES[0])))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not SARIF.is_valid(log)


def test_what_has_no_place_in_the_source_has_none_in_sarif() -> None:
    report = checked(BY_ID["D35"])
    bare = attrs.evolve(report.findings[0].node, file="", line=0)
    report = attrs.evolve(report, findings=(attrs.evolve(report.findings[0], node=bare),))
    (result,) = json.loads(to_sarif(report))["runs"][0]["results"]
    assert "physicalLocation" not in result["locations"][0]


# --- baselines --------------------------------------------------------------------------------------------------------


def test_what_is_in_the_baseline_is_accepted_with_its_reason(tmp_path: Path) -> None:
    before = checked(BY_ID["D22"])
    file = tmp_path / "baseline.json"
    file.write_text(
        Baseline.of(before.findings).to_json().replace("was there when the baseline was written", "next sprint")
    )
    after = checked(BY_ID["D22"], baseline=Baseline.read(file))
    assert after.clean
    assert after.fresh == ()
    assert [finding.accepted for finding in after.findings] == ["next sprint"]
    assert json.loads(to_sarif(after))["runs"][0]["results"][0]["suppressions"][0]["justification"] == "next sprint"
    assert Baseline.of(after.findings).accepted == {before.findings[0].fingerprint: "next sprint"}


def test_a_finding_that_is_new_is_not_accepted() -> None:
    baseline = Baseline.of(checked(BY_ID["D22"]).findings)
    assert not checked(BY_ID["D19"], baseline=baseline).clean


def test_what_is_accepted_and_no_longer_there_is_told() -> None:
    gone = checked(BY_ID["D22"]).findings
    report = check(DesignModel.of(CAFE), baseline=Baseline.of(gone))
    assert report.outdated == (gone[0].fingerprint,)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "is no JSON"),
        (b"[]", "is no baseline"),
        (b'{"format": "bookdelivery-design-baseline", "accepted": 3}', "is no"),
    ],
)
def test_what_is_no_baseline_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(content)
    with pytest.raises(UnreadableBaseline, match=problem):
        Baseline.read(file)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBaseline, match="cannot be read"):
        Baseline.read(tmp_path / "baseline.json")


def test_a_baseline_is_sorted_so_that_changes_of_two_teams_merge() -> None:
    accepted = orjson.loads(Baseline({"b": "1", "a": "2"}).to_json())["accepted"]
    assert list(accepted) == ["a", "b"]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_s_page_has_its_reason_an_example_the_answer_and_the_fix(rule: Rule) -> None:
    page = rule_page(rule)
    assert page.startswith(f"# {rule.id}: {rule.name.rstrip('.')}\n")
    for part in (rule.rationale, checked(rule).findings[0].message, f"**Fix.** {rule.fix}"):
        assert part in page
    assert f"](rules/{rule.id.lower()}.md) | {rule.name} |" in rules_index()


def test_the_document_has_reason_example_answer_and_fix_of_each_rule() -> None:
    sections = re.split(r"^## ", rules_document(), flags=re.MULTILINE)[1:]
    assert len(sections) == len(RULES)
    for rule, section in zip(RULES, sections, strict=True):
        assert section.startswith(f"{rule.id}\n")
        assert rule.rationale in section
        assert "```python\ndef _" in section
        assert checked(rule).findings[0].message in section
        assert f"**Fix.** {rule.fix}" in section
