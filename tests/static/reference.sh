# docs/reference.md is what the docstrings say.
cd "$source"
PYTHONPATH=driver "$tools/bin/python3" docs/generate-reference.py >"$NIX_BUILD_TOP/reference.md"
diff -u docs/reference.md "$NIX_BUILD_TOP/reference.md" || {
  echo "docs/reference.md is not what docs/generate-reference.py prints: generate it anew" >&2
  exit 1
}
mkdir "$out"
