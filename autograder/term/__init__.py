"""A term: dates and late days, who takes part, what was handed in, and the final grades.

    policy.py    dates, late days and extensions as data, and when a late day ends
    settings.py  reads them from course.toml
    folder.py    where everything of a term lies
    journal.py   files that only grow
    roster.py    who takes part: Canvas's and Gradescope's CSV files
    attempts.py  everything that was ever handed in
    manual.py    everything that people gave, by answer; answers.py says which answers are equal
    marks.py     the points of each attempt, from reports and from people
    records.py   all of these, read at once
    late.py      which attempt counts, and what lateness costs
    explain.py   the same in words
    grades.py    the final grades
    pages.py     the same as pages
    run.py       `course grade --class`
    report.py    `course report`

Deciding (policy, late, explain, grades) is apart from reading and writing: it is pure functions, which give
the same answer however often and in whatever order they are asked.
"""
