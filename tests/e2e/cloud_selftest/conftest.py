"""The self-tests of the local AWS: boto3 against it, as independent judge."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cloud.fixtures import cloud, shared_cloud  # noqa: E402, F401
