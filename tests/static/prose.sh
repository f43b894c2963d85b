# The English of all pages: no sentence of more than 35 words, and what proselint says. The counts are the result.
export PYTHONPATH=$wheels XDG_CACHE_HOME=$NIX_BUILD_TOP
"$documentation/bin/python3" -B -W ignore "$source/tests/static/prose.py" "$source" >"$NIX_BUILD_TOP/counts"
cat "$NIX_BUILD_TOP/counts"
mkdir "$out"
cp "$NIX_BUILD_TOP/counts" "$out/summary"
