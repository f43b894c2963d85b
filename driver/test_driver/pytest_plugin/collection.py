"""What collects the tests of a testbed: no machine is needed for that."""

from collections.abc import Mapping

from .fixtures import common_fixtures
from .marks import Marks
from .random_tests import RandomTests
from .testbed import Testbed
from .uncollected import Uncollected


def collection_plugins(testbed: Testbed) -> Mapping[str, object]:
    """Return the plugins of pytest for that, by their names."""
    return {
        "rehearse-fixtures": common_fixtures(testbed),
        "rehearse-marks": Marks(testbed),
        "rehearse-random": RandomTests(testbed),
        "rehearse-uncollected": Uncollected(),
    }
