# The site: the pages of docs/ as HTML. Each warning of Sphinx is an error: a page, an included file or an anchor that is
# missing, and a page that is in no menu. Then every link of the HTML is looked at.
#
# Debian's Sphinx looks for its data below /usr. What is compiled is not compared with the text: it goes.
mkdir modules
for module in docutils sphinx; do
  cp -R "$documentation/usr/lib/python3/dist-packages/$module" modules
  chmod -R u+w "modules/$module"
  rm -r "modules/$module/__pycache__"
  sed -i "s|'/usr/share/|'$documentation/usr/share/|" "modules/$module/__init__.py"
done
# requests, which nothing here uses, reads certificates when it is imported.
set -- "$documentation"/usr/share/ca-certificates/mozilla/*.crt
printf 'def where():\n    return "%s"\n' "$1" >modules/certifi.py

export LC_ALL=C PYTHONUTF8=1 PYTHONPATH=$PWD/modules
"$documentation/bin/python3" -m sphinx -W --keep-going -q -j 2 -b html -d doctrees -c "$source/docs" "$source" "$out"

# Debian has the script of furo as a module, which a browser does not load from a file. It becomes one ordinary script.
scripts=$out/_static/scripts
{
  cat "$scripts/gumshoe-patched.js"
  sed '/^import \* as Gumshoe /d' "$scripts/furo.js"
} >furo.js
mv furo.js "$scripts/furo.js"
find "$out" -name '*.html' -exec sed -i 's/<script type="module" /<script defer /' {} +

# The README shows pictures by HTML of its own, which Sphinx does not look at.
mkdir -p "$out/docs/pictures"
cp "$source"/docs/pictures/*.png "$out/docs/pictures"

# The pages link to files of the repository, so docs/ keeps its name. The front page leads there.
cat >"$out/index.html" <<END
<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta http-equiv="refresh" content="0; url=docs/index.html" />
  <title>rehearse</title>
  <a href="docs/index.html">rehearse</a>
</html>
END
"$documentation/bin/python3" -B "$source/tests/static/site_links.py" "$out"
