"""`python -m bookdelivery`: the command line, where no script is installed."""

from bookdelivery.services.cli import main

if __name__ == "__main__":
    main()
