"""`python -m cs_lib.check [FILE]`."""

import sys

from cs_lib.check.command import main

sys.exit(main())
