"""What tests stand on: programs that play QEMU and guests, data, and ways to run scripts."""
