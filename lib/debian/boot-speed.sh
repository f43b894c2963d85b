# Read by init.sh: leaves out of one boot the programs of systemd's that have nothing to do in it. Under emulation each costs
# tenths of a second.
#
# An empty file in /run masks a generator, or a unit's place among what a target wants. systemd-tmpfiles removes these files
# before the first command (configure.sh), so that `systemctl daemon-reload` runs all generators. The next boot decides anew.

generators=/root/run/systemd/system-generators
wanted=/root/run/systemd/system/sysinit.target.wants

mask() {
  for generator in "$@"; do
    : >"$generators/systemd-$generator-generator"
  done
}

# Whether a file has a line that is not a comment.
has_lines() {
  [ -e "$1" ] || return 1
  while read -r line || [ -n "$line" ]; do
    case $line in
      '' | \#* | \;*) ;;
      *) return 0 ;;
    esac
  done <"$1"
  return 1
}

# These work for parameters of the kernel and for credentials, which `kernelParameters` and `qemu.options` of a node may give.
asked=
credentials=
for parameter in $parameters; do
  case $parameter in
    rehearse.credentials) asked=1 credentials=1 ;;
    systemd.show_status=*) ;;
    systemd.* | rd.* | luks* | root* | usr* | mount.* | resume* | noresume | hibernate* | fstab* | modules[-_]load=*) asked=1 ;;
  esac
done
if [ -z "$asked" ]; then
  mask debug hibernate-resume import run
  has_lines /root/etc/fstab || mask fstab
  has_lines /root/etc/crypttab || mask cryptsetup
  has_lines /root/etc/integritytab || mask integritysetup
  has_lines /root/etc/veritytab || mask veritysetup
  # Where nothing is listed, systemd-modules-load would be started to find that out.
  listed=
  for list in /root/etc/modules-load.d/*.conf /root/usr/lib/modules-load.d/*.conf /root/usr/local/lib/modules-load.d/*.conf; do
    if has_lines "$list"; then listed=1; fi
  done
  [ -n "$listed" ] || : >"$wanted/systemd-modules-load.service"
fi

# A root without a table of partitions has none to be found; the firmware's variables are asked only where there is one.
[ -d /sys/firmware/efi ] || mask bless-boot gpt-auto tpm2
[ -e /root/etc/rc.local ] || mask rc-local
[ -L /root/system-update ] || [ -L /root/etc/system-update ] || mask system-update
# The serial console is the driver's; ssh is for sockets for sshd besides its port.
if [ -z "$credentials" ]; then
  mask getty ssh
  : >/root/run/systemd/system/systemd-udev-load-credentials.service
fi

old=
for script in /root/etc/init.d/*; do
  unit=${script##*/}
  [ -e "/root/usr/lib/systemd/system/$unit.service" ] || [ -L "/root/etc/systemd/system/$unit.service" ] || old=$unit
done
[ -n "$old" ] || mask sysv
