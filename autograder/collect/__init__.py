"""`course collect`: takes what was handed in from a platform's export into the class folder.

`platforms` recognises an export and reads it (each platform in a module of its own), `unpack` gets its files
out safely, `times` reads what the instructor says of times, `store` puts all of it into the class folder.
"""

from autograder.collect.platforms import PLATFORMS
from autograder.collect.store import Summary, collect
from autograder.collect.times import Times, read_times

__all__ = ["PLATFORMS", "Summary", "Times", "collect", "read_times"]
