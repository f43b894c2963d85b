# make_types_cache PYTHON FOLDER: keep what the script check's mypy learns of Python and of the driver in FOLDER, so that
# it does not learn it for each test anew. The driver and mypy are on PYTHONPATH.
make_types_cache() {
  : >"$NIX_BUILD_TOP/empty.py"
  "$1" -c "from pathlib import Path
from test_driver.script.check import make_cache
make_cache(Path('$2'), Path('$NIX_BUILD_TOP/empty.py'))"
}
