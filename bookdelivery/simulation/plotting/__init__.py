"""Pictures of a run: a timeline of small multiples, each panel by itself, and an order's story."""
