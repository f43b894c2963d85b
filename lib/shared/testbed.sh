# Make a testbed in $out: the configuration of a test, the driver with it and $flags, and $pytest, which runs tests with it.
# shellcheck source=lib/shared/test-program.sh
. "$program"
# With `=`: pytest takes a folder that stands alone for one with tests, and for the root of their names.
cat >"$out/bin/pytest" <<END
#!${interpreter:-$builder sh}
exec $pytest --testbed=$out "\$@"
END
chmod +x "$out/bin/pytest"
