"""`python3 -m rehearse_bench`."""

import sys

from .cli import main

sys.exit(main())
