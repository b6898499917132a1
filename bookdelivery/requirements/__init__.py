"""The business's requirements as data, and the judge that says met, violated or undecided, with the evidence.

Needs the `sim` extra.
"""

from bookdelivery.requirements.one_run import verdicts

__all__ = ["verdicts"]
