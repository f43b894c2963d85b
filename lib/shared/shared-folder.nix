/**
  The argument of QEMU that shares a folder of the host with a machine, with the one before it; `null` if there is none.

  Type: [ argument ] -> string or null

  Example: sharedFolder [ "-virtfs" "local,path=/srv,mount_tag=stage" ] == "-virtfs local,path=/srv,mount_tag=stage"
*/
arguments:
let
  found = builtins.match ".*(-virtfs [^ ]*|-fsdev [^ ]*|-device (virtio-9p|vhost-user-fs)[^ ]*).*" (
    builtins.concatStringsSep " " arguments
  );
in
if found == null then null else builtins.head found
