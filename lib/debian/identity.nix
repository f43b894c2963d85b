/**
  What a machine learns at its start, and no image holds: its name, the hosts file of the test, its interfaces.

  Type: { build, addresses } -> name -> derivation with `identity.cpio`, which the start script appends to the initial RAM disk
*/
{ build, addresses }:
name:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    map
    ;
  lines = concatStringsSep "\n";
  named = filter (machine: addresses.${machine}.interfaces != [ ]) (attrNames addresses);
in
build {
  name = "debian-identity-${name}";
  script = ./identity.sh;
  hostName = name;
  hosts = lines (
    [
      "127.0.0.1 localhost"
      "::1 localhost ip6-localhost ip6-loopback"
    ]
    ++ concatMap (machine: [
      "${addresses.${machine}.primaryIPAddress} ${machine}"
      "${addresses.${machine}.primaryIPv6Address} ${machine}"
    ]) named
    ++ (if addresses.${name}.interfaces == [ ] then [ "127.0.1.1 ${name}" ] else [ ])
  );
  interfaces = lines (
    map (
      interface: "${interface.name} ${interface.mac} ${interface.ipv4}/24 ${interface.ipv6}/64"
    ) addresses.${name}.interfaces
  );
}
