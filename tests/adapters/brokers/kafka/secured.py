"""A Kafka that speaks TLS and asks who comes (SASL), with certificates of its own making."""

from __future__ import annotations

import ipaddress
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import attrs
import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bookdelivery.services.drill.ports import free_ports
from tests.missing import missing
from tests.servers.addresses import HOST, PASSWORD, USER, VARIABLES
from tests.servers.daemon import ServerFailed
from tests.servers.kafka import Kafka

_PATIENCE_S = 240.0

SCRAM_USER = "shop-by-scram"


@attrs.frozen
class SecuredKafka:
    """Where it is, and whom to trust.

    Attributes:
        port: where it speaks TLS and asks who comes.
        authority: the file with the certificate of who vouches for it.
        stranger: the file with that of somebody who does not.
    """

    port: int
    authority: Path
    stranger: Path

    def url(self, topic: str, *, user: str = USER, password: str = PASSWORD, **settings: str) -> str:
        """Give a topic's URL, with settings of librdkafka whose dots are underscores here."""
        stated = {"partitions": "2", "ssl_ca_location": str(self.authority), **settings}
        query = "&".join(f"{name.replace('_', '.')}={quote(value)}" for name, value in stated.items())
        return f"kafka://{user}:{quote(password, safe='')}@{HOST}:{self.port}/{topic}?{query}"


class _TlsKafka(Kafka):
    """The tests' Kafka, whose port for known clients speaks TLS."""

    def __init__(self, place: Path, identity: Path) -> None:
        self._place = place
        self._identity = identity

    @property
    def home(self) -> Path:
        return self._place / "kafka"

    def _properties(self, data: Path) -> str:
        of_listener = {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._identity),
        }
        lines = ["listener.security.protocol.map=ANYBODY:PLAINTEXT,KNOWN:SASL_SSL,CONTROLLER:PLAINTEXT"]
        lines += [f"listener.name.known.{name}={value}" for name, value in of_listener.items()]
        lines.append(f"super.users=User:ANONYMOUS;User:{USER};User:{SCRAM_USER}")
        # Of a setting that is there twice, the last counts.
        return super()._properties(data) + "\n".join(lines) + "\n"


@contextmanager
def secured_kafka(home: Path) -> Iterator[SecuredKafka]:
    """Have one for a while; skipped, or failed in CI, where Kafka cannot be started."""
    home.mkdir(parents=True, exist_ok=True)
    authority, stranger, identity = home / "authority.pem", home / "stranger.pem", home / "server.pem"
    _vouch(authority, identity)
    _vouch(stranger, home / "nobody.pem")
    first = free_ports(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLES["kafka"], str(first))
        try:
            with _running(_TlsKafka(home, identity), home / "kafka.log"):
                _add_scram_user(first)
                yield SecuredKafka(first + 1, authority, stranger)
        except ServerFailed as error:
            missing(f"Kafka cannot be started here, see `make services`: {error}")


@contextmanager
def _running(server: Kafka, log: Path) -> Iterator[None]:
    if not server.is_installed():
        raise ServerFailed("Java or Maven is missing")
    server.prepare()
    with (
        log.open("wb") as output,
        subprocess.Popen(server.command(), env=server.environment, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            give_up_s = time.monotonic() + _PATIENCE_S
            while not server.answers():
                if process.poll() is not None or time.monotonic() > give_up_s:
                    raise ServerFailed(f"it does not answer; its log:\n{log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def _add_scram_user(port: int) -> None:
    admin = AdminClient({"bootstrap.servers": f"{HOST}:{port}"})
    credentials = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    added = admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(SCRAM_USER, credentials, PASSWORD.encode())]
    )
    added[SCRAM_USER].result(60)


def _vouch(authority: Path, identity: Path) -> None:
    """Write the certificate of an authority, and a key with a certificate for this host that it has signed."""
    key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"authority of {identity.stem}")])
    host = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)

    def begin(subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )

    its = begin(name, key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))])
    servers = begin(host, own.public_key()).add_extension(names, critical=False).sign(key, hashes.SHA256())
    authority.write_bytes(its.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    identity.touch(mode=0o600)
    identity.write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + servers.public_bytes(serialization.Encoding.PEM)
    )
