"""Who takes part: CSV rosters as Canvas and Gradescope write them, or a plain one.

    Canvas, gradebook export     Student (or LastName, FirstName), ID, SIS User ID, SIS Login ID, Section, ...
    Canvas, groups export        name, canvas_user_id, user_id, login_id, sections, group_name, ...
    Gradescope, roster           First Name, Last Name (or Name), SID, Email, Role, Section
    plain                        student, and any of name, login, email, section, group

Canvas's line of possible points, its line on posting and its test student are passed over, and so is
Gradescope's staff. An error names the file, the row (the header is row 1) and the remedy.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course import CourseError
from autograder.files import read_table, table_rows

KEYS = ("sid", "login", "email")
DISTINCT = ("id", *KEYS, "canvas")


@dataclass(frozen=True)
class Student:
    """Somebody who takes part. `id` is what the student is called here: in folders, attempts and grades."""

    id: str
    name: str = ""
    sid: str = ""  # the institution's number: Canvas's SIS User ID, Gradescope's SID
    login: str = ""
    email: str = ""
    canvas: str = ""  # Canvas's own number, which its exports name
    section: str = ""
    group: str = ""
    first: str = ""  # the parts of the name, where the roster has them apart
    last: str = ""


@dataclass(frozen=True)
class Roster:
    """Everybody who takes part, in the order of the file."""

    students: tuple[Student, ...]

    def __iter__(self) -> Iterator[Student]:
        return iter(self.students)

    def __len__(self) -> int:
        return len(self.students)

    def find(self, text: str, kinds: Collection[str] = DISTINCT) -> Student:
        """The student with that id, number, login or email address, whatever its case.

        kinds: which of these it may be, where a number of one kind could be another's of another kind; the
        name is another, for who asks of one student and sees the answer.
        Raises CourseError if there is none, or more than one.
        """
        found = self.called(text, kinds)
        if len(found) == 1:
            return found[0]
        if found:
            who = ", ".join(student.id for student in found)
            raise CourseError(f"{text!r} may be {who}: use what only one of them is called")
        alike = [f"{s.id} ({s.name})" if s.name else s.id for s in self._alike(text)][:5]
        remedy = f"did you mean {' or '.join(alike)}?" if alike else "use an id, login or email address of it"
        raise CourseError(f"there is no student {text!r} on the roster: {remedy}")

    def called(self, text: str, kinds: Collection[str] = DISTINCT) -> list[Student]:
        """Everybody of whom one of the kinds is that text, whatever its case."""
        wanted = _folded(text)
        return [s for s in self.students if any(_folded(getattr(s, kind)) == wanted != "" for kind in kinds)]

    def _alike(self, text: str) -> list[Student]:
        """Who may be meant by what nobody is called: a part of a name, or a slip of the keys."""
        words = _words(text)
        named = [s for s in self.students if words & _words(s.name)]
        if named or text.isdigit():  # numbers are always near to others' numbers
            return named
        names = {getattr(s, kind): s for s in self.students for kind in ("id", "login", "email")}
        return [names[name] for name in difflib.get_close_matches(text, filter(None, names), 1, 0.8)]

    def groups(self) -> dict[str, tuple[str, ...]]:
        """With whom each student works: the ids of the group, or the student alone."""
        together: dict[str, list[str]] = {}
        for student in self.students:
            if student.group:
                together.setdefault(student.group, []).append(student.id)
        return {s.id: tuple(together[s.group]) if s.group else (s.id,) for s in self.students}


PLAIN = "a plain roster"  # made by hand, so capitals do not count
# Columns of each format: those that tell it, and where each field comes from (the first that the file has).
FORMATS: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "Canvas's gradebook": (
        ("Student", "ID", "Section"),
        {
            "name": ("Student",),
            "canvas": ("ID",),
            "sid": ("SIS User ID",),
            "login": ("SIS Login ID",),
            "section": ("Section",),
        },
    ),
    "Canvas's gradebook with the names in two columns": (
        ("LastName", "FirstName", "ID", "Section"),
        {
            "last": ("LastName",),
            "first": ("FirstName",),
            "canvas": ("ID",),
            "sid": ("SIS User ID",),
            "login": ("SIS Login ID",),
            "section": ("Section",),
        },
    ),
    "Canvas's groups": (
        ("name", "canvas_user_id"),
        {
            "name": ("name",),
            "canvas": ("canvas_user_id",),
            "sid": ("user_id",),
            "login": ("login_id",),
            "section": ("sections",),
            "group": ("group_name",),
        },
    ),
    PLAIN: (
        ("student",),
        {field: (field,) for field in ("id", "name", "sid", "login", "email", "section", "group")}
        | {"id": ("student",)},
    ),
    "Gradescope's roster": (
        ("Email",),
        {
            "name": ("Name", "Full Name"),
            "first": ("First Name",),
            "last": ("Last Name",),
            "sid": ("SID", "Student ID"),
            "email": ("Email",),
            "role": ("Role",),
            "section": ("Section", "Sections"),
        },
    ),
}
COLUMN = {"sid": "SIS User ID or SID", "login": "SIS Login ID or login_id", "email": "Email"}
SHORTENED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)


def read_roster(path: Path, key: str = "sid") -> Roster:
    """Read a roster. Raises CourseError. `key`, one of KEYS, says what students are called from now on."""
    return parse_roster(read_table(path), path, key)


def parse_roster(text: str, path: Path, key: str = "sid") -> Roster:
    """The roster in the text of a CSV file."""
    if key not in KEYS:
        raise CourseError(f"students cannot be called by {key!r}: choose {', '.join(KEYS)}")
    header, rows = table_rows(text, path)
    columns = _columns(header, path)
    students: list[Student] = []
    places: dict[tuple[str, str], int] = {}
    for number, row in rows:
        fields = {field: row[i].strip() if i < len(row) else "" for field, i in columns.items()}
        fields["name"] = _whole_name(fields)
        if _is_nobody(fields):
            continue
        where = f"{path}, row {number}"
        student = _student(fields, key, where)
        for name in _names(student).items():
            first = places.setdefault(name, number)
            if first != number:
                value = getattr(student, name[0])
                raise CourseError(f"{where}: {value!r} is in row {first} too: remove or correct one of them")
        students.append(student)
    if not students:
        raise CourseError(f"{path}: no student in it: export the roster again")
    return Roster(tuple(students))


def with_groups(roster: Roster, groups: Roster) -> Roster:
    """The roster with the groups of another file, such as Canvas's groups export."""
    known = {(kind, value): s.id for s in roster for kind, value in _names(s).items()}
    group_of: dict[str, str] = {}
    for student in groups:
        ids = [known[name] for name in _names(student).items() if name in known]
        if not ids:
            who = f"{student.name} ({student.id})"
            raise CourseError(
                f"{who} has a group, but is not on the roster: remove the row, or export both again"
            )
        group_of[ids[0]] = student.group
    return Roster(tuple(replace(s, group=group_of.get(s.id, s.group)) for s in roster))


