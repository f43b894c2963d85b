/**
  The pinned packages: each one a fixed-output derivation, and the closures over them.

  The files are put into the store beforehand (`rehearse-debian fetch`), under the hash that the lock
  names, whatever mirror they came from. A file that is not there fails its build and names that command.

  Type: { pinned :: lock, system :: string } -> { busybox, file, closure, files, essential, version, howToAdd, program }
*/
{ pinned, system }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    genericClosure
    map
    match
    replaceStrings
    toJSON
    ;

  suiteOf =
    suite:
    pinned.suites.${suite}
      or (throw "rehearse: Debian suite `${suite}` is not in the lock. It has: ${concatStringsSep ", " (attrNames pinned.suites)}.");

  lookup =
    suite: package: (suiteOf suite).packages.${package} or (throw (notLocked suite package));

  notLocked =
    suite: package:
    "rehearse: package `${package}` is not locked for Debian suite `${suite}`. "
    + howToAdd suite package;

  howToAdd =
    suite: package:
    "Add it with: nix run .#debian -- lock add ${suite} ${package}\n"
    + "In a flake of your own, copy ${toString ./debian.lock.json} into its folder unless it has a lock, add the package with "
    + "`nix run rehearse#debian -- lock add --lock debian.lock.json ${suite} ${package}`, and write "
    + "`rehearse.lib.debian.withLock ./debian.lock.json` instead of `rehearse.lib.debian`.";

  storeName =
    path:
    let
      base = baseNameOf path;
      clean = replaceStrings [ "%3a" "%2b" "~" ":" "%" ] [ "-3a" "-2b" "-" "-" "-" ] base;
    in
    if match "[A-Za-z0-9+._?=-]+" clean == null then
      throw "rehearse: the lock names a file `${path}` whose name cannot be a store path's"
    else
      clean;

  debianFile =
    kind: suite: package:
    toJSON (
      {
        inherit kind suite package;
      }
      // removeAttrs (lookup suite package) [
        "depends"
        "essential"
      ]
    );

  # In the store, so that the command works in the folder of every flake, whatever it calls this one.
  program = "${./archive}/rehearse-debian";

  busybox = derivation {
    name = "busybox";
    inherit system;
    builder = "builtin:fetchurl";
    # Never downloaded from here: the address is the message that Nix shows when the file is missing.
    url = "rehearse://Debian packages are not in the store. Put them there, in the folder of the flake: ${program} fetch";
    executable = false;
    unpack = false;
    preferLocalBuild = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputHash = pinned.busybox.narHash;
    debianFile = debianFile "busybox" pinned.busybox.suite pinned.busybox.package;
  };

  file =
    suite: package:
    let
      entry = lookup suite package;
    in
    derivation {
      name = storeName entry.path;
      inherit system;
      builder = "${busybox}/bin/busybox";
      args = [
        "sh"
        ./not-fetched.sh
      ];
      preferLocalBuild = true;
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = entry.sha256;
      debianFile = debianFile "deb" suite package;
      kind = "Debian package";
      inherit package program;
      inherit (entry) version;
    };

  closure =
    suite: roots:
    map (item: item.key) (genericClosure {
      startSet = map (key: { inherit key; }) roots;
      operator = item: map (key: { inherit key; }) (lookup suite item.key).depends;
    });

  essential =
    suite:
    let
      inherit (suiteOf suite) packages;
    in
    filter (name: packages.${name}.essential or false) (attrNames packages);
in
{
  inherit
    busybox
    essential
    file
    howToAdd
    program
    ;

  /** The locked version of one package: suite -> name -> string. */
  version = suite: package: (lookup suite package).version;

  /** The locked dependencies of one package: suite -> name -> [name]. */
  dependencies = suite: package: (lookup suite package).depends;

  /** Everything these packages need, themselves included, in a stable order: suite -> [name] -> [name]. */
  closure = suite: roots: builtins.sort builtins.lessThan (closure suite roots);

  /** The files of these packages, without what they depend on: suite -> [name] -> [derivation]. */
  files = suite: map (file suite);
}
