"""Gradescope: the archive for it (`bundle`), what runs there (`run`), and what it shows (`results`)."""
