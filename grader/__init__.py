"""The grader: builds a student's files, replays the transcripts against them, marks and explains.

The path of a submission, a module a step:

    submission  which files count, and what is still a TODO in them
    build       compiled with our flags, plain and with sanitizers (diagnose: what the compiler said)
    replay      smtp-replay's verdicts, as values
    rubric      what earns how many points
    marks       verdicts and rubric in, points out
    grading     the steps above in a row
    report      the words a student reads (explain: one mistake; words: wrapping, colour, escaping)
    results     what is kept on disk

Nothing here words a finding: those sentences are smtp-replay's, from the rulebook.
"""
