"""How many examples a property gets: few in every run, many in `./check --long`.

The same examples each time, so that a check fails again where it has failed once.
"""

import os
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FACTOR = int(os.environ.get("PROPERTY_FACTOR", "1"))
# Texts that file names, JSON and terminals have trouble with are among them.
HARD = st.sampled_from("\0\n\x1b\x85\u2028\ud800\udc80\N{ROCKET}")
# A pair of surrogates is the same text as the one character that it stands for.
TEXT = st.lists(HARD | st.characters(), max_size=8).map(
    lambda parts: "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def examples(count: int) -> settings:
    """Return the settings of a property that is tried with so many examples in every run."""
    return settings(
        max_examples=count * FACTOR,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@st.composite
def split(draw: st.DrawFn, data: bytes, cut: st.SearchStrategy[int] | None = None) -> list[bytes]:
    """Return data in pieces, cut anywhere, or where `cut` says."""
    cuts = draw(st.lists(st.integers(0, len(data)) if cut is None else cut, max_size=8).map(sorted))
    places = [0, *cuts, len(data)]
    return [data[start:end] for start, end in pairwise(places)]
