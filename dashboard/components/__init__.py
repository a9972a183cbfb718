"""Pieces of screen that two pages share, or that stand apart from the page that draws them."""
