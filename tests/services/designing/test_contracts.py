"""The published contracts: the code keeps them, or is told what it breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.actors import SHOPKEEPER
from bookdelivery.design import DesignModel
from bookdelivery.kernel.context import Decides
from bookdelivery.kernel.messages import Command
from bookdelivery.services.cli import main
from bookdelivery.services.designing.contracts import contracts
from examples.coupon import COUPON
from examples.coupon.aggregate import Coupon, promise


def design(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("design", "contracts", *map(str, arguments)))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def edited(file: Path, change: Any) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def test_the_published_contracts_are_kept(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert design(pytestconfig.rootpath / "docs/contracts", "--check") == 0
    assert "are what the code says" in capsys.readouterr().out


def test_what_breaks_a_contract_is_explained_and_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert design(tmp_path) == 0

    def more_was_promised(schemas: Any) -> None:
        schemas["OrderTaken"]["properties"]["shelf"] = {"type": "string"}
        schemas["OrderTaken"]["required"].append("shelf")

    edited(tmp_path / "schemas.json", more_was_promised)
    promised = (tmp_path / "schemas.json").read_bytes()
    capsys.readouterr()
    assert design(tmp_path) == 1
    told = capsys.readouterr().out
    assert "OrderTaken: its readers are told what they do not expect: shelf is not there" in told
    assert "raise its schema_version, give an upcaster" in told
    assert (tmp_path / "schemas.json").read_bytes() == promised
    assert design(tmp_path, "--check") == 1
    assert design(tmp_path, "--accept") == 0
    assert design(tmp_path, "--check") == 0


def test_what_a_consumer_elsewhere_counts_on_is_held_against_its_producer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert design(tmp_path) == 0
    counted_on = {"type": "object", "properties": {"shelf": {"type": "string"}}, "required": ["shelf"]}
    mine = tmp_path / "mine.json"
    mine.write_text(
        json.dumps([{"consumer": "shelves", "by": "program sort", "event": "OrderTaken", "expects": counted_on}]),
        encoding="utf-8",
    )
    assert design(tmp_path, "--check", "--consumer", mine) == 1
    assert "shelves (program sort) counts on OrderTaken.shelf: it is not there" in capsys.readouterr().out


def test_an_old_document_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert design(tmp_path) == 0
    (tmp_path / "proto/order/v1.proto").write_text("", encoding="utf-8")
    assert design(tmp_path, "--check") == 1
    assert "v1.proto is not what the code says now" in capsys.readouterr().out


def test_a_document_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "schemas.json").write_text("{", encoding="utf-8")
    assert design(tmp_path, "--check") == 2
    assert design(tmp_path, "--consumer", tmp_path / "nowhere.json") == 2


def test_what_has_no_form_in_grpc_has_all_its_other_contracts() -> None:
    @attrs.frozen
    class PrintLabel(Command[None]):
        """Print a label."""

        correlation_key = "주문"
        주문: int  # noqa: PLC2401 - that is what the test is about

    labels = attrs.evolve(
        COUPON,
        handlers=(*COUPON.handlers, Decides(command=PrintLabel, on=Coupon, by=promise, creates=True, actor=SHOPKEEPER)),
    )
    written = contracts(DesignModel.of((*BOOKSTORE, labels), name="labels"), (*BOOKSTORE, labels))
    assert "'주문' is no name in Protocol Buffers" in written["proto/why-not.txt"]
    assert "PrintLabel" in written["schemas.json"]
