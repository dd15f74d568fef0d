"""Reads Canvas's "Download Submissions": an archive of files with the names

    lovelaceada_1001_55501_knn.ipynb
    stonebob_LATE_1002_55502_knn-1.ipynb

1001 is the student's number in Canvas, 55501 that of the file; `LATE` stands there if the work was. After
these comes the name that the student gave, with -1 or -2 where Canvas knows an older file of that name. The
archive holds the latest attempt of each student; of group work, that of one student of each group.

Canvas does not say in it when anything was handed in: the times of the entries are those of the download.
"""

from __future__ import annotations

import re
from itertools import groupby

from autograder.collect.reading import HandedIn, Person, Reading, paths
from autograder.collect.unpack import Entry, Export
from autograder.term.roster import Roster

EXPECTED = '"Download Submissions": files called lovelaceada_1001_55501_knn.ipynb, in no folder'

# The student's name and the file's may hold such numbers too, so every place counts where they may stand.
NUMBERS = re.compile(
    r"(?:^|(?<!LATE)_)(?=(?P<late>LATE_)?(?P<user>\d+|anon_[^\W_]+)_"
    r"(?:(?P<file>\d+)_(?P<name>.+)|(?:text|link)\.html$))",
    re.DOTALL,
)
NUMBERED_MODULE = re.compile(r"([A-Za-z_]\w*)-\d+\.py")


def read(export: Export, assignment: str, roster: Roster) -> Reading | None:
    """The attempts in Canvas's archive, also if it was unpacked; None if it is none."""
    files = paths(export.entries)
    if any(len(parts) > 1 for parts, _ in files):
        return None
    found: list[tuple[re.Match[str], Entry]] = []
    problems = []
    for (name,), entry in files:
        places = _places(name, roster)
        if len({place["user"] for place in places}) > 1:
            users = " or ".join(place["user"] for place in places)
            problems.append(
                f"{name}: may be of {users}: see in Canvas whose it is, and hand it in as a folder"
            )
        elif not places:
            problems.append(f"{name}: belongs to no attempt, as its name shows")
        elif places[0]["file"] is None:
            problems.append(f"{name}: was typed into Canvas, or is a link: there is no file to grade")
        else:
            found.append((places[0], entry))
    if not found:
        return None
    kinds = kinds_of_number(roster)
    found.sort(key=lambda item: item[0]["user"])
    users = groupby(found, key=lambda item: item[0]["user"])
    return Reading("canvas", tuple(_attempt(user, list(own), kinds) for user, own in users), tuple(problems))


def kinds_of_number(roster: Roster) -> tuple[str, ...]:
    """What Canvas's number of a student is on a roster, so that it is no other number of another student."""
    return ("canvas",) if any(student.canvas for student in roster) else ("id",)


def _attempt(user: str, own: list[tuple[re.Match[str], Entry]], kinds: tuple[str, ...]) -> HandedIn:
    """All files of a student. Each has a number of its own, and the last one tells the attempt."""
    first = own[0][0]
    label = f"{first.string[: first.start()]}_{user}".removeprefix("_")
    names = [match["name"] for match, _ in own]
    # Nothing could import layers-1.py, which Canvas makes of a second layers.py.
    plain = [NUMBERED_MODULE.sub(r"\1.py", name) for name in names]
    kept = [short if plain.count(short) == 1 else name for name, short in zip(names, plain, strict=True)]
    return HandedIn(
        label=label,
        people=(Person(label, ((user, kinds),)),),
        files=tuple(((name,), entry) for name, (_, entry) in zip(kept, own, strict=True)),
        attempt=max((match["file"] for match, _ in own), key=int),
        no_time="Canvas's archive does not say when it was handed in",
        late=any(match["late"] for match, _ in own),
    )


def _places(name: str, roster: Roster) -> list[re.Match[str]]:
    """Where the numbers may stand in a file's name: in one place, unless nothing tells which it is."""
    places = list(NUMBERS.finditer(name))
    named = {
        student.canvas: re.sub(r"\W", "", student.name).casefold() for student in roster if student.canvas
    }
    for place in places:
        if named.get(place["user"]) == name[: place.start()].casefold():
            return [place]
    return [place for place in places if place["user"] in named] or places[:1]
