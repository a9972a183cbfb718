"""The loading half: files of many kinds in, one published version of the facts out."""
