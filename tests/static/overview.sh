# README.md and ARCHITECTURE.md are as the files that they show, and the pictures of docs/ are drawn from their texts.
# shellcheck source=tests/static/with-shell.sh
. "$library"
cp -R "$source/tests/static" static
(cd static && python3 -B -m pytest -p no:cacheprovider -q test_overview.py) >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
python3 -B "$source/tests/static/overview.py" "$source"

mkdir drawn committed
export GRAPHVIZ_PLUGINS="$drawing/usr/lib/x86_64-linux-gnu/graphviz"
PATH=$drawing/bin:$PATH sh "$source/docs/pictures/draw.sh" drawn
for text in "$source"/docs/pictures/*.dot; do
  name=$(basename "$text" .dot).svg
  cp "$source/docs/pictures/$name" committed || true
done
diff -ru committed drawn || {
  echo "docs/pictures/*.svg are not what docs/pictures/draw.sh draws: draw them anew" >&2
  exit 1
}
mkdir "$out"
cp "$NIX_BUILD_TOP/summary" "$out/summary"
