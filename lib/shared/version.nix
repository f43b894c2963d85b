# The version of rehearse. The driver and pyproject.toml read the same file.
builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile ../../driver/test_driver/version.txt)
