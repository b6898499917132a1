"""The vocabulary every other package speaks: messages, aggregates, lifecycles, contexts and ports.

Nothing here imports another package of ours, and nothing here does I/O. A clock, a random number or
an id comes in from outside, so that the same code runs in real and in virtual time.
"""
