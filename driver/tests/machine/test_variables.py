"""The variables of machines: their names, and their host names where nothing else is called so."""

from test_driver.configuration import MachineConfiguration, machine_variables


def variables(machines: dict[str, list[str]]) -> dict[str, str]:
    return machine_variables(
        {
            name: MachineConfiguration.model_validate(
                {
                    "start_command": ("x",),
                    "vlans": (),
                    "memory_mib": 1,
                    "cores": 1,
                    "aliases": tuple(aliases),
                }
            )
            for name, aliases in machines.items()
        }
    )


def test_a_host_name_is_a_second_variable() -> None:
    assert variables({"server": ["kairos"], "client": []}) == {
        "server": "server",
        "kairos": "server",
        "client": "client",
    }


def test_the_name_of_a_machine_goes_before_the_host_name_of_another_one() -> None:
    assert variables({"a": ["b"], "b": ["a"]}) == {"a": "a", "b": "b"}


def test_a_host_name_of_two_machines_names_none() -> None:
    assert variables({"a": ["twin"], "b": ["twin"]}) == {"a": "a", "b": "b"}


def test_host_names_that_make_one_variable_name_none() -> None:
    assert variables({"a": ["x-y"], "b": ["x_y"]}) == {"a": "a", "b": "b"}


def test_a_host_name_that_cannot_be_a_variable_names_none() -> None:
    assert variables({"a": ["class"], "b": ["log"]}) == {"a": "a", "b": "b"}
