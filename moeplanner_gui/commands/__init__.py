"""The subcommands of the command line: the questions of the window without one."""
