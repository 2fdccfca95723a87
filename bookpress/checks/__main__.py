"""Entry point of ``python -m bookpress.checks``."""

import sys

from bookpress.checks.run import main

sys.exit(main())
