"""The reference pages of the rules, written from the rules themselves."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.checking import RULES, check
from bookdelivery.design.rules.rule import Rule

HEAD = """\
# Design rules

`bookdelivery design check` holds a design against these rules: the bookstore's, or that of a system of your own
(`bookdelivery design check --of my_shop:SYSTEM`). `--format json` and `--format sarif` are for programs. With
`--baseline FILE` your team lives with what that file lists, each finding with its reason; `--write-baseline` writes it.
The exit status is 0 if nothing but notes and accepted findings is left, else 1.

Each example breaks its rule by changing one thing in a small café (`bookdelivery.design.rules.cafe`) that keeps them
all: a guest orders a cake at the *counter* (core), the *till* (general) charges for it while the guest waits, and the
*kitchen* (supporting) bakes it. The checkpoints are those of the assignment. This page is written by the rules.

| rule | | severity | checkpoints |
| --- | --- | --- | --- |
"""


def rules_document(rules: Sequence[Rule] = RULES) -> str:
    """Write one document: a table of all rules, then each with its reason, an example that breaks it, and the fix."""
    sections = (f"\n## {rule.id}\n\n**{rule.name}** {_answers(rule)}\n\n{_body(rule)}" for rule in rules)
    return HEAD + _rows(rules, "#{}") + "".join(sections)


def rules_index(rules: Sequence[Rule] = RULES, *, folder: str = "rules") -> str:
    """Write the page that lists the rules and leads to the page of each.

    Args:
        rules: which.
        folder: where their pages are, from here.
    """
    return HEAD + _rows(rules, f"{folder}/{{}}.md")


def rule_page(rule: Rule, *, index: str = "../design-rules.md") -> str:
    """Write the page of one rule: its reason, an example that breaks it, what is said about that, and the fix.

    Args:
        rule: which.
        index: where the page of all rules is, from here.
    """
    title = rule.name.rstrip(".")
    severity = str(rule.severity).capitalize()
    about = f"{severity}; it answers checkpoint {_numbers(rule)} of the assignment. [All rules and the café]({index})"
    return f"# {rule.id}: {title}\n\n{about}\n\n{_body(rule)}"


def _rows(rules: Sequence[Rule], link: str) -> str:
    return "".join(
        f"| [{rule.id}]({link.format(rule.id.lower())}) | {rule.name} | {rule.severity} | {_numbers(rule)} |\n"
        for rule in rules
    )


def _numbers(rule: Rule) -> str:
    return ", ".join(map(str, rule.checkpoints))


def _answers(rule: Rule) -> str:
    return f"({rule.severity}; checkpoint {_numbers(rule)})"


def _body(rule: Rule) -> str:
    found = check(DesignModel.of(rule.specimen()), rules=(rule,)).findings
    messages = "\n".join(f"    {finding.message}" for finding in found)
    return f"""{rule.rationale}

This breaks it:

```python
{inspect.getsource(rule.specimen).rstrip()}
```

is answered with

{messages}

**Fix.** {rule.fix}
"""
