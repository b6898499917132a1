"""Names and numbers in Protocol Buffers, both made from the names that things have in JSON.

A field's number is drawn from its name, so it stays the same whatever fields come, go or change places around it, and a
name that is gone leaves its number to nobody. What JSON tells apart by names is told apart by the same names here.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from bookdelivery.kernel.errors import WronglyDeclared

FIRST, LAST = 20_000, 2**25 - 1
"""The range of numbers: above those that Protocol Buffers keeps for itself (19000 to 19999), in tags of four bytes."""


def number_of(name: str) -> int:
    """Give the number of a field from its name in JSON."""
    return FIRST + int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % (LAST - FIRST + 1)


def check_numbers(where: str, names: list[str]) -> None:
    """See that no two fields of a message have one number; among 20 fields that happens once in 170,000 messages.

    Raises:
        WronglyDeclared: two have; says which.
    """
    taken: dict[int, str] = {}
    for name in names:
        number = number_of(name)
        other = taken.setdefault(number, name)
        if other != name:
            raise WronglyDeclared(
                where, f"{name} and {other} have the same number in Protocol Buffers, {number}; rename one"
            )


def snake(name: str) -> str:
    """Give a field's name as files in Protocol Buffers have it: `order_id` for `orderId`."""
    return re.sub(r"([A-Z])", r"_\1", name).lower().lstrip("_")


def json_name(name: str) -> str:
    """Give the name in JSON that compilers derive from one in a file, as the specification says."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def capital(name: str) -> str:
    """Give a name that begins with a capital: `OrderId` for `orderId`, `OrderDesk` for `order_desk`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def checked(name: str, where: str) -> str:
    """Give a name that Protocol Buffers can take.

    Raises:
        WronglyDeclared: it cannot.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise WronglyDeclared(
            where, f"{name!r} is no name in Protocol Buffers, which take ASCII letters, digits and underscores"
        )
    return name
