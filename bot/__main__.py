"""`python -m bot` is `aldia`."""

from bot.cli import main

if __name__ == "__main__":
    main()
