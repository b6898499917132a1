"""Makes what the documentation has from the code: pages, pictures, and a page for each module."""
