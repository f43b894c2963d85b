# Write the driver's configuration and the script into the folder $1, from what Nix handed over.
write_test_files() {
  cp "$testScriptPath" "$1/test-script.py"
  sed "s|@test_script@|$1/test-script.py|" "$configurationPath" >"$1/configuration.json"
}

# Check the script that was written into $NIX_BUILD_TOP: a fault in it costs no boot.
check_script() {
  # shellcheck disable=SC2086 # one argument a flag
  "$driver/bin/nixos-test-driver" --config "$NIX_BUILD_TOP/configuration.json" --check-only $checkFlags
}
