/**
  The test driver as a package of a nixpkgs.

  Type: { hostPkgs, enableOCR, extraPythonPackages } -> derivation with `bin/nixos-test-driver`
*/
{
  hostPkgs,
  enableOCR ? false,
  extraPythonPackages ? _: [ ],
}:
let
  inherit (hostPkgs) lib python3Packages;
  source = toString ../../driver;
  wanted = [
    "/pyproject.toml"
    "/test_driver"
  ];

  # As pyproject.toml says. It is the dependency that decides which nixpkgs will do.
  qmp = python3Packages.qemu-qmp or { version = "not there"; };
  # For extensions and for tests in files of pytest alone: tests can be evaluated with a package set that was cut down to what
  # they need. pytest has subtests itself from 9 on.
  optionalModules = [
    "pluggy"
    "pytest"
    "pytest-xdist"
  ]
  ++ lib.optional (lib.versionOlder (python3Packages.pytest.version or "9") "9") "pytest-subtests";
  isTooOld = qmp ? version && builtins.compareVersions qmp.version "0.0.6" < 0;
in
if isTooOld then
  throw "rehearse: the driver needs python3Packages.qemu-qmp 0.0.6 or newer, which nixpkgs has from release 25.11 on. That of `hostPkgs` (release ${lib.trivial.release}) is ${qmp.version}."
else
  python3Packages.buildPythonApplication {
    pname = "nixos-test-driver";
    version = import ../shared/version.nix;
    pyproject = true;

    # Nothing else: an edited test of the driver, or a guide, rebuilds no driver.
    src = builtins.path {
      name = "test-driver";
      path = ../../driver;
      filter =
        path: _:
        lib.any (part: path == source + part || lib.hasPrefix "${source}${part}/" path) wanted
        && baseNameOf path != "__pycache__";
    };

    build-system = [ python3Packages.setuptools ];
    dependencies =
      with python3Packages;
      [
        hypothesis
        junit-xml
        mypy
        ptpython
        pydantic
        pyflakes
        qemu-qmp
      ]
      ++ builtins.concatMap (name: lib.optional (python3Packages ? ${name}) python3Packages.${name}) optionalModules
      ++ lib.optional enableOCR pillow
      # With the tesseract that the driver starts: that of nixpkgs has all languages, and pytesseract's own tests read French.
      ++ lib.optional enableOCR (
        (pytesseract.override { tesseract = import ./tesseract.nix hostPkgs; }).overridePythonAttrs (_: {
          doCheck = false;
        })
      )
      ++ extraPythonPackages python3Packages;

    postInstall = ''
      source ${../shared/types-cache.sh}
      library=$out/${python3Packages.python.sitePackages}
      PYTHONPATH=$library:$PYTHONPATH make_types_cache python3 "$library/types-cache"
    '';

    meta = import ../shared/driver-meta.nix // {
      license = lib.licenses.mit;
    };
  }
