# Check the script alone: syntax, and unless $checkFlags say otherwise, names and types; or collect the tests. Nothing boots.
# shellcheck source=lib/shared/test-files.sh
. "$testFiles"
write_test_files "$NIX_BUILD_TOP"
eval "set -- $files_flags"
# shellcheck disable=SC2086 # one argument a flag
"$driver/bin/nixos-test-driver" "$@" --check-only $checkFlags
: >"$out"
