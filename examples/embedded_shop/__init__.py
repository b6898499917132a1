"""The bookstore in a script."""
