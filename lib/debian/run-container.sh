# Start a Debian container. The head of this file, written when it was built, sets the values of the machine. Arguments of this
# script go to systemd-nspawn. State lies in the current directory. The driver sets CONTAINER_IMAGES, the folder with the unpacked
# images, and CONTAINER_IMAGES_NAMESPACE, the mount namespace where they are in it.
: "${CONTAINER_IMAGES_NAMESPACE:?where the images are: the driver of tests starts containers}"
export machine root=root interfaces images identity make_root
export PATH="$tools/bin:$PATH"
exec "$tools/bin/nsenter" --mount="$CONTAINER_IMAGES_NAMESPACE" --wdns="$PWD" -- \
  "$tools/bin/unshare" --net --mount -- "$tools/bin/dash" "$start" "$@" -- /usr/lib/systemd/systemd
