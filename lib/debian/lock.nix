/**
  Read a lock file and refuse one that these functions do not understand.

  Type: { lock :: path, system :: string } -> lock
*/
{ lock, system }:
let
  pinned = builtins.fromJSON (builtins.readFile lock);
  file = toString lock;
  systems = {
    amd64 = "x86_64-linux";
    arm64 = "aarch64-linux";
  };
  found = systems.${pinned.architecture or "amd64"} or "unknown";
in
# Version 2 has wheels (`pypi`) besides.
if !builtins.elem (pinned.version or null) [ 1 2 ] then
  throw "rehearse: ${file}: lock version ${
    builtins.toJSON (pinned.version or null)
  } is not understood, only 1 and 2 are. Make the lock anew with `rehearse-debian lock refresh`."
else if found != system then
  throw "rehearse: ${file}: this lock is for ${found}, but ${system} was asked for. Make a lock for it with `rehearse-debian lock refresh`."
else
  pinned
