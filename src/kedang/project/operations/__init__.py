"""Running an installation: backups, restoring, upgrading, what is wrong with it."""
