"""The keys that tokens are signed with: in memory, and new ones every so often."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

import attrs
from joserfc.jwk import KeySet, OKPKey, RSAKey

ALGORITHMS = ("RS256", "Ed25519")


@attrs.frozen
class _Pair:
    """A key of each kind, and when they were made."""

    rsa: RSAKey
    ed25519: OKPKey
    made_s: float


class SigningKeys:
    """Signs with the newest key; those before it are still shown, as long as a token signed with them may be in use.

    Args:
        algorithm: RS256, or Ed25519 (which RFC 8037 called EdDSA).
        rotate_s: seconds after which there is a new key.
        clock: monotonic seconds.
    """

    def __init__(self, algorithm: str, rotate_s: float, clock: Callable[[], float]) -> None:
        self.algorithm = algorithm
        self._rotate_s = rotate_s
        self._clock = clock
        self._pairs: list[_Pair] = []
        self.rotate()

    def rotate(self) -> None:
        """Make new keys, which sign from now on; of the older ones, the last is still shown."""
        rsa = RSAKey.generate_key(2048, {"use": "sig", "kid": uuid.uuid4().hex, "alg": "RS256"})
        ed25519 = OKPKey.generate_key("Ed25519", {"use": "sig", "kid": uuid.uuid4().hex, "alg": "Ed25519"})
        self._pairs = [*self._pairs[-1:], _Pair(rsa, ed25519, self._clock())]

    def signing(self) -> KeySet:
        """Give the key to sign with, in the only form in which joserfc writes its name into the token."""
        if self._clock() - self._pairs[-1].made_s > self._rotate_s:
            self.rotate()
        newest = self._pairs[-1]
        return KeySet([newest.rsa if self.algorithm == "RS256" else newest.ed25519])

    def shown(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Give the JWK set: the public halves."""
        return {"keys": [key.as_dict(private=False) for pair in self._pairs for key in (pair.rsa, pair.ed25519)]}
