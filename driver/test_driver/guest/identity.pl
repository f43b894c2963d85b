# Give a machine the right clock, its files and its addresses when its state was loaded, without
# starting a program: under emulation, what costs time is to run anything for the first time. This
# was started before the state was saved, and has waited at its input since then.
#
# It says an empty line when it is ready. A request is a line of steps, with character 30 between
# them and 31 behind each field; the answer is a line, with what has failed. Contents and addresses
# are in hexadecimal.
use strict;
use Config;

$0 = "test-driver-identity";
$| = 1;
my ($architecture) = $Config{archname} =~ /^([^-]+)/;
my $clock_settime = {x86_64 => 227, aarch64 => 112, riscv64 => 112}->{$architecture}
  or die "it is not known how to set the clock on $architecture\n";
# The kernel is asked as `ip` does it: AF_NETLINK, SOCK_RAW, NETLINK_ROUTE.
socket(NETLINK, 16, 3, 0) or die "no netlink: $!\n";

# ask TYPE, FLAGS, FIELDS, (ATTRIBUTE, VALUE)...: send a request, and tell whether it was granted.
sub ask {
  my ($type, $flags, $request) = splice(@_, 0, 3);
  while (my ($attribute, $value) = splice(@_, 0, 2)) {
    $request .= pack("S S a* x![4]", 4 + length $value, $attribute, $value) if length $value;
  }
  syswrite(NETLINK, pack("L S S x8", 16 + length $request, $type, 5 | $flags) . $request)
    && sysread(NETLINK, $request, 4096)
    && !($! = -unpack("x16 l", $request));
}

# The number of an interface (SIOCGIFINDEX), and 0 if there is none of this name.
sub index_of {
  my $request = pack("a16 x24", @_);
  ioctl(NETLINK, 0x8933, $request) && unpack("x16 l", $request);
}

my %steps = (
  clock => sub {
    my ($seconds, $nanoseconds) = @_;
    !syscall($clock_settime, 0, pack("q q", $seconds, $nanoseconds));
  },
  append => sub {
    my ($path, $text) = @_;
    open(FILE, ">>", $path) && syswrite(FILE, pack("H*", $text)) && close(FILE);
  },
  # Up, with a hardware address of its own if there is one.
  link => sub {
    my ($name, $address) = @_;
    my $index = index_of($name) or return 0;
    ask(16, 0, pack("x4 l L L", $index, 1, 1), 1, pack("H*", $address));
  },
  address => sub {
    my ($name, $prefix, $address, $broadcast) = @_;
    my $index = index_of($name) or return 0;
    my $bytes = pack("H*", $address);
    # IPv6 is told that it need not look for others with this address (IFA_F_NODAD).
    my ($family, $flags) = length $bytes == 4 ? (2, 0) : (10, 2);
    my $fields = pack("C C C C L", $family, $prefix, $flags, 0, $index);
    ask(20, 0x600, $fields, 1, $bytes, 2, $bytes, 4, pack("H*", $broadcast));
  },
);

print "\n";
while (defined(my $request = <STDIN>)) {
  chomp $request;
  my $failed = "";
  for my $step (split /\x1e/, $request) {
    my ($field, @fields) = split /\x1f/, $step;
    $steps{$field}->(@fields) or $failed .= "$field @fields: $!; ";
  }
  print "$failed\n";
}
