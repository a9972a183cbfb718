"""Pieces of screen that two pages share."""
