# Make $out/bin/nixos-test-driver: the driver with one test's configuration, script and $flags, run by $interpreter (the
# shell of this build, if there is none).
# shellcheck source=lib/shared/test-files.sh
. "$testFiles"
mkdir -p "$out/bin"
write_test_files "$out"
cat >"$out/bin/nixos-test-driver" <<END
#!${interpreter:-$builder sh}
exec $driver/bin/nixos-test-driver $files_flags $flags "\$@"
END
chmod +x "$out/bin/nixos-test-driver"
