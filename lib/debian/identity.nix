/**
  What a machine learns at its start, and no image holds: its name, the hosts file of the test, its interfaces.

  Type: { addresses, build, hosts, hasUserNetwork } -> name -> derivation with `identity.cpio`, which the start script appends to the initial RAM
  disk, and the folder `identity` with the same files; its `hosts` is the text of that file
*/
{
  addresses,
  build,
  hosts,
  hasUserNetwork,
}:
name:
let
  inherit (builtins) concatStringsSep map;
  lines = concatStringsSep "\n";
  hostsFile = lines (
    [
      "127.0.0.1 localhost"
      "::1 localhost ip6-localhost ip6-loopback"
    ]
    ++ hosts
    ++ (if addresses.${name}.primaryIPAddress == "" then [ "127.0.1.1 ${name}" ] else [ ])
  );
in
build {
  name = "debian-identity-${name}";
  script = ./identity.sh;
  hostName = name;
  hosts = hostsFile;
  interfaces = lines (
    # QEMU gives this MAC to the first card that is given none, and expects this address there.
    (if hasUserNetwork.${name} then [ "eth0 52:54:00:12:34:56 10.0.2.15/24 -" ] else [ ])
    ++ map (
      interface:
      "${interface.name} ${interface.mac} "
      + (if interface.ipv4 == null then "- -" else "${interface.ipv4}/24 ${interface.ipv6}/64")
    ) addresses.${name}.interfaces
  );
}
// {
  hosts = hostsFile;
}
