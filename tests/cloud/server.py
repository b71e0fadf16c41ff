"""python tests/cloud/server.py: starts the local AWS. See README.md."""

import sys
from pathlib import Path

# The folder above, not this one: modules here must be found as cloud.*, never by bare name.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from cloud.app import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
