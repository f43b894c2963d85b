# Put the Python modules of $debs into $out, as Debian has them in dist-packages.
mkdir unpacked
for deb in $debs; do
  ar p "$deb" data.tar.xz | tar -x -J -f - -C unpacked
done
places=unpacked/usr/lib/python3/dist-packages
if [ ! -d "$places" ]; then
  echo "rehearse: extraPythonPackages: no Python module in any of: $debs" >&2
  exit 1
fi
cp -R "$places" "$out"
