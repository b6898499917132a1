"""HTTP in front of contexts: resources, actions and the customer's live page (extra `rest`)."""

from bookdelivery.adapters.inbound.rest.app import RestSettings, rest_app

__all__ = ["RestSettings", "rest_app"]
