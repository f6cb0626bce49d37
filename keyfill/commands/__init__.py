"""The commands, by what they are for; importing a module registers its commands."""
