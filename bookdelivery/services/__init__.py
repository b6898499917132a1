"""Composes contexts with adapters into something that runs, and the command line that starts it.

The composition root: the only package that may know every other one.
"""
