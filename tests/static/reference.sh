# docs/reference.md is what the docstrings say, and docs/schemas what the classes of formats say.
cd "$source"
PYTHONPATH=driver "$tools/bin/python3" docs/generate-reference.py >"$NIX_BUILD_TOP/reference.md"
diff -u docs/reference.md "$NIX_BUILD_TOP/reference.md" || {
  echo "docs/reference.md is not what docs/generate-reference.py prints: generate it anew" >&2
  exit 1
}
mkdir -p "$NIX_BUILD_TOP/new"
PYTHONPATH=driver "$tools/bin/python3" docs/generate-schemas.py "$NIX_BUILD_TOP/new"
for file in "$NIX_BUILD_TOP/new/reference-json.md" "$NIX_BUILD_TOP"/new/schemas/*; do
  diff -u "docs/${file#"$NIX_BUILD_TOP/new/"}" "$file" || {
    echo "docs/${file#"$NIX_BUILD_TOP/new/"} is not what docs/generate-schemas.py writes: generate it anew" >&2
    exit 1
  }
done
mkdir "$out"
