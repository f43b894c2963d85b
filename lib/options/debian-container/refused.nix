# Options of a Debian node that containers do not have, each with the reason: a sentence.
let
  ownKernel = "a container shares the kernel of the computer that runs the test.";
  noDisk = "a container has no disk of its own: its files lie in a folder of the test.";
  noScreen = "a container has no screen.";
in
{
  backend = "systemd-nspawn runs each container.";
  kernel = ownKernel;
  kernelParameters = ownKernel;
  rootFilesystem = noDisk;
  diskSize = noDisk;
  emptyDiskImages = noDisk;
  powerCuts = noDisk;
  graphics = noScreen;
  recordScreen = noScreen;
  efi = "a container has no firmware: nothing boots it.";
  qemu = "systemd-nspawn runs a container, not QEMU.";
  forwardPorts = "there is no QEMU that could forward a port of the computer to a container.";
  warmStart = "the memory of a container cannot be saved; it boots in less than a second.";
  variants = "variants of containers are not supported: write a test for each.";
  variantCombinations = "variants of containers are not supported: write a test for each.";
}
