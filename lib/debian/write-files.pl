# Write the files of a node below the folder $ARGV[0], from the list $ARGV[1].
#
# For each file the list has a line: mode, number of bytes, source, path, separated by tabs. Then come the bytes and a line break. A file with a
# source has no bytes; it is copied from there, with what lies below. `-` stands for no source, and for the modes of the source.
use strict;
use warnings;

my ($tree, $list) = @ARGV;

sub fail {
    my ($path, $reason) = @_;
    die "rehearse: file $path: $reason\n";
}

# Make the folders that a path lies in.
my %made;
sub make_folders {
    my ($path) = @_;
    my ($folder) = $path =~ m{^(.*)/};
    return if $folder eq '' || $made{$folder}++;
    make_folders($folder);
    fail($path, "the source of $folder has a symbolic link there") if -l "$tree$folder";
    -d "$tree$folder" || mkdir "$tree$folder" or fail($path, "$folder cannot be a folder: $!");
}

open my $in, '<:raw', $list or die "rehearse: $list: $!\n";
while (defined(my $line = <$in>)) {
    chomp $line;
    my ($mode, $size, $source, $path) = split /\t/, $line, 4;
    read($in, my $text, $size + 1) == $size + 1 or fail($path, 'the list ends within it');
    chop $text;
    make_folders($path);
    if ($source eq '-') {
        unlink "$tree$path" if -l "$tree$path";
        open my $out, '>:raw', "$tree$path" or fail($path, "cannot be written: $!");
        print {$out} $text or fail($path, "cannot be written: $!");
        close $out or fail($path, "cannot be written: $!");
    } else {
        system('cp', '-R', $source, "$tree$path") == 0 or fail($path, "cannot be copied from $source");
        system('chmod', '-R', 'u+w', "$tree$path") == 0 or fail($path, 'cannot be made writable');
    }
    if ($mode ne '-') {
        chmod oct($mode), "$tree$path" or fail($path, "cannot have mode $mode: $!");
    }
}
