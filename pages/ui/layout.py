"""Widths and heights that all pages share, in pixels."""

WIDTH = 1240  # of the main column at the most; charts and lines of text beyond it are hard to read
TEXT_WIDTH = 820  # of running text at the most
HEIGHT = 340  # of a chart
