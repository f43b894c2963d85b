# Run $typist, which drives $driverInteractive or $driver from a terminal, and check that nothing is left running.
# shellcheck source=tests/static/with-shell.sh
. "$library"
# Without the hash that their names have in the store.
for part in $parts; do
  cp "$part" "${part#*-}"
done
cp "$typist" typist.py
export HOME=$NIX_BUILD_TOP PYTHONDONTWRITEBYTECODE=1
python3 -u typist.py
left=$(ps -eo pid,args | grep -E 'qemu-system|test_driver' | grep -v grep) || true
[ -z "$left" ] || {
  echo "rehearse: still running: $left" >&2
  exit 1
}
mkdir "$out"
