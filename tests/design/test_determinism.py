"""The same design gives the same bytes, whatever the hash seed: in models, reports, answers and contracts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EVERYTHING = """
import hashlib
from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, PAYMENT
from bookdelivery.design import DesignModel
from bookdelivery.design.availability import cut_sets, uptimes, uptimes_table
from bookdelivery.design.contracts import asyncapi, json_schemas, kubernetes, openapi, to_json, to_yaml
from bookdelivery.design.diff import diff
from bookdelivery.design.flow import flow
from bookdelivery.design.glossary import glossary
from bookdelivery.design.impact import impact
from bookdelivery.design.rules import RULES, check, to_sarif
from bookdelivery.design.rules.document import rules_document

model, less = DesignModel.of(BOOKSTORE), DesignModel.of((ORDER, PAYMENT, DELIVERY, MYPAGE))
texts = [
    model.to_json(),
    model.to_graphml(),
    *(frame.to_csv() for frame in model.to_pandas()),
    *(impact(model, context.name).to_pandas().to_csv() for context in BOOKSTORE),
    *map(str, cut_sets(model, "PayCanceled")),
    uptimes_table(uptimes(model)).to_csv(),
    *map(str, diff(model, less)),
    *map(str, diff(less, model)),
    flow(model, "PlaceOrder").to_text(),
    to_yaml(asyncapi(model)),
    to_yaml(openapi(model)),
    to_yaml(kubernetes(model)),
    to_json(json_schemas(model)),
    glossary(model).to_markdown(),
    rules_document(),
    *(to_sarif(check(DesignModel.of(rule.specimen()))) for rule in RULES),
]
for text in texts:
    print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_design_gives_the_same_bytes_whatever_the_hash_seed(pytestconfig: pytest.Config) -> None:
    runs = {_run(seed, pytestconfig.rootpath) for seed in ("0", "4711")}
    assert len(runs) == 1
    assert len(runs.pop().splitlines()) > 50


def _run(hash_seed: str, root: Path) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING], env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout
