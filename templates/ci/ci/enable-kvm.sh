#!/bin/sh
# Let every user of this machine use KVM, also the users that Nix builds as. For runners of GitHub, whose users may run sudo.
set -eu
if [ ! -e /dev/kvm ]; then
  echo "this machine has no /dev/kvm: QEMU emulates the machines' processors, and tests take several times as long" >&2
  exit 0
fi
echo 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"' |
  sudo tee /etc/udev/rules.d/99-kvm-for-nix.rules >/dev/null
sudo udevadm control --reload-rules
sudo udevadm trigger --name-match=kvm
sudo udevadm settle
