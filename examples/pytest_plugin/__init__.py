"""A test suite of one's own that uses the pytest plugin: code that waits, and contexts that have to stand faults."""
