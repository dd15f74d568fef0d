"""A sample class for `make demo`: honest work, accidents and attacks, each with the marks it deserves."""
