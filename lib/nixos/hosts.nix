/**
  The lines of the hosts file that all machines of a test share: each machine by its first addresses.

  Type: { lib } -> { <name> = machine; } -> [ string ]
*/
{ lib }:
let
  lines =
    machine:
    let
      inherit (machine.networking) hostName primaryIPAddress primaryIPv6Address;
      domain = machine.networking.domain or null;
      names = lib.optionalString (domain != null) "${hostName}.${domain} " + hostName;
      line = address: lib.optional (address != "") "${address} ${names}";
    in
    line primaryIPAddress ++ line primaryIPv6Address;
in
machines: lib.concatMap lines (lib.attrValues machines)
