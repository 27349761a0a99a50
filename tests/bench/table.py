"""The lines of all races as a Markdown table."""
HEAD = ("work", "peer", "peer time", "our time", "ratio", "CPU ratio", "must", "reach", "reached",
        "rows/s", "MB/s", "bytes/row (peer)", "peak MB anonymous, resident (peer)", "command")


def goal_text(value, kind):
    if value is None:
        return "-"
    return {"times faster": f"{value:g}x", "times its time": f"{value:g}x at most",
            "ms": f"{value:g} ms", "MB": f"{value:g} MB"}[kind]


def time_text(seconds):
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.2 else f"{seconds:.2f} s"


def ratio_text(value):
    return "-" if value is None else f"{value:.2f}x" if value < 100 else f"{value:.0f}x"


def beside(ours, theirs, form):
    return f"{ours:{form}}" + (f" ({theirs:{form}})" if theirs else "") if ours else "-"


def peak(run_list):
    return max((run.peak_mb for run in run_list), default=0)


def cells(line):
    goal, seconds = line.goal, line.our_time()
    is_ratio = goal.kind.startswith("times")
    reached = {"reach": "reach", "must": "must", "no": "**no**", "": "-"}[line.reached()]
    if goal.kind == "MB":
        return [line.work, "-", "-", f"{line.anonymous_mb:.0f} MB", "-", "-",
                goal_text(goal.must, goal.kind), goal_text(goal.reach, goal.kind), reached,
                "-", "-", "-", f"{line.anonymous_mb:.0f}, {peak(line.ours):.0f}"]
    ingest = bool(line.input_bytes)
    memory = f"{line.anonymous_mb:.0f}, " if line.anonymous_mb else ""
    return [
        line.work, line.peer if line.theirs else "-",
        time_text(line.peer_time()), time_text(seconds),
        ratio_text(line.value()) if is_ratio else "-",
        ratio_text(line.value("cpu_seconds")) if is_ratio else "-",
        goal_text(goal.must, goal.kind), goal_text(goal.reach, goal.kind), reached,
        f"{line.rows / seconds:,.0f}" if line.rows > 10_000 else "-",
        f"{line.input_bytes / seconds / 1e6:,.0f}" if ingest else "-",
        beside(line.ours_size / (line.rows or 1), line.peer_size / (line.rows or 1), ".1f"),
        f"{memory}{beside(peak(line.ours), peak(line.theirs), '.0f')}"]


def markdown(lines):
    yield f"| {' | '.join(HEAD)} |"
    yield "| --- | --- |" + " ---: |" * 6 + " --- |" + " ---: |" * 4 + " --- |"
    for line in lines:
        if line.skipped:
            row = [line.work, line.peer, f"skipped: {line.skipped}", *["-"] * 3,
                   goal_text(line.goal.must, line.goal.kind),
                   goal_text(line.goal.reach, line.goal.kind), *["-"] * 5]
        else:
            row = cells(line)
        yield f"| {' | '.join(row)} | `scripts/bench --only {line.name}` |"


def brief(line):
    """For the terminal, while the races run."""
    if line.skipped:
        return f"   {line.name}: skipped: {line.skipped}"
    return f"   {line.name}: " + ", ".join(
        f"{name} {cell}" for name, cell in zip(HEAD[2:9], cells(line)[2:9]) if cell != "-")
