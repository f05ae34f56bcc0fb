from people.admin import invitation, person, role  # noqa: F401 - they register themselves
