"""State machines over fake machines: what is looked for, what is said of failures, bad input."""

import re
import subprocess
from collections.abc import Sequence

import pytest

from test_driver.stateful.shortening import without_needless
from test_driver.stateful.steps import Taken, as_script, text

from ..conftest import DriverProcess, MachineMaker

IMPORTS = (
    "from test_driver.stateful import StateMachine, initialize, invariant, rule, running, stopped\n"
)
# It fails when three letters have been written, whatever was read meanwhile.
POST = """from test_driver.stateful import StateMachine, precondition, rule, st
class Post(StateMachine):
    def __init__(self):
        super().__init__()
        self.letters = []

    @rule(letter=["a", "b", "c"], machine=machines)
    def write(self, letter, machine):
        self.letters.append(letter)
        assert len(self.letters) < LIMIT, f"{len(self.letters)} letters"

    @precondition(lambda self: self.letters)
    @rule(letter=lambda state: st.sampled_from(state.letters))
    def read(self, letter):
        assert letter in self.letters
"""


def said(result: subprocess.CompletedProcess[str]) -> str:
    """Return what a driver wrote, without the ends of steps."""
    return result.stderr


def failing_script(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the steps that a driver has written at a failure."""
    found = re.search(r"after these steps:\n\n(.*?)\n\n", result.stderr, re.DOTALL)
    assert found, result.stderr
    return found[1].splitlines()


def test_examples_that_hold_are_counted(driver_process: DriverProcess) -> None:
    result = driver_process.run(f"{POST}\nLIMIT = 99\nPost.run(max_examples=7, steps=5, seed=1)")
    assert result.returncode == 0, result.stderr
    assert "Post: 7 examples hold, " in result.stderr
    assert "(seed 1)" in result.stderr
    assert "example 7\n" in result.stderr


def test_a_failure_is_a_short_script_that_fails_again(driver_process: DriverProcess) -> None:
    script = f"{POST}\nLIMIT = 3\n"
    result = driver_process.run(f"{script}Post.run(steps=9, seed=4)", "--check")
    assert result.returncode == 1
    steps = failing_script(result)
    assert steps[0] == "state = Post()"
    assert len(steps) == 4
    assert all(re.fullmatch(r"state\.write\(letter='a', machine=\w+\)", one) for one in steps[1:])
    for line in (
        "with AssertionError: 3 letters\n  line 10, in write: assert len(self.letters) < LIMIT",
        "Post.run(max_examples=100, steps=9, seed=4) finds the failure again",
        "To take the steps again, put them into the script in the place of the search",
    ):
        assert line in result.stderr
    again = driver_process.run(script + "\n".join(steps), "--check")
    assert again.returncode == 1, again.stderr
    assert "AssertionError: 3 letters" in again.stderr


def test_a_seed_makes_the_same_examples(driver_process: DriverProcess) -> None:
    def steps(seed: int) -> list[str]:
        script = f"{POST}\nLIMIT = 99\nPost.run(max_examples=3, steps=6, seed={seed})"
        lines = driver_process.run(script).stderr.splitlines()
        return [line for line in lines if line.startswith("state.")]

    first = steps(1)
    assert len(first) == 18
    assert steps(1) == first
    assert steps(2) != first


def test_no_example_begins_when_the_time_is_up(driver_process: DriverProcess) -> None:
    slow = POST.replace("assert letter in", "import time; time.sleep(0.05); assert letter in")
    result = driver_process.run(f"{slow}\nLIMIT = 99\nPost.run(max_examples=1000, seconds=1.5)")
    assert result.returncode == 0, result.stderr
    assert re.search(r"Post: \d{1,2} examples hold", result.stderr), result.stderr[-300:]


def test_the_first_example_begins_although_the_time_is_up(driver_process: DriverProcess) -> None:
    result = driver_process.run(f"{POST}\nLIMIT = 99\nPost.run(max_examples=9, seconds=1e-9)")
    assert result.returncode == 0, result.stderr
    assert "Post: 1 examples hold, " in result.stderr


def test_a_time_that_is_up_hides_no_rules_that_cannot_be_applied(
    driver_process: DriverProcess,
) -> None:
    none = POST.replace("machine=machines", "machine=[]")
    result = driver_process.run(f"{none}\nLIMIT = 99\nPost.run(max_examples=9, seconds=1e-9)")
    assert result.returncode == 1
    assert "Post: no rule could be applied in any example" in result.stderr


def test_each_example_begins_where_the_machines_were(driver_process: DriverProcess) -> None:
    script = f"""{IMPORTS}
class Disks(StateMachine):
    @rule(machine=stopped)
    def boot(self, machine):
        self.boot_all([machine])

    @rule(machine=running)
    def write(self, machine):
        (machine.state_dir / "root.qcow2").write_text("later")
        machine.crash()

    def __init__(self):
        super().__init__()
        assert machine1.is_up() and not two_2.is_up()
        assert (machine1.state_dir / "root.qcow2").read_text() == "a new disk"
        assert not (two_2.state_dir / "root.qcow2").exists()

machine1.succeed("true")
Disks.run(max_examples=3, steps=3)
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert "state.write(machine=machine1)" in result.stderr


def test_a_error_of_the_host_ends_the_search_at_once(driver_process: DriverProcess) -> None:
    script = f"""{IMPORTS}
from test_driver.errors import HostError
class Host(StateMachine):
    @rule()
    def fail(self):
        raise HostError("the host is on fire")
Host.run()
"""
    result = driver_process.run(script)
    assert result.returncode == 3
    assert "HostError: the host is on fire" in result.stderr
    assert "fails (" not in result.stderr
    assert result.stderr.count("example ") == 1


def test_the_time_of_the_whole_test_ends_the_search(driver_process: DriverProcess) -> None:
    driver_process.document["global_timeout_seconds"] = 2
    slow = POST.replace("assert letter in", "import time; time.sleep(0.1); assert letter in")
    result = driver_process.run(f"{slow}\nLIMIT = 99\nPost.run(max_examples=1000)")
    assert result.returncode == 4, result.stderr
    assert "the test did not end within 2 s" in result.stderr


def test_what_does_not_fail_each_time_is_told(driver_process: DriverProcess) -> None:
    script = f"""{IMPORTS}
taken = 0
class Moody(StateMachine):
    @rule()
    def play(self):
        global taken
        taken += 1
        assert taken != 5
Moody.run(steps=3)
"""
    result = driver_process.run(script)
    assert result.returncode == 1
    assert len(failing_script(result)) >= 2
    assert "Not each time: the same steps have also passed, so they were not" in result.stderr


def test_an_invariant_is_asked_after_each_step(driver_process: DriverProcess) -> None:
    script = f"""{IMPORTS}
class Count(StateMachine):
    count = 0
    @initialize(first=[3])
    def begin(self, first):
        self.count = first
    @rule(number=range_of)
    def add(self, number):
        self.count += number
    @rule()
    def look(self):
        pass
    @invariant()
    def small(self):
        assert self.count < 5
Count.run(seed=2)
""".replace("class Count", "range_of = [1, 2]\nclass Count")
    steps = failing_script(driver_process.run(script))
    assert steps[:2] == ["state = Count()", "state.begin(first=3)"]
    assert steps[-1] == "state.small()"
    assert sum(int(step[-2]) for step in steps if ".add" in step) >= 2
    assert not any("look" in step for step in steps)


def test_what_failed_before_is_tried_first(driver_process: DriverProcess) -> None:
    script = f"{POST}\nPost.run(steps=4, seed=SEED)"
    begin = "assert len(self.letters) < LIMIT"
    script = script.replace(begin, 'assert self.letters[-2:] != ["c", "b"]')
    first = driver_process.run(script.replace("SEED", "1"))
    assert "Post fails (example" in first.stderr
    assert "Post fails (example 1," not in first.stderr
    kept = driver_process.folder / "kept"
    (driver_process.output / "hypothesis").rename(kept)
    more = f"2, examples={str(kept)!r}"
    again = driver_process.run(script.replace("SEED", more))
    assert "Post fails (example 1, seed 2)" in again.stderr
    assert failing_script(again) == failing_script(first)


REFUSED = {
    "no examples": (
        "Post.run(max_examples=0)",
        r"at least one example, one step, and some time; f",
    ),
    "no time": ("Post.run(seconds=0)", r"found max_examples=100, steps=10, seconds=0"),
    "no database": (
        "Post.run(examples='/no')",
        r"examples='/no' is no folder; expected the folder",
    ),
    "no checkpoint": (
        "Post.start = 'up'\nPost.run()",
        r"Post: examples start from the checkpoint 'up', which machine1 does not have; those it "
        r"has: none\. Make it with checkpoint_all\('up'\) before Post\.run\(\)",
    ),
    "nothing to draw from": (
        "rule(one=3)(lambda self, one: None)",
        r"rule <lambda>, argument one: 3 is nothing to draw from; expected a list, `running`",
    ),
    "drawn later": (
        "rule(one=lambda two: [two], two=[1])(lambda self, one, two: None)",
        r"the function asks for 'two', which is not drawn before it; it can ask for: state",
    ),
    "no rules": (
        "class Empty(StateMachine):\n    pass\nEmpty.run()",
        r"Empty has no rules: nothing can be done; make its methods rules",
    ),
    "no rule applies": (
        "class Still(StateMachine):\n    @rule(one=[])\n    def do(self, one):\n        pass\n"
        "Still.run()",
        r"Still: no rule could be applied in any example; what they draw from is empty",
    ),
    "no Hypothesis": (
        "import sys\ndel sys.modules['test_driver.stateful']\nsys.modules['hypothesis'] = None\n"
        "import test_driver.stateful",
        r"the driver's Python lacks Hypothesis",
    ),
}


@pytest.mark.parametrize(("script", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input(driver_process: DriverProcess, script: str, message: str) -> None:
    result = driver_process.run(f"{POST}\nLIMIT = 9\n{script}")
    assert result.returncode not in (0, 3), result.stderr
    assert re.search(message, result.stderr), result.stderr


def test_a_checkpoint_of_the_script_is_where_examples_begin(driver_process: DriverProcess) -> None:
    script = (
        f"{POST}\nLIMIT = 99\ncheckpoint_all('up')\nPost.start = 'up'\nPost.run(max_examples=3)"
    )
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("restoring the checkpoint up of all machines\n") == 3


def test_needless_steps_are_taken_away() -> None:
    tried = 0

    def again(steps: Sequence[Taken]) -> list[Taken] | None:
        """Fail at x if the light is on, which b does; g puts it out, and can only do so then."""
        nonlocal tried
        tried += 1
        taken: list[Taken] = []
        light = False
        for step in steps:
            if step.name != "g" or light:
                taken.append(step)
                light = step.name == "b" or (light and step.name != "g")
            if step.name == "x" and light:
                return taken
        return None

    steps = [Taken(name=name, arguments={}) for name in "abgcdbefx"]
    assert [one.name for one in without_needless(steps, again)] == ["b", "x"]
    assert tried < 20
    assert [one.name for one in without_needless(steps, again, 1)] == ["a", "b", "x"]
    assert without_needless(steps[-1:], again) == steps[-1:]


def test_values_are_written_as_a_script_has_them(make_machine: MachineMaker) -> None:
    machine = make_machine("two-2")
    assert text([machine, (machine,), {"a": 1.5}]) == "[two_2, (two_2,), {'a': 1.5}]"
    step = Taken(name="send", arguments={"to": machine, "what": "it's"})
    assert as_script("Post", [step]) == 'state = Post()\nstate.send(to=two_2, what="it\'s")'


def test_faults_are_calls_that_begin_when_they_are_called(driver_process: DriverProcess) -> None:
    script = f"""{IMPORTS}
from test_driver.stateful import PlannedFault, assume, faults, links
import test_script_names

class Cable:
    def __init__(self):
        self.begun = []
    def link(self, a, b, direction):
        return self
    def cut(self):
        self.begun.append("cut")
test_script_names.network = cable = Cable()
driver.network.faults.begin_anew = lambda: cable.begun.append("healed")

class Faulty(StateMachine):
    @rule(fault=faults("cut"), link=links())
    def go_wrong(self, fault, link):
        assert link == (machine1, two_2)
        assert isinstance(fault, PlannedFault)
        assert cable.begun[-1] == "healed"
        fault()

Faulty.run(max_examples=3, steps=1)
assert cable.begun.count("cut") == 3, cable.begun
faults("fire")
"""
    result = driver_process.run(script)
    assert re.search(
        r"go_wrong\(fault=lambda: network\.link\(machine1, two_2, '\w+'\)\.cut", result.stderr
    )
    assert (
        "faults(): there is no kind 'fire'; those there are: partition, cut, impair"
        in result.stderr
    )


def test_machines_that_share_no_network_have_no_links(driver_process: DriverProcess) -> None:
    machines = driver_process.document["machines"]
    machines["two-2"] = machines["two-2"] | {"vlans": []}
    result = driver_process.run("from test_driver.stateful import links\nlinks()")
    assert "StatefulError: links(): no two machines of this test share a network" in result.stderr
