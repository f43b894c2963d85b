# Make $out/bin/rehearse-format, which runs dev/format.sh of the checkout that the person is in.
mkdir -p "$out/bin"
cat >"$out/bin/rehearse-format" <<END
#!$builder sh
set -eu
top=\$(git rev-parse --show-toplevel)
[ -x "\$top/dev/format.sh" ] || {
  echo "rehearse-format: \$top is no checkout of rehearse: it has no dev/format.sh" >&2
  exit 2
}
PATH=$ruff/bin:$development/bin:\$PATH exec "\$top/dev/format.sh" "\$@"
END
chmod +x "$out/bin/rehearse-format"
