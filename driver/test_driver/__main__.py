"""`python -m test_driver` is `nixos-test-driver`."""

import sys

from .cli import main

sys.exit(main())
