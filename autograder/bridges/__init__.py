"""Bridges to platforms: they translate and store what grading said, and decide nothing."""
