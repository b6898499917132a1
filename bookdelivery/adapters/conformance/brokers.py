"""What every broker has to do."""

from __future__ import annotations

from bookdelivery.adapters.conformance.broker_groups import Groups
from bookdelivery.adapters.conformance.broker_log import Log


class BrokerConformance(Log, Groups):
    """The suite for the port `bookdelivery.kernel.ports.Broker`.

    Say how to open a broker with `open_broker`, how to get at the same topic again with `reopen` and `open_another`,
    and how to bring about what no port offers: `lose` a member, and `put_unreadable`. Set `quiet_s` to how long to
    wait before silence counts as "nothing comes".
    """
