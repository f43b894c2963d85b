# Make $out/bin/run-NAME-vm: run-vm.sh behind a head with this machine's values.
# shellcheck source=lib/debian/program-head.sh
. "$head"
mkdir -p "$out/bin"
{
  program_head machine memorySize cores emptyDiskImages forwards vlans kernelParameters identityFile initrd kernel kernelFile \
    firmware readOnly writable screen tools
  printf 'set --'
  while read -r option || [ -n "$option" ]; do
    [ -z "$option" ] || printf ' %s' "$(quote "$option")"
  done <"$optionsPath"
  printf ' "$@"\n'
  cat "$run"
} >"$out/bin/run-$machine-vm"
chmod +x "$out/bin/run-$machine-vm"
