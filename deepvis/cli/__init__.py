"""The command line: one module a subcommand, found by name. `deepvis` alone opens the live viewer."""
