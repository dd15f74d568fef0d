"""`python -m cs_lib.check [FILE]`."""

import sys

from cs_lib.check.command import main

if __name__ == "__main__":  # a child process may import this again
    sys.exit(main())
