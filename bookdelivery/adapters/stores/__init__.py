"""Stores: where a context keeps its own data."""
