"""For whoever writes a course: what is missing in it, and new courses and notebooks to begin with.

findings.py   one thing that is missing: where, what, and what to do; what a course asks of its notebooks
written.py    what can be seen by reading a notebook's four files
tried.py      what shows when stubs, worked solutions and known mistakes are run, and the bundle is made
leaks.py      what students get that they must not see
validate.py   all of this for a course, what is quick first
scaffold.py   a course of one's own, and a new notebook
"""
