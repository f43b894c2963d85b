# The driver's own tests, against real small processes and fake peers.
cp -R "$source/driver" "$source/docs" . && chmod -R u+w driver docs && cd driver
PYTHONPATH=. "$tools/bin/python3" -m pytest -p no:cacheprovider -q --timeout 60 | tee "$NIX_BUILD_TOP/summary"
grep -q ' passed' "$NIX_BUILD_TOP/summary"
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
