"""The bookstore with a service in another language, and a context that follows it."""

from __future__ import annotations

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from examples.polyglot.contact import CONTACT
from examples.polyglot.notification import NOTIFICATION

POLYGLOT = System("polyglot bookstore", (*BOOKSTORE, NOTIFICATION, CONTACT))
"""Run it with `only` the contexts that are Python's: all but notification."""
