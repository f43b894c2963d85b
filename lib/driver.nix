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
  # Newer packages say what they need under other names.
  qemuQmp = python3Packages.qemu-qmp or python3Packages.qemu;
  tesseract = (hostPkgs.tesseract5 or hostPkgs.tesseract4).override { enableLanguages = [ "eng" ]; };
in
python3Packages.buildPythonApplication {
  pname = "nixos-test-driver";
  version = "0.1.0";
  pyproject = true;

  # Nothing else: an edited test of the driver, or a guide, rebuilds no driver.
  src = builtins.path {
    name = "test-driver";
    path = ../driver;
    filter =
      path: type:
      let
        name = baseNameOf path;
      in
      name == "pyproject.toml" || name == "test_driver" || type == "regular" && lib.hasInfix "/test_driver/" path;
  };

  build-system = [ python3Packages.setuptools ];
  dependencies =
    with python3Packages;
    [
      junit-xml
      mypy
      ptpython
      pydantic
      pyflakes
      qemuQmp
    ]
    ++ lib.optionals enableOCR [
      pillow
      pytesseract
    ]
    ++ extraPythonPackages python3Packages;

  makeWrapperArgs = lib.optionals enableOCR [
    "--prefix"
    "PATH"
    ":"
    (lib.makeBinPath [ tesseract ])
  ];

  postInstall = ''
    source ${./types-cache.sh}
    library=$out/${python3Packages.python.sitePackages}
    PYTHONPATH=$library:$PYTHONPATH make_types_cache python3 "$library/types-cache"
  '';

  meta = {
    description = "Boots virtual machines in QEMU and runs a Python script against them";
    license = lib.licenses.mit;
    mainProgram = "nixos-test-driver";
  };
}
