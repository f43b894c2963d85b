# Make $out/bin/run-NAME-nspawn: run-container.sh behind a head with this machine's values.
# shellcheck source=lib/debian/program-head.sh
. "$head"
mkdir -p "$out/bin"
{
  program_head machine interfaces images identity make_root start tools
  cat "$run"
} >"$out/bin/run-$machine-nspawn"
chmod +x "$out/bin/run-$machine-nspawn"
