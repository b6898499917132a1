"""A context's data in files, one JSON document an aggregate: nothing to install, and anybody can read it."""

from bookdelivery.adapters.stores.files.store import FileStore

__all__ = ["FileStore"]
