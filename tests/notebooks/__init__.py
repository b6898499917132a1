"""What the notebooks are like, that they run from top to bottom, and the pages that the documentation has of them."""
