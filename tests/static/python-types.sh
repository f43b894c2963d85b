# mypy --strict over the driver and the archive tool.
cp -R "$source" source && chmod -R u+w source && cd source
(cd driver && "$tools/bin/mypy" --strict --cache-dir=/dev/null test_driver)
(cd lib/debian/archive && "$tools/bin/mypy" --strict --cache-dir=/dev/null debian_archive)
mkdir "$out"
