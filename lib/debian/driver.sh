# Make $out/bin/nixos-test-driver out of the Python package $source.
mkdir -p "$out/lib" "$out/bin"
cp -R "$source" "$out/lib/test_driver"
chmod -R u+w "$out/lib"
"$tools/bin/python3" -m compileall -q --invalidation-mode unchecked-hash "$out/lib"
checkers=$checkers/usr/lib/python3/dist-packages
# What mypy knows of Python and of the driver, so that it does not learn it for each test anew.
: >"$NIX_BUILD_TOP/empty.py"
PYTHONPATH=$out/lib:$checkers "$tools/bin/python3" -c "from pathlib import Path
from test_driver.script_check import CACHE, make_cache
make_cache(CACHE, Path('$NIX_BUILD_TOP/empty.py'))"
cat >"$out/bin/nixos-test-driver" <<END
#!$builder sh
PYTHONPATH=$out/lib:$checkers\${PYTHONPATH:+:\$PYTHONPATH} exec $tools/bin/python3 -u -m test_driver "\$@"
END
chmod +x "$out/bin/nixos-test-driver"
"$out/bin/nixos-test-driver" --help >/dev/null
