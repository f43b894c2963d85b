# Unpack the archives that are the arguments, each to a folder of $CONTAINER_IMAGES that is called after the store path of its
# archive, print a line, and wait for the end of the standard input. The files are in memory, in the mount namespace of this
# process: containers enter it, and nothing is left when it and they have ended.
set -eu
: "${CONTAINER_IMAGES:?the folder for what is unpacked}"

mount -t tmpfs -o mode=0755 images "$CONTAINER_IMAGES"
for archive in "$@"; do
  name=${archive%/root.tar}
  folder=$CONTAINER_IMAGES/${name##*/}
  mkdir "$folder"
  tar --extract --file="$archive" --directory="$folder" --same-owner --same-permissions --numeric-owner
done
echo unpacked
while read -r _; do :; done
