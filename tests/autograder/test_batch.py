"""A class is graded whatever happens to workers, files and the run itself."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import warnings
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from autograder import batch
from autograder.batch import find_tasks, grade_class, process_pool, read_log
from autograder.sandbox.process import SandboxError
from tests.autograder.conftest import RIGHT, write_course, write_submission

CODES = {"ada": RIGHT, "bob": "", "eve": RIGHT.replace("2 * x", "x"), "fay": RIGHT}
SCORES = {"ada": 7.0, "bob": 0.0, "eve": 4.0, "fay": 7.0}
THREADS = functools.partial(ThreadPoolExecutor, 2)


@pytest.fixture
def tasks(tmp_path, assignment):
    """A class of four, harmless, so that no sandbox is needed."""
    course_file = write_course(tmp_path)
    for student, code in CODES.items():
        write_submission(tmp_path, student, code)
    return find_tasks(tmp_path / "submitted", course_file, batch.prepare(str(course_file), "a1")[0], "none")


def scores(reports):
    return {report.student: report.score for report in reports}


def test_reports_come_in_the_order_of_the_tasks(tasks, tmp_path):
    assert list(scores(grade_class(tasks[::-1], tmp_path / "log", process_pool(2)))) == [
        "fay",
        "eve",
        "bob",
        "ada",
    ]


def test_every_report_is_in_the_log_and_is_not_graded_again(tasks, tmp_path, monkeypatch):
    log, seen = tmp_path / "out" / "log", []
    first = grade_class(tasks, log, THREADS, seen.append)
    assert len(seen) == 4
    monkeypatch.setattr(batch, "work", lambda task: pytest.fail("graded again"))
    assert grade_class(tasks, log, THREADS, seen.append) == first
    assert len(seen) == 8
    assert scores(first) == SCORES


def test_equal_files_of_two_students_are_two_reports(tasks, tmp_path):
    """ada and fay handed in the same; neither may get the other's report from the log."""
    log = tmp_path / "log"
    grade_class(tasks[:1], log, THREADS)
    assert scores(grade_class(tasks, log, THREADS)) == SCORES
    assert scores(grade_class(tasks, log, THREADS)) == SCORES


@pytest.mark.parametrize("cut", [1, 20, 300])
def test_a_run_that_was_killed_is_taken_up_where_it_ended(tasks, tmp_path, monkeypatch, cut):
    """The last line is cut off; that one submission is graded again, and the log stays readable."""
    log = tmp_path / "log"
    grade_class(tasks[:3], log, THREADS)
    log.write_bytes(log.read_bytes()[:-cut])
    again, work = [], batch.work
    monkeypatch.setattr(batch, "work", lambda task: again.append(task.student) or work(task))
    assert scores(grade_class(tasks, log, THREADS)) == SCORES
    assert len(again) == 2  # the one that was never graded, and the one cut off
    assert "fay" in again
    assert len(read_log(log)) == 4
    again.clear()
    grade_class(tasks, log, THREADS)
    assert again == []


def test_a_log_of_garbage_is_no_obstacle(tasks, tmp_path):
    log = tmp_path / "log"
    log.write_text('garbage\n{"key": 1}\n[]\n{"key": "x", "report": "{}"}\n\n')
    assert scores(grade_class(tasks, log, THREADS)) == SCORES


def test_other_files_tests_or_sandbox_are_graded_anew(tasks, tmp_path, assignment):
    keys = {task.student: task.key for task in tasks}
    write_submission(tmp_path, "bob", RIGHT)
    course_file = tmp_path / "assignments" / "course.toml"
    changed = {
        t.student: t.key
        for t in find_tasks(
            tmp_path / "submitted", course_file, batch.prepare(str(course_file), "a1")[0], "none"
        )
    }
    assert {student for student in keys if keys[student] != changed[student]} == {"bob"}
    other = find_tasks(tmp_path / "submitted", course_file, batch.prepare(str(course_file), "a1")[0], "user")
    assert not set(keys.values()) & {task.key for task in other}


def killing(task):
    """Work in a worker that is killed once, by the first to come."""
    try:
        os.close(os.open(os.environ["KILLED_ONCE"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return REAL_WORK(task)
    os.kill(os.getpid(), signal.SIGKILL)


def always_killing(task):
    """Work that one submission never survives."""
    if task.student == "eve":
        os.kill(os.getpid(), signal.SIGKILL)
    return REAL_WORK(task)


REAL_WORK = batch.work


def test_a_worker_that_is_killed_costs_only_a_retry(tasks, tmp_path, monkeypatch):
    monkeypatch.setenv("KILLED_ONCE", str(tmp_path / "killed"))
    monkeypatch.setattr(batch, "work", killing)
    assert scores(grade_class(tasks, tmp_path / "log", process_pool(2))) == SCORES
    assert (tmp_path / "killed").exists()


def test_a_submission_that_kills_every_worker_gets_a_report_that_says_so(tasks, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "work", always_killing)
    reports = grade_class(tasks, tmp_path / "log", process_pool(2))
    assert scores(reports) == SCORES | {"eve": 0.0}
    eve = next(report for report in reports if report.student == "eve")
    assert "every worker that tried it died" in eve.problems[0]
    assert len(eve.tests) == 7


class Flaky(Executor):
    """An executor whose workers die with an error of its own, or while tasks are handed out."""

    def __init__(self, error):
        self.error = error

    def submit(self, function, task):
        if self.error is RuntimeError:
            raise RuntimeError("the pool is broken")
        future = Future()
        future.set_exception(self.error("lost"))
        return future


@pytest.mark.parametrize("error", [RuntimeError, ConnectionError, type("KilledWorker", (Exception,), {})])
def test_whatever_an_executor_raises_for_a_lost_worker_the_batch_goes_on(tasks, tmp_path, error):
    pools = iter([Flaky(error), Flaky(error), *(ThreadPoolExecutor(1) for _ in tasks)])
    assert scores(grade_class(tasks, tmp_path / "log", lambda: next(pools))) == SCORES


def test_a_sandbox_that_is_missing_stops_the_batch_with_its_reason(tasks, tmp_path):
    with pytest.raises(SandboxError, match="no sandbox level 'magic'"):
        grade_class([dataclasses.replace(tasks[0], sandbox="magic")], tmp_path / "log", THREADS)


def test_a_fault_of_the_grader_is_said_in_the_report_of_that_submission(tasks, monkeypatch):
    monkeypatch.setattr(batch, "read_submission", lambda *a: 1 / 0)
    report = batch.work(tasks[0])
    assert report.score == 0.0
    assert "could not be graded: ZeroDivisionError" in report.problems[0]


def test_folders_without_the_assignment_and_hidden_ones_are_no_tasks(tasks, tmp_path):
    submitted = tmp_path / "submitted"
    (submitted / "zoe").mkdir()
    (submitted / ".cache" / "a1").mkdir(parents=True)
    (submitted / "notes.txt").write_text("")
    course_file = tmp_path / "assignments" / "course.toml"
    found = find_tasks(submitted, course_file, batch.prepare(str(course_file), "a1")[0], "none")
    assert [task.student for task in found] == list(CODES)


def test_a_dask_cluster_gives_the_same_reports(tasks, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own remarks
        from distributed import Client, LocalCluster

        options = {"n_workers": 1, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with LocalCluster(**options) as cluster, Client(cluster) as client:
            reports = grade_class(tasks, tmp_path / "log", client.get_executor)
    assert scores(reports) == SCORES
