"""The bookstore within a web service of somebody else's, which has routes, and reacts to what happens, of its own."""
