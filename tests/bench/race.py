"""A race: ours and its rivals over the same work, checked first, then timed by turns.

The rows of the table are data: a Race names the work, says which function sets it up, and carries
one Goal a rival. What comes out is one Line a rival.
"""
from dataclasses import dataclass, field
from typing import Callable, NamedTuple

import measure


class Skip(Exception):
    """Why a row, or a rival, cannot be run here."""


class Goal(NamedTuple):
    """must, reach: None where nothing is asked for. kind: what the figures mean,
    "times faster" the rival's time over ours, at least; "times its time" ours over the rival's,
    at most; "ms" our time and "MB" our memory, at most."""
    must: float | None = None
    reach: float | None = None
    kind: str = "times faster"


NO_GOAL = Goal()


class Race(NamedTuple):
    name: str
    work: str
    build: Callable  # (bench, **options) -> Field
    goals: dict  # rival -> Goal
    options: dict = {}
    full: bool = False  # only with --full: it takes long


class Contender(NamedTuple):
    """run(sample=False) -> measure.Run, one cold process; check() -> lines that say what is wrong
    in the answer of the last run; size() -> bytes stored; before(): untimed, ahead of each run."""
    name: str
    run: Callable
    check: Callable
    size: Callable | None = None
    before: Callable = lambda: None


@dataclass
class Field:
    """rivals: name in Race.goals -> Contender, or a Skip. note: shown behind the work."""
    ours: Contender
    rivals: dict
    rows: int = 0
    input_bytes: int = 0
    note: str = ""
    rounds: int = 0  # 0: as many as asked for
    timed: str = "seconds"  # or first_byte


@dataclass
class Line:
    """One row of the table; `skipped` says why there are no figures."""
    race: Race
    rival: str
    goal: Goal
    work: str = ""
    peer: str = ""
    skipped: str = ""
    ours: list = field(default_factory=list)
    theirs: list = field(default_factory=list)
    timed: str = "seconds"
    rows: int = 0
    input_bytes: int = 0
    ours_size: int = 0
    peer_size: int = 0
    anonymous_mb: float = 0

    @property
    def name(self):
        return f"{self.race.name}.{self.rival}"

    def our_time(self):
        return measure.median(self.ours, self.timed)

    def peer_time(self):
        return measure.median(self.theirs, self.timed) if self.theirs else None

    def value(self, timed=None):
        """What the goal is about; None where there is nothing to compare."""
        timed = timed or self.timed
        ours = measure.median(self.ours, timed) if self.ours else 0
        if self.goal.kind == "MB":
            return self.anonymous_mb
        if self.goal.kind == "ms":
            return ours * 1000
        theirs = measure.median(self.theirs, timed) if self.theirs else 0
        if not ours or not theirs:
            return None
        return theirs / ours if self.goal.kind == "times faster" else ours / theirs

    def reached(self):
        value = self.value()
        if value is None or self.goal.must is None:
            return ""
        meets = (lambda goal: goal is not None and (
            value >= goal if self.goal.kind == "times faster" else value <= goal))
        return "reach" if meets(self.goal.reach) else "must" if meets(self.goal.must) else "no"


def checked(contender, sample):
    """The untimed first run, which also warms the caches; its answer has to be right."""
    contender.before()
    run = contender.run(sample=sample)
    wrong = list(contender.check())
    if wrong:
        raise measure.Failed(f"{contender.name}: {len(wrong)} figures are wrong; it is not timed\n"
                             + "\n".join(wrong[:10]))
    return run


def check_rivals(rivals):
    """Rivals that cannot run or are wrong become a Skip: the row says so, the others go on."""
    for name, rival in rivals.items():
        if isinstance(rival, Contender):
            try:
                checked(rival, sample=False)
            except measure.Failed as failure:
                print(failure, flush=True)
                rivals[name] = Skip(str(failure).splitlines()[0][:120])


def run(race, bench, only):
    """Lines of one race. `only`: the rivals that are wanted."""
    lines = {name: Line(race, name, goal, race.work, name)
             for name, goal in race.goals.items() if name in only}
    print(f"== {race.name}: {race.work}", flush=True)
    try:
        arena = race.build(bench, **race.options)
        rivals = {name: rival for name, rival in arena.rivals.items() if name in lines}
        first = checked(arena.ours, sample=True)
    except Skip as skip:
        for line in lines.values():
            line.skipped = str(skip)
        return list(lines.values())
    check_rivals(rivals)
    runs = by_turns(arena, rivals, arena.rounds or bench.rounds)
    for name, line in lines.items():
        line.work += f" ({arena.note})" if arena.note else ""
        line.rows, line.input_bytes, line.timed = arena.rows, arena.input_bytes, arena.timed
        line.ours, line.anonymous_mb = runs[None], first.anonymous_mb
        line.ours_size = arena.ours.size() if arena.ours.size else 0
        rival = rivals.get(name)
        if isinstance(rival, Skip):
            line.skipped = str(rival)
        elif rival:
            line.peer, line.theirs = rival.name, runs[name]
            line.peer_size = rival.size() if rival.size else 0
    return list(lines.values())


def by_turns(arena, rivals, rounds):
    """name -> runs; None is ours."""
    field_of = {None: arena.ours,
                **{name: rival for name, rival in rivals.items() if isinstance(rival, Contender)}}
    runs = {name: [] for name in field_of}
    for _ in range(rounds):
        for name, contender in field_of.items():
            contender.before()
            runs[name].append(contender.run())
    return runs
