# Run ten tests on two remote builders, and kill the Nix daemon of one of them meanwhile.
#
# What is in the sandbox' store is mounted into a store that can be written: that of the Nix that asks the builders.
if [ -z "${inside:-}" ]; then
  mkdir -p flake/bin store
  cp "$tests" flake/flake.nix
  cp "$report" flake/small-report.sh
  cp "$builder" flake/bin/busybox
  export inside=1
  # What the nested Nix writes there is not there yet.
  # shellcheck disable=SC2016 # expanded by the shell inside
  unshare -r -m "$builder" sh -euc '
    for path in /nix/store/*; do
      target=$NIX_BUILD_TOP/store/${path##*/}
      [ "$path" != "$report" ] || continue
      if [ -d "$path" ]; then mkdir "$target"; else touch "$target"; fi
      mount --rbind "$path" "$target"
    done
    mount --rbind "$NIX_BUILD_TOP/store" /nix/store
    exec "$builder" sh -eu "$script"'
  # Out here, /nix/store is the one that this build's output belongs to.
  mkdir "$out"
  exit 0
fi
export HOME=$NIX_BUILD_TOP NIX_STATE_DIR=$NIX_BUILD_TOP/state NIX_CONF_DIR=$NIX_BUILD_TOP NIX_BIN_DIR=$nix/bin
export NIX_CONFIG='experimental-features = nix-command flakes
build-users-group =
substituters =
flake-registry ='
export PATH=$nix/bin:$PATH
"$builders/bin/loopback-builders" --lost-daemon --fails fails -- \
  "$driver/bin/rehearse" test "path:$NIX_BUILD_TOP/flake#tests" >said 2>&1 || {
  cat said
  exit 1
}
tail -n 1 said
