# Make $out/bin/run-NAME-vm: run-vm.sh behind a head with this machine's values.
mkdir -p "$out/bin"
quote() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}
{
  printf '#!%s sh\n' "$builder"
  for variable in machine memorySize cores emptyDiskImages forwards vlans kernelParameters identityFile initrd kernel kernelFile firmware readOnly writable tools; do
    eval "value=\$$variable"
    printf '%s=%s\n' "$variable" "$(quote "$value")"
  done
  printf 'set --'
  while read -r option || [ -n "$option" ]; do
    [ -z "$option" ] || printf ' %s' "$(quote "$option")"
  done <"$optionsPath"
  printf ' "$@"\n'
  cat "$run"
} >"$out/bin/run-$machine-vm"
chmod +x "$out/bin/run-$machine-vm"
