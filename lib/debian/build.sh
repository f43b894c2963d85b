# Entered by every build of this folder: the applets of busybox as commands, then the build's own script.
set -eu
applets=$NIX_BUILD_TOP/.busybox
"$builder" mkdir -p "$applets"
"$builder" --install -s "$applets"
export PATH=$applets
export HOME=/homeless LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=1
umask 022
cd "$NIX_BUILD_TOP"
# shellcheck source=/dev/null
. "$script"
