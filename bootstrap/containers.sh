# shellcheck shell=sh
# The checks that run containers. Nix refuses to build them unless its configuration has what containers take (docs/containers.md),
# so they are not among the flake's checks, and their settings are not those of other builds: with `auto-allocate-uids`, a build has
# a user id that may not open a /dev/kvm of mode 0660.

container_names=''
# Lines for nix.conf, while such checks are built.
container_config=''
container_tun=/dev/net/tun
mounts=/proc/self/mounts
nix_state=/nix/var/nix

# uses_daemon: whether a daemon builds: its settings count then, not those of this process.
uses_daemon() {
  case $(nix_setting store) in
    '' | auto) [ "$(id -u)" -ne 0 ] ;;
    local) return 1 ;;
  esac
}

# all_can_open DEVICE: whether any user may open this device.
all_can_open() {
  [ -n "$(find -L "$1" -prune -type c -perm -006 2>/dev/null)" ]
}

# own_tun: print a /dev/net/tun that root of the sandbox, which is another user, may open; nothing if it cannot be made.
own_tun() {
  if all_can_open "$container_tun"; then
    printf '%s\n' "$container_tun"
    return 0
  fi
  device=$(cache_folder)/tun
  case $device in
    *[[:space:]=?]*) return 0 ;; # special in sandbox-paths
  esac
  mkdir -p "${device%/*}"
  if ! all_can_open "$device"; then
    rm -f "$device"
    mknod -m 666 "$device" c 10 200 2>/dev/null || return 0
  fi
  # The kernel may lack it, and a file system may refuse devices.
  if (: <>"$device") 2>/dev/null; then printf '%s\n' "$device"; fi
}

# allow_containers: let root build containers, where no daemon does.
allow_containers() {
  ! uses_daemon || return 0
  container_config='extra-experimental-features = auto-allocate-uids cgroups
auto-allocate-uids = true
extra-system-features = uid-range devnet'
  tun=$(own_tun)
  [ -z "$tun" ] || container_config="$container_config
extra-sandbox-paths = $container_tun=$tun?"
}

# with_container_settings COMMAND...: run it with the settings of builds that run containers.
with_container_settings() {
  (
    if [ -n "$container_config" ]; then
      NIX_CONFIG="${NIX_CONFIG:+$NIX_CONFIG
}$container_config"
      export NIX_CONFIG
    fi
    "$@"
  )
}

# is_container_check NAME: whether this check runs containers.
is_container_check() {
  case " $container_names " in
    *" $1 "*) ;;
    *) return 1 ;;
  esac
}

# nix_for NAME ARGUMENT...: run nix as the check NAME takes it.
nix_for() {
  name_of_check=$1
  shift
  if is_container_check "$name_of_check"; then
    with_container_settings nix_do "$@"
  else
    nix_do "$@"
  fi
}

# container_problems: print what is missing here for containers; nothing if they can be built.
container_problems() (
  if uses_daemon; then
    # The user's own settings are not the daemon's.
    NIX_CONFIG='' NIX_USER_CONF_FILES=''
    export NIX_CONFIG NIX_USER_CONF_FILES
  fi
  separator=''
  list_problems | while read -r problem; do
    printf '%s%s' "$separator" "$problem"
    separator='; '
  done
)

# list_problems: print one a line.
list_problems() {
  lacking=''
  [ "$(nix_setting auto-allocate-uids)" = true ] || lacking=", 'auto-allocate-uids = true'"
  lacks_values experimental-features auto-allocate-uids cgroups
  lacks_values system-features uid-range devnet
  tun=$(sandbox_tun)
  [ -n "$tun$container_config" ] || lacking="$lacking, 'extra-sandbox-paths = /dev/net?'"
  [ -z "$lacking" ] || echo "nix.conf lacks ${lacking#, } (docs/containers.md has the lines)"
  if [ -z "$tun$lacking" ]; then
    echo "not all users can open $container_tun, and no other could be made in $(cache_folder): run 'modprobe tun; chmod 666 $container_tun'"
  elif [ -n "$tun" ] && ! all_can_open "$tun"; then
    echo "not all users can open $tun: run 'modprobe tun; chmod 666 $tun'"
  fi
  cgroup_problem
  if [ "$(id -u)" -ne 0 ] && [ -w "$nix_state" ]; then
    echo "Nix has no daemon here, and only root can build with a range of user ids: run this as root"
  fi
}

# cgroup_problem: print why Nix cannot make the cgroup of a build.
cgroup_problem() {
  cgroups=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' "$mounts" | head -n 1)
  if [ -z "$cgroups" ]; then
    echo "no cgroups of version 2 are mounted here: boot with 'systemd.unified_cgroup_hierarchy=1', or run" \
      "'mkdir -p /run/cgroup2 && mount -t cgroup2 cgroup2 /run/cgroup2'"
  elif ! uses_daemon && [ ! -w "$cgroups" ]; then
    echo "$cgroups, the cgroups of version 2, cannot be written: run 'mount -o remount,rw $cgroups'"
  fi
}

# lacks_values SETTING VALUE...: add to $lacking those values that the setting does not have.
lacks_values() {
  setting=$1
  shift
  has=$(nix_setting "$setting")
  missing=''
  for value in "$@"; do
    case " $has " in
      *" $value "*) ;;
      *) missing="$missing $value" ;;
    esac
  done
  [ -z "$missing" ] || lacking="$lacking, 'extra-$setting =$missing'"
}

# sandbox_tun: print the device that is /dev/net/tun in builds; nothing if there is none.
sandbox_tun() (
  set -f # a path may end with ?
  paths=$(nix_setting sandbox-paths)
  # What is mapped to the device itself lies above what is mapped to its folder.
  for inner in '' /tun /net/tun; do
    for path in $paths; do
      path=${path%\?}
      if [ "${path%%=*}" = "${container_tun%"$inner"}" ]; then
        printf '%s\n' "${path#*=}$inner"
        return 0
      fi
    done
  done
)
