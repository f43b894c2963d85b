/**
  The pinned wheels of a Python package index: each one a fixed-output derivation, as the Debian packages are.

  Type: { pinned :: lock, packages, system :: string } -> { files, normalized, pip }
*/
{
  pinned,
  packages,
  system,
}:
let
  inherit (builtins)
    genericClosure
    head
    isString
    map
    match
    replaceStrings
    toJSON
    ;

  # A lock of version 1 has none.
  wheels = pinned.pypi.wheels or { };

  # As Python compares names of distributions.
  normalized =
    name:
    let
      upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
      lower = "abcdefghijklmnopqrstuvwxyz";
      letters = text: builtins.genList (index: builtins.substring index 1 text) 26;
    in
    builtins.concatStringsSep "-" (
      builtins.filter isString (
        builtins.split "[-_.]+" (replaceStrings (letters upper) (letters lower) name)
      )
    );

  lookup =
    name:
    wheels.${name} or (throw (
      "rehearse: Python package `${name}` is not locked: the lock has no wheel of it. "
      + packages.howToAdd "pypi" name
      + "\nIf the module comes from a Debian package, write the name of that, which begins with `python3-`."
    ));

  # The wheel is pip's own: it needs nothing but a Python.
  pip = head (packages.files pinned.busybox.suite [ "python3-pip-whl" ]);
  # "3.13.5-1" -> "3.13"
  python = head (match "([0-9]+[.][0-9]+).*" (packages.version pinned.busybox.suite "python3"));

  file =
    name:
    let
      wheel = lookup name;
    in
    derivation {
      # The number of an epoch has a character that store paths do not have.
      name = replaceStrings [ "!" ] [ "-" ] wheel.file;
      inherit system;
      builder = "${packages.busybox}/bin/busybox";
      args = [
        "sh"
        ./not-fetched.sh
      ];
      preferLocalBuild = true;
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = wheel.sha256;
      pythonWheel = toJSON {
        inherit name python;
        inherit (wheel) file sha256 version;
      };
      inherit pip;
      inherit (packages) program;
      kind = "Python wheel";
      package = name;
      inherit (wheel) version;
    };

  closure =
    names:
    map (item: item.key) (genericClosure {
      startSet = map (name: { key = normalized name; }) names;
      operator = item: map (key: { inherit key; }) (lookup item.key).depends;
    });
in
{
  inherit normalized pip;

  /** The wheels of these distributions, and of all that they depend on: [name] -> [derivation]. */
  files = names: map file (builtins.sort builtins.lessThan (closure names));
}