def _columns(header: list[str], path: Path) -> dict[str, int]:
    """Field -> where its column is, by the format that the header tells."""
    for name, (needed, fields) in FORMATS.items():
        by_hand = name == PLAIN and "ID" not in header  # which is Canvas's, with a column removed
        columns = [column.casefold() for column in header] if by_hand else header
        if set(needed) <= set(columns):
            found = {field: [known for known in names if known in columns] for field, names in fields.items()}
            return {field: columns.index(names[0]) for field, names in found.items() if names}
    wanted = "; ".join(f"{name} has {', '.join(needed)}" for name, (needed, _) in FORMATS.items())
    raise CourseError(f"{path}, row 1: the columns are of no roster that is known: {wanted}")


def _whole_name(fields: Mapping[str, str]) -> str:
    """A name as the platform shows it: Canvas has the last name first."""
    between, order = (", ", ("last", "first")) if "canvas" in fields else (" ", ("first", "last"))
    return fields.get("name") or between.join(filter(None, (fields.get(part) for part in order)))


def _is_nobody(fields: Mapping[str, str]) -> bool:
    """Whether a row is Canvas's own, its test student, or staff."""
    own = fields["name"] in ("Points Possible", "Student, Test", "Test Student")
    posting = "canvas" in fields and not fields["name"] and not fields["canvas"]
    return own or posting or fields.get("role", "").casefold() not in ("", "student")


def _student(fields: Mapping[str, str], key: str, where: str) -> Student:
    name = fields["name"]
    email = fields.get("email") or (fields["login"] if "@" in fields.get("login", "") else "")
    chosen = fields.get("id") if "id" in fields else {**fields, "email": email}.get(key, "")
    if not chosen:
        others = [other for other in KEYS if other != key and fields.get(other)]
        other = f', or write students_by = "{others[0]}" in course.toml under [course]' if others else ""
        use = other if "id" not in fields else ""
        column = "student" if "id" in fields else COLUMN[key]
        raise CourseError(f"{where}: {name or 'a student'} has no {column}: fill it in{use}")
    if SHORTENED.fullmatch(chosen):
        raise CourseError(
            f"{where}: a spreadsheet has shortened a number to {chosen}: export the roster again"
        )
    if not chosen.isprintable():
        raise CourseError(f"{where}: {chosen!r} has characters that do not show: remove them")
    if set(chosen) & set('/\\<>"') or chosen.startswith((".", "-")):  # folders, and formgrader's HTML
        raise CourseError(
            f"{where}: {chosen!r} is to name a folder and a page, and cannot: choose a plain name"
        )
    also = ("sid", "login", "canvas", "section", "group", "first", "last")
    rest = {field: fields.get(field, "") for field in also}
    return Student(id=chosen, name=name, email=email, **rest)


def _names(student: Student) -> dict[str, str]:
    """Everything that tells a student from the others, by kind, as it is compared."""
    return {kind: _folded(getattr(student, kind)) for kind in DISTINCT if getattr(student, kind)}


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", _folded(name)))


def _folded(text: str) -> str:
    """Text as file systems that ignore case and Unicode's forms compare it."""
    return unicodedata.normalize("NFC", text).casefold()
