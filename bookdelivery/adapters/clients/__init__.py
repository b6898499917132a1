"""Adapters to systems of somebody else's: the payment provider, the catalog."""
