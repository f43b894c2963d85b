# mypy --strict over the driver, the archive tool and the benchmarks.
cp -R "$source" source && chmod -R u+w source && cd source
(cd driver && "$tools/bin/mypy" --strict --cache-dir=/dev/null test_driver)
(cd lib/debian/archive && "$tools/bin/mypy" --strict --cache-dir=/dev/null debian_archive)
(cd benchmarks && "$tools/bin/mypy" --strict --cache-dir=/dev/null rehearse_bench)
mkdir "$out"
