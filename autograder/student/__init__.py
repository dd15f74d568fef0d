"""What runs inside the sandbox, beside student code. It holds no tests and no answers.

Nothing here is imported by the grader, which starts `main.py` as a program of its own.
"""
