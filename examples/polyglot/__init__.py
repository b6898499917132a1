"""Services in other languages: what Python says of one, and a context that follows it.

The notification service itself is written in TypeScript (`src/`) and knows the published contracts alone.
"""

from examples.polyglot.composition import POLYGLOT
from examples.polyglot.contact import CONTACT
from examples.polyglot.notification import NOTIFICATION

__all__ = ["CONTACT", "NOTIFICATION", "POLYGLOT"]
