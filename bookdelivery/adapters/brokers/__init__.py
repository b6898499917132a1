"""Brokers: log-like topics that carry the events from context to context."""
