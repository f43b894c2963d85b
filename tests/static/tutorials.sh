# The pages of docs/ are built, and each warning is an error: a page, an included file or a marker in one that is missing.
cp -R "$source" source && chmod -R u+w source

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
"$documentation/bin/python3" -m sphinx -W --keep-going -q -b html source/docs "$out"
