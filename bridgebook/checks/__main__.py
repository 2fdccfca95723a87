"""Entry point of ``python -m bridgebook.checks``."""

import sys

from bridgebook.checks.run import main

sys.exit(main())
