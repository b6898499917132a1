"""`bookdelivery design` as it is typed: what it prints or writes, and its exit status."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookdelivery.design import DesignModel
from bookdelivery.design.rules.document import rules_document
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM
from bookdelivery.services.cli import main

MY_SHOP = """
import attrs
from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE, DELIVERY
from bookdelivery.design.rules.cafe import CAFE, KITCHEN

SYSTEM = System("my shop", CAFE)
NO_TEAM = (*CAFE[:2], attrs.evolve(KITCHEN, team=""))
NOTHING = 3
"""


@pytest.fixture
def my_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory with a module of one's own, as seen by somebody who works in it."""
    (tmp_path / "my_shop.py").write_text(MY_SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("my_shop", None)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("design", *arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(*arguments) == status
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err


PICTURES = {
    "board": ("board",),
    "a step of the board": ("board", "--step", "2"),
    "a requirement on the board": ("board", "--covers", "N2"),
    "an impact on the board": ("board", "--without", "delivery,payment"),
    "impact": ("impact", "delivery"),
    "context map": ("context-map", "--language", "ko"),
    "hexagon": ("hexagon", "order"),
    "lifecycle": ("lifecycle", "Order"),
    "organisation": ("organisation", "--view", "as-is"),
    "coverage": ("coverage",),
    "flow": ("flow", "PlaceOrder"),
}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_written_where_it_is_asked_for(picture: str, tmp_path: Path) -> None:
    output = tmp_path / "pictures" / "it.svg"
    assert run(*PICTURES[picture], "-o", str(output)) == 0
    assert output.read_text().startswith("<svg")


@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("mmd", b"flowchart"), ("drawio", b"<mxfile")])
def test_the_files_ending_says_its_format(ending: str, begins: bytes, tmp_path: Path) -> None:
    output = tmp_path / f"it.{ending}"
    assert run("context-map", "-o", str(output)) == 0
    assert begins in output.read_bytes()[:200]


def test_without_a_name_there_is_a_hexagon_for_each_context(tmp_path: Path) -> None:
    assert run("hexagon", "-o", str(tmp_path / "hexagon.svg")) == 0
    names = {f"hexagon-{context.name}.svg" for context in BOOKSTORE_SYSTEM.contexts}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_a_hexagon_shows_the_adapters_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapters, output = tmp_path / "shop.toml", tmp_path / "hexagon.svg"
    assert run("hexagon", "order", "-o", str(output)) == 0
    assert "in memory" in output.read_text()
    adapters.write_text('[adapters]\nBroker = "kafka://broker:9092"\n')
    assert run("hexagon", "order", "--adapters", str(adapters), "-o", str(output)) == 0
    assert "kafka://broker:9092" in output.read_text()
    adapters.write_text('[adapters]\nStorage = "memory://"\n')
    assert "'Storage'" in refused(capsys, "hexagon", "order", "--adapters", str(adapters), "-o", str(output))


def test_the_design_of_a_module_of_ones_own_is_drawn_checked_and_questioned(
    my_shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("board", "--of", "my_shop", "-o", "board.svg") == 0
    assert "my shop" in (my_shop / "board.svg").read_text()
    assert "CakePaid" in said(capsys, "flow", "OrderCake", "--of", "my_shop:SYSTEM")
    assert "stops  command" not in said(capsys, "impact", "kitchen", "--of", "my_shop")
    assert "39 rules, 0 findings" in said(capsys, "check", "--of", "my_shop")


# --- check ------------------------------------------------------------------------------------------------------------


def test_the_bookstore_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "check") == "bookstore: 39 rules, 0 findings.\n"


def test_what_is_found_is_told_with_its_place_and_its_fix(my_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "check", "--of", "my_shop:NO_TEAM", status=1)
    assert "D30 warning kitchen does not say its team" in told
    assert "Fill in `team` and `cadence`." in told


