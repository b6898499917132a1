"""Implementations of the kernel's ports: brokers, stores, clients and inbound doors.

An adapter is chosen by URL. Every adapter of a port passes the conformance suite of that port.
"""
