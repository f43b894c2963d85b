# Run a test in the sandbox: the output is what the driver and the script leave in it. $flags are words for the shell.
# shellcheck source=lib/test-files.sh
. "$files"
write_test_files "$NIX_BUILD_TOP"
check_script
mkdir -p "$out"
eval "set -- ${flags:-}"
exec "$driver/bin/nixos-test-driver" --config "$NIX_BUILD_TOP/configuration.json" --output_directory "$out" "$@"
