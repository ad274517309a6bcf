"""Stata's commands, one file each.  A file registers its command by lying here; see `mixedcli.commands.registry`."""
