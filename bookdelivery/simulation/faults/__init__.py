"""What goes wrong, and when. Each fault is a schedule of the simulated world; they compose.

A fault pulls the world's levers (see `Levers`) and knows nothing of the code that suffers from it. Write your own by
deriving from `Fault`, or from `Lasting` if it begins and ends.
"""

from bookdelivery.simulation.deployment.network import CUSTOMERS, PEOPLE
from bookdelivery.simulation.faults.base import BROKER, CLOCK, OPERATIONS, PROVIDER, STORE, Fault, Lasting
from bookdelivery.simulation.faults.clocks import ClockSkew
from bookdelivery.simulation.faults.connections import LostAnswers, Partition
from bookdelivery.simulation.faults.levers import Levers
from bookdelivery.simulation.faults.messages import BrokerDown, Delay, Duplication, MessageTrouble, Reordering
from bookdelivery.simulation.faults.outages import Crash, Outage, RandomCrashes, RandomOutages, Removal, StoreDown
from bookdelivery.simulation.faults.provider_trouble import ProviderTrouble
from bookdelivery.simulation.faults.work import ErrorRate, SlowDown

__all__ = [
    "BROKER",
    "CLOCK",
    "CUSTOMERS",
    "OPERATIONS",
    "PEOPLE",
    "PROVIDER",
    "STORE",
    "BrokerDown",
    "ClockSkew",
    "Crash",
    "Delay",
    "Duplication",
    "ErrorRate",
    "Fault",
    "Lasting",
    "Levers",
    "LostAnswers",
    "MessageTrouble",
    "Outage",
    "Partition",
    "ProviderTrouble",
    "RandomCrashes",
    "RandomOutages",
    "Removal",
    "Reordering",
    "SlowDown",
    "StoreDown",
]
