# Print the properties of a systemd unit as soon as they change, or when some seconds are over.
#
# systemd tells whoever is connected to its private socket of every change, in messages of D-Bus: 16
# bytes (the lengths of body and fields among them), the fields, filled up to 8, and the body. That a
# unit has become active is taken from there: the program that shows properties would take longer to
# start than all the rest.
use strict;
use Socket;

# The unit's path on the bus, its name, the state that is waited for, what is known, how long to
# wait, and the command that shows the properties.
my ($path, $unit, $wanted, $known, $seconds, $show) = @ARGV;
my $end = time + $seconds;
my $received = "";

sub finish { print @_; exit }

sub wait_for_more {
  vec(my $ready = "", fileno(S), 1) = 1;
  select($ready, undef, undef, $end - time) > 0 && sysread(S, $received, 65536, length $received);
}

socket(S, PF_UNIX, SOCK_STREAM, 0)
  && connect(S, pack_sockaddr_un("/run/systemd/private"))
  && syswrite(S, "\0AUTH EXTERNAL 30\r\nBEGIN\r\n")
  or select(undef, undef, undef, 0.1), finish(`$show`);
while ($received !~ s/^.*?\r\n//s) { wait_for_more() or finish(`$show`) }
# Now that nothing can be missed:
my $now = `$show`;
finish($now) if $now ne $known;
my ($last) = $known =~ /^ActiveState=(.*)$/m;
while (time < $end) {
  my $size = 16;
  if (length $received >= $size) {
    my $number = $received =~ /^B/ ? "N" : "V";
    my ($body, $fields) = unpack("x4${number}x4$number", $received);
    $size += (($fields + 7) & ~7) + $body;
  }
  if (length $received < $size) {
    wait_for_more() or last;
    next;
  }
  my $message = substr($received, 0, $size, "");
  # After emergency and rescue mode nothing comes.
  finish(`$show`) if $message =~ m{unit/(?:emergency|rescue)_2eservice\0.*\0ActiveState\0\x01s\0+.\0*acti}s;
  # A start that was skipped, or that lacked what the unit needs, changes no state, and may leave
  # nothing at all of a unit that systemd unloads.
  finish(`$show`) if index($message, "JobRemoved\0") >= 0 && index($message, "\0$unit\0") >= 0;
  next if index($message, "$path\0") < 0;
  my ($state) = $message =~ /\0ActiveState\0\x01s\0+.\0*([a-z-]+)\0/s or next;
  if ($wanted eq "active") {
    finish("ActiveState=active\n") if $state eq "active";
    next if $state eq $last || ($last = $state) =~ /ing$/;
  }
  $now = `$show`;
  finish($now) if $now ne $known;
}
finish(`$show`);
