#!/usr/bin/env bash
# Gradescope runs this once, when it builds the autograder: Python, and the packages that grading needs.
set -euo pipefail
source_folder=${COURSE_ROOT:-/autograder}/source
venv=${COURSE_VENV:-/opt/course}
umask 022

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

python=$(find_python)
if [ -z "$python" ]; then # Ubuntu 22.04 brings an older one
    apt-get update
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi
if ! "$python" -m venv --clear "$venv"; then # Ubuntu leaves the module out
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt-get update
    apt-get install -y --no-install-recommends "python$version-venv"
    "$python" -m venv --clear "$venv"
fi
"$venv/bin/python" -m pip --disable-pip-version-check install --no-cache-dir -r "$source_folder/requirements.txt"
"$venv/bin/python" -m compileall -q "$source_folder/course" || true # only to start faster
chmod -R o-rwx "$source_folder/course"
