# Run in a machine that is about to become a snapshot: leave in its memory what a test needs, and no more.
set -eu
sync
echo 3 >/proc/sys/vm/drop_caches
# What the first moments of every test use is in memory already.
for round in 1 2; do
  date >/dev/null
  : >>/etc/hostname
  : >>/etc/hosts
  ip -batch - <<'END'
addr add 192.0.2.1/24 broadcast + dev lo
addr del 192.0.2.1/24 dev lo
addr add 2001:db8::1/64 dev lo nodad
addr del 2001:db8::1/64 dev lo
END
  ip -brief address >/dev/null
  for shell in sh "bash -euo pipefail" "setsid bash"; do
    $shell -c 'true; /bin/true; cat /etc/hostname; (exit 0)' >/dev/null
  done
  systemctl show --property=ActiveState multi-user.target >/dev/null
  journalctl --no-pager -n 1 >/dev/null 2>&1 || true
  # Long enough for udev to have sent its idle workers home.
  [ "$round" = 2 ] || sleep 4
done
# What the kernel's log and the journal have before this is no trouble of a test: driver/test_driver/trouble/ledger.py.
echo '<6>rehearse: the machine is saved' >/dev/kmsg
# Nothing is left for the file system to write when the machine goes on.
sync
# Free memory is full of what was there before. Files of zeros in all of it, removed again, leave zeros, and these
# are no pages of the snapshot. Less is kept back for the kernel meanwhile.
mkdir /run/rehearse-zeros
mount -t tmpfs -o size=100% zeros /run/rehearse-zeros
read -r reserve </proc/sys/vm/min_free_kbytes
echo 1024 >/proc/sys/vm/min_free_kbytes
for pass in 1 2 3; do
  while read -r name kibibytes _; do
    [ "$name" != MemFree: ] || free=$((kibibytes / 1024 - 4))
  done </proc/meminfo
  [ "$free" -le 1 ] || dd if=/dev/zero of="/run/rehearse-zeros/$pass" bs=1M count="$free" 2>/dev/null
done
umount /run/rehearse-zeros
rmdir /run/rehearse-zeros
echo "$reserve" >/proc/sys/vm/min_free_kbytes
