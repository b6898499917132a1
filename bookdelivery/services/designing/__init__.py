"""The command `design`: what it shows, writes and compares, on the design kit."""
