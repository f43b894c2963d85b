# Check the script's syntax, and unless $flags say otherwise, its names and types. Nothing boots.
# shellcheck source=lib/debian/test-files.sh
. "$files"
write_test_files "$NIX_BUILD_TOP"
# shellcheck disable=SC2086 # one word a flag
"$driver/bin/nixos-test-driver" --config "$NIX_BUILD_TOP/configuration.json" --check-only $flags
: >"$out"
