"""`rehearse up` and `pytest --live`: tests over machines that run already."""