def test_findings_are_printed_for_programs(my_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(said(capsys, "check", "--of", "my_shop:NO_TEAM", "--format", "json", status=1))
    assert [finding["rule"] for finding in report["findings"]] == ["D30"]
    sarif = json.loads(said(capsys, "check", "--of", "my_shop:NO_TEAM", "--format", "sarif", status=1))
    assert sarif["runs"][0]["results"][0]["ruleId"] == "D30"


def test_a_baseline_is_written_and_then_lived_with(my_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("check", "--of", "my_shop:NO_TEAM", "--baseline", "baseline.json")
    assert run(*given, "--write-baseline") == 0
    assert "1 accepted" in said(capsys, *given)
    assert "no longer there: D30" in said(capsys, "check", "--of", "my_shop", "--baseline", "baseline.json")


def test_only_some_rules_are_checked_if_asked(my_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 rules, 0 findings" in said(capsys, "check", "--of", "my_shop:NO_TEAM", "--rules", "d01, D02")


def test_what_the_rules_are_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "rules") == rules_document()


# --- questions --------------------------------------------------------------------------------------------------------


def test_an_impact_is_told_with_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "impact", "payment")
    assert "waits  command PlaceOrder: no answer from Pay" in told
    assert "command:Pay <- context:payment" in told
    document = json.loads(said(capsys, "impact", "payment", "delivery", "--format", "json"))
    assert document["gone"] == ["context:payment", "context:delivery"]
    effects = {one["id"]: one["effect"] for one in document["consequences"]}
    assert effects["command:CompleteDelivery"] == "stops"


def test_the_impact_of_an_adapter_is_that_of_everybody_who_shares_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('[adapters]\nStore = "postgresql://db/shop"\n[adapters.delivery]\nStore = "redis://cache"\n')
    told = said(capsys, "impact", "redis", "--adapters", str(file))
    assert told.startswith("Without redis (store:delivery):")


def test_a_flow_is_told_as_a_tree_and_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert "└─ states event PayCanceled [payment]" in said(capsys, "flow", "CancelPay")
    assert said(capsys, "flow", "CancelPay", "--format", "table").splitlines()[0].split() == [
        "depth",
        "cause",
        "how",
        "effect",
        "kind",
        "context",
        "waits",
        "fallback",
    ]
    assert "TakeOrder " not in said(capsys, "flow", "PlaceOrder", "--no-people")


def test_uptimes_are_told_from_goals_and_what_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert "PlaceOrder [order]: answered at most 99.9990% of the time" in said(capsys, "uptime")
    rows = json.loads(said(capsys, "uptime", "--given.payment", "0.5", "--format", "json"))
    (placing,) = (row for row in rows if row["operation"] == "PlaceOrder")
    assert placing["at_once"] == pytest.approx(0.99999 * 0.5)


def test_cut_sets_are_told_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "payment provider\n" in said(capsys, "cuts", "OrderPlaced")


def test_requirements_are_told_with_what_covers_them(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "coverage")
    assert told.count("  covered") == 13
    assert "N2" in told


async def shop_with_an_order(path: Path) -> None:
    from bookdelivery import Bookstore
    from tests.application.examples import place

    async with Bookstore.open(f"sqlite:///{path}") as shop:
        await shop.send(place())
        await shop.settle()


def test_the_log_of_a_run_is_held_against_the_design(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    asyncio.run(shop_with_an_order(tmp_path / "shop.db"))
    told = said(capsys, "observed", f"sqlite:///{tmp_path / 'shop.db'}")
    assert "never seen command:CancelOrder emits event:OrderCanceled" in told
    assert "undeclared." in told.splitlines()[-1]
    table = json.loads(said(capsys, "observed", f"sqlite:///{tmp_path / 'shop.db'}", "--format", "json"))
    drawn = tmp_path / "observed.svg"
    said(capsys, "observed", f"sqlite:///{tmp_path / 'shop.db'}", "-o", str(drawn))
    assert "ways were seen" in drawn.read_text()
    assert {
        "source": "command:Pay",
        "target": "event:PayApproved",
        "kind": "emits",
        "times": 1,
        "declared": True,
    } in table


# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("asyncapi",), "asyncapi"),
        (("asyncapi", "--context", "delivery"), "asyncapi"),
        (("openapi", "--internal"), "openapi"),
        (("openapi", "--context", "order"), "openapi"),
    ],
)
def test_a_contract_is_printed_as_yaml_or_json(
    arguments: tuple[str, ...], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    as_yaml = yaml.safe_load(said(capsys, *arguments))
    assert as_yaml[key].startswith("3.")
    assert json.loads(said(capsys, *arguments, "--format", "json")) == as_yaml


def test_schemas_and_kubernetes_objects_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "OrderPlaced" in json.loads(said(capsys, "schemas"))
    assert "StartDelivery" in json.loads(said(capsys, "schemas", "--context", "delivery"))
    objects: list[Any] = list(yaml.safe_load_all(said(capsys, "kubernetes", "--image", "shop/{context}:7")))
    images = [
        one["spec"]["template"]["spec"]["containers"][0]["image"] for one in objects if one["kind"] == "Deployment"
    ]
    assert images[0] == "shop/order:7"


def test_a_model_is_written_and_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "old.json"
    assert run("model", "-o", str(file)) == 0
    assert file.read_text() == DesignModel.of(BOOKSTORE_SYSTEM).to_json() == said(capsys, "model")
    assert said(capsys, "diff", str(file)) == "no difference\n"
    assert "39 rules, 0 findings" in said(capsys, "check", "--of", str(file))
    assert said(capsys, "model", "--format", "graphml").startswith("<graphml")


def test_two_designs_are_compared_in_words(my_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "diff", "my_shop", "my_shop:NO_TEAM")
    assert told == "  changed: context kitchen: team was kitchen, is nothing\n"
    assert json.loads(said(capsys, "diff", "my_shop", "my_shop:NO_TEAM", "--format", "json"))[0]["how"] == "changed"
    said(capsys, "diff", "my_shop", "", status=0)


def test_the_glossary_is_printed_and_searched(capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    assert said(capsys, "glossary") == (pytestconfig.rootpath / "docs/explanation/glossary.md").read_text()
    assert [term["code"] for term in json.loads(said(capsys, "glossary", "배송 시작됨", "--format", "json"))][:1] == [
        "DeliveryStarted"
    ]
    assert "OrderPlaced" in said(capsys, "glossary", "OrderPlaced", "--format", "table")


# --- wrong usage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("flow", "PlaceOdrer"), "PlaceOrder"),
        (("impact", "nowhere"), "nowhere"),
        (("board", "--step", "9"), "a step from 1 to 6"),
        (("board", "--covers", "N9"), "N9"),
        (("board", "--covers", "N1", "--without", "payment"), "--without"),
        (("board", "-o", "board.jpeg"), ".svg"),
        (("hexagon", "shop"), "shop"),
        (("check", "--rules", "D99"), "D99"),
        (("check", "--write-baseline"), "--baseline"),
        (("check", "--baseline", "nowhere.json"), "nowhere.json"),
        (("uptime", "--given.payment", "2"), "from 0 to 1"),
        (("cuts", "OrderPlaced", "--size", "0"), "1 or more"),
        (("diff", "nowhere.json"), "nowhere.json"),
        (("asyncapi", "--context", "shop"), "shop"),
        (("kubernetes", "--image", "{team}"), "{context}"),
        (("check", "--of", "no_such_module"), "no_such_module"),
        (("check", "--of", "../shop"), "module path"),
        (("check", "--of", "my_shop:NOTHING"), "NOTHING is no System"),
        (("check", "--of", "my_shop:ABSENT"), "ABSENT is no System"),
        (("check", "--of", "json"), "neither a System nor a Context"),
        (("observed", "ftp://shop"), "memory://"),
        (("glossary", "-o", "/proc/no/such/place.md"), "cannot be written"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    arguments: tuple[str, ...], complaint: str, my_shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complaint in refused(capsys, *arguments)
