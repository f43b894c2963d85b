# Tests of pytest over a container and a machine in QEMU: what one test leaves in the container is gone for the next.
{
  name = "container-pytest";
  acceleration = "never";
  containers.box = { };
  nodes.server.warmStart = true;
  tests = ./pytest;
}
