# What each kind of trouble in machines means, by its name: the one list, which the driver reads, too.
builtins.fromJSON (builtins.readFile ../../driver/test_driver/trouble/kinds.json)
