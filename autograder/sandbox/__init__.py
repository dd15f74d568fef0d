"""Where student code runs: three levels behind one interface, with limits as data.

| level        | files                    | network | processes        | for                               |
|--------------|--------------------------|---------|------------------|-----------------------------------|
| `bubblewrap` | only what is listed      | none    | its own PID space| grading on Linux (default)        |
| `user`       | what that user may read  | as host | own user, limits | containers that run as root       |
| `none`       | as yours                 | as host | limits           | checking one's own work           |
"""
