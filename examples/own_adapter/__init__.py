"""An adapter of one's own, and how it is judged."""
