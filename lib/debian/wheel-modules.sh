# Install what is asked for of $wheels ($names, and what these depend on) into $out, with $pip, a Debian package that has pip
# as a wheel. A wheel that does not go with what $python has already is refused.
mkdir unpacked wheels
ar p "$pip" data.tar.xz | tar -x -J -f - -C unpacked
for wheel in $wheels; do
  base=${wheel##*/}
  cp "$wheel" "wheels/${base#*-}"
done
# No file is compiled for the time that it has now: in the store it has another one.
# shellcheck disable=SC2086 # one argument a name
PYTHONPATH=$(echo unpacked/usr/share/python-wheels/pip-*.whl) PIP_CONFIG_FILE=/dev/null \
  "$python/bin/python3" -B -P "$runPip" install -qq --no-input --disable-pip-version-check --no-cache-dir --no-compile \
  --root-user-action ignore --no-index --find-links wheels --target "$out" $names
rm -rf "${out:?}/bin"
# shellcheck disable=SC2086 # one argument a name
PYTHONPATH=$checkers/usr/lib/python3/dist-packages "$python/bin/python3" -B "$conflicts" "$out" $names
"$python/bin/python3" -B -m compileall -q -f --invalidation-mode unchecked-hash "$out"
