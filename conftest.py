"""What every test of the product stands on: see the plugins for what each of them promises."""

pytest_plugins = [
    "tests.sockets",
    "tests.needs",
    "tests.fixtures",
    "tests.vendors",
    "tests.signed_in",
    "tests.emptying",
]
