"""Kafka, from Maven Central: one node in KRaft mode, broker and controller in one process."""

from __future__ import annotations

import os
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.addresses import HOST, PASSWORD, STRANGER, USER, port_of
from tests.servers.daemon import Server, ServerFailed, run

_POM = Path(__file__).with_name("kafka-pom.xml")
_OLDEST_JAVA = 17
_TRIES_TO_FETCH = 3


class Kafka(Server):
    """A single-node Kafka.

    On its port anybody may do anything; on the next one clients have to say who they are (SASL, PLAIN), and then
    `addresses.USER` may do anything and `addresses.STRANGER` nothing. Topics are made by those who need them only.
    """

    name = "kafka"
    packages = ("maven", "default-jre-headless")

    def is_installed(self) -> bool:
        """Say whether Java and Maven are on this machine; the jars themselves come in `prepare`."""
        return _java() is not None and shutil.which("mvn") is not None

    @property
    def ports(self) -> Sequence[int]:
        """The ports it listens on: for anybody, for clients who say who they are, for itself."""
        first = port_of(self.name)
        return (first, first + 1, first + 2)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment it runs in: none of the user's settings for their own Kafka."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA", "JAVA_TOOL"))}

    def prepare(self) -> None:
        """Fetch the jars, write the settings and format the log's directory."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._fetch()
        self._settings.write_text(self._properties(self._data))
        if self._data.exists():
            return
        # An attempt that was cut short must not look like a finished one.
        half_made = self.home / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        to_format = self.home / "format.properties"
        to_format.write_text(self._properties(half_made))
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", "Ym9va2RlbGl2ZXJ5MDEyMw")
        run([*self._run_java("64m"), *tool, "--config", str(to_format)])
        half_made.rename(self._data)

    def command(self) -> Sequence[str]:
        """Give the command that runs it in the foreground."""
        return [*self._run_java("512m"), "kafka.Kafka", str(self._settings)]

    def answers(self) -> bool:
        """Say whether a client gets an answer to a request: which versions of the protocol it speaks (ApiVersions)."""
        api_versions, correlation = 18, 7
        request = struct.pack(">hhih", api_versions, 0, correlation, -1)
        try:
            with socket.create_connection((HOST, port_of(self.name)), timeout=10) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                answer = connection.recv(8)
        except OSError:
            return False
        return answer[4:] == struct.pack(">i", correlation)

    @property
    def _data(self) -> Path:
        return self.home / "data"

    @property
    def _jars(self) -> Path:
        return self.home / "jars"

    @property
    def _settings(self) -> Path:
        return self.home / "server.properties"

    def _fetch(self) -> None:
        """Let Maven put Kafka and all it needs into one directory, unless it did so for this very list."""
        fetched = self.home / "fetched.xml"
        if fetched.exists() and fetched.read_bytes() == _POM.read_bytes():
            return
        shutil.rmtree(self._jars, ignore_errors=True)
        command = ["mvn", "--batch-mode", "--quiet", "--file", str(_POM), "dependency:copy-dependencies"]
        for attempt in range(1, _TRIES_TO_FETCH + 1):
            try:
                run([*command, f"-DoutputDirectory={self._jars}", "-DincludeScope=runtime"])
                break
            except ServerFailed:
                if attempt == _TRIES_TO_FETCH:
                    raise
        shutil.copyfile(_POM, fetched)

    def _run_java(self, heap: str) -> list[str]:
        java = _java()
        assert java is not None
        logging = Path(__file__).with_name("kafka-log4j2.properties")
        return [
            *(java, f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"),
            *(f"-Dlog4j2.configurationFile={logging}", "-cp", f"{self._jars}/*"),
        ]

    def _properties(self, data: Path) -> str:
        anybody, known, controller = self.ports
        users = " ".join(f'user_{name}="{PASSWORD}"' for name in (USER, STRANGER))
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"ANYBODY://{HOST}:{anybody},KNOWN://{HOST}:{known},CONTROLLER://{HOST}:{controller}",
            "inter.broker.listener.name": "ANYBODY",
            "listener.security.protocol.map": "ANYBODY:PLAINTEXT,KNOWN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "listener.name.known.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.known.plain.sasl.jaas.config": f"{login} {users};",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{USER}",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "default.replication.factor": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 2,
            # Tests lose members on purpose and need not wait long for the group to notice.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "log.cleaner.dedupe.buffer.size": 8_388_608,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _java() -> str | None:
    """Find a Java that is new enough: the one on the PATH, or else the newest that Debian has installed."""
    on_path = shutil.which("java")
    others = sorted(Path("/usr/lib/jvm").glob("*/bin/java"), key=lambda path: _version(str(path)))
    candidates = [on_path] if on_path else []
    candidates += [str(path) for path in reversed(others)]
    return next((java for java in candidates if _version(java) >= _OLDEST_JAVA), None)


def _version(java: str) -> int:
    said = subprocess.run([java, "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
