"""The reading half: from a published version to a screen, a snapshot, a table on a terminal."""
