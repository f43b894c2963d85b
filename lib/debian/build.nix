/**
  A sandboxed derivation whose builder is a shell script over a static busybox: the `stdenv` of this folder.

  Type: { busybox, system } -> { name, script, ... } -> derivation

  Every further attribute becomes an environment variable of the script; the ones named in `passAsFile` become files.
*/
{ busybox, system }:
attributes:
derivation (
  {
    inherit system;
    builder = "${busybox}/bin/busybox";
    args = [
      "sh"
      ./build.sh
    ];
  }
  // attributes
)
