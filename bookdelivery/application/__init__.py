"""Runs contexts: sends commands, runs policies, keeps outbox and inbox, projects views.

It knows the kernel's declarations and ports only, never a particular context or adapter, so that a
context of your own runs just as the bookstore's do.
"""
