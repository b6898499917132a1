"""The very code that serves customers, run in virtual time against load, outages and overload.

An asyncio event loop whose clock and queue are a SimPy environment, and the world around it: load,
pods, network and faults. Needs the `sim` extra.
"""
