/**
  Tests of Debian machines that take minutes each: `./check --long`.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  test = file: debian.runTest (import file);
in
{
  debian-desktop = test ./desktop.nix;
  debian-etcd = test ./etcd.nix;
  debian-etcd-unsafe = test ./etcd-unsafe.nix;
  debian-file-systems = test ./file-systems.nix;
  debian-postgres-failover = test ./postgres-failover.nix;
  debian-power-cut = test ./power-cut.nix;
  debian-rest = test ./rest.nix;
  debian-way-in = test ./way-in.nix;
}
