# What the driver says of itself as a package.
{
  description = "Boots virtual machines in QEMU and runs a Python script against them";
  mainProgram = "nixos-test-driver";
}
