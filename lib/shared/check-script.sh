# Check the script alone: syntax, and unless $checkFlags say otherwise, names and types. Nothing boots.
# shellcheck source=lib/shared/test-files.sh
. "$files"
write_test_files "$NIX_BUILD_TOP"
check_script
: >"$out"
