"""Attacks on a secured bookstore, sent over the wire; `python -m tests.services.attacks` prints what came of them."""
