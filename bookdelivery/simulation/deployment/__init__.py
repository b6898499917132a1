"""How each context runs, what lies between them, who works in the shop, and how fast the payment provider is."""

from bookdelivery.simulation.deployment.context import Deployment
from bookdelivery.simulation.deployment.network import Link, Network
from bookdelivery.simulation.deployment.opening_hours import OpeningHours
from bookdelivery.simulation.deployment.people import People
from bookdelivery.simulation.deployment.provider import Provider
from bookdelivery.simulation.deployment.topic import Topic

__all__ = ["Deployment", "Link", "Network", "OpeningHours", "People", "Provider", "Topic"]
