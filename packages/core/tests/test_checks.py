import sys
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.db import connections

from chowk_core import checks
from chowk_core.package_settings import PackageSettings, Policies, Policy, PolicyMap, Setting, registry


@pytest.fixture
def check(settings, db):
    """What the checks say of a CHOWK_CORE."""

    def run(value):
        settings.CHOWK_CORE = value
        return [m for m in run_checks() if m.id and m.id.startswith("chowk_core.")]

    return run


def only(messages, error_id):
    (message,) = messages
    assert message.id == f"chowk_core.{error_id}"
    return message


def test_the_defaults_are_right(check):
    assert check({}) == []


def test_an_unknown_name_suggests_the_near_one(check):
    message = only(check({"MAX_ATTEMPT": 3}), "E001")
    assert message.msg == "CHOWK_CORE has no setting 'MAX_ATTEMPT'."
    assert message.hint == "Did you mean 'MAX_ATTEMPTS'?"
    assert "'RELAY'" in only(check({"relay": "celery"}), "E001").hint


def test_an_unknown_name_that_resembles_none_lists_all(check):
    hint = only(check({"COLOUR_OF_THE_SKY": 1}), "E001").hint
    assert "BACKOFF, BACKOFF_LIMIT" in hint


def test_a_setting_that_is_no_dict(check):
    assert only(check(["RELAY"]), "E007").msg == "CHOWK_CORE should be a dict, not list."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("MAX_ATTEMPTS", "8", "should be of type int, not str"),
        ("MAX_ATTEMPTS", True, "should be of type int, not bool"),
        ("MAX_ATTEMPTS", 0, "should be more than nothing"),
        ("BACKOFF", 2, "should be of type timedelta, not int"),
        ("RELAY", "rabbit", "should be 'inline', 'celery' or 'manual'"),
        ("RELAY", None, "should be of type str, not NoneType"),
        ("EVENT_RETENTION", 30, "should be of type timedelta or NoneType, not int"),
        ("IDEMPOTENCY_LEASE", timedelta(0), "should be more than nothing"),
        ("SUBSCRIPTIONS", ["a.b"], "should be of type dict, not list"),
        ("SUBSCRIPTIONS", {"a.b": 5}, "'a.b' should name a dotted path, or None: not 5"),
        ("SUBSCRIPTIONS", {"a.b": [5]}, "'a.b' should name a dotted path, or None: not [5]"),
        ("PERIODIC", {"core.prune_events": 5}, "'core.prune_events' should be a timedelta, a (dotted path"),
        (
            "PERIODIC",
            {"core.prune_events": timedelta(0)},
            "'core.prune_events' should be a timedelta, a (dotted",
        ),
        (
            "PERIODIC",
            {"core.prune": timedelta(1)},
            "'core.prune' is not one of core.forget_idempotency_keys,",
        ),
        ("STREAMS", {"a": 5}, "'a' should name a dotted path, or None: not 5"),
    ],
)
def test_a_wrong_value_is_told_with_what_it_should_be(check, name, value, text):
    message = only(check({name: value}), "E002")
    assert message.msg.startswith(f"CHOWK_CORE['{name}'] {text}")
    assert message.hint


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("tests.nowhere.f", "ModuleNotFoundError: No module named 'tests.nowhere'"),
        ("tests.diary.handlers.missing", 'does not define a "missing" attribute/class'),
        ("tests.diary.broken_module.f", "NameError: name 'undefined' is not defined"),
        ("nodots", "nodots doesn't look like a module path"),
        ("tests.diary.handlers.broken", "which is not callable."),
        ("tests.diary.services.remember", "which cannot be called as (event): it is (*, now: "),
    ],
)
def test_a_handler_that_cannot_run_is_told_with_the_reason(check, path, cause):
    message = only(check({"SUBSCRIPTIONS": {"diary.written": path}}), "E004")
    assert message.msg.startswith(f"CHOWK_CORE['SUBSCRIPTIONS'] names '{path}', which ")
    assert cause in message.msg


def test_a_handlers_path_must_fit_its_column(check):
    path = "tests.diary." + "x" * 200 + ".f"
    messages = check({"SUBSCRIPTIONS": {"diary.written": path}})
    assert "longer than 200 characters" in messages[1].msg


def test_a_periodic_service_that_cannot_run_is_told_with_the_reason(check):
    work = {"diary.a": ("tests.diary.services.missing", timedelta(1))}
    assert 'does not define a "missing"' in only(check({"PERIODIC": work}), "E005").msg
    work = {"diary.a": ("tests.diary.handlers.note", timedelta(1))}
    assert "cannot be called as (*, now)" in only(check({"PERIODIC": work}), "E005").msg


def test_a_stream_that_cannot_be_imported_is_told(check):
    message = only(check({"STREAMS": {"a": "tests.nowhere.Stream"}}), "E003")
    assert "No module named 'tests.nowhere'" in message.msg


@pytest.mark.parametrize(
    ("value", "extra"), [({"RELAY": "celery"}, "celery"), ({"SOCKET_REDIS_URL": "redis://x"}, "redis")]
)
def test_a_missing_extra_is_told_with_how_to_install_it(check, monkeypatch, value, extra):
    assert check(value) == []
    present = checks.find_spec
    monkeypatch.setattr(checks, "find_spec", lambda name: None if name == extra else present(name))
    message = only(check(value), "E006")
    assert message.hint == f"pip install 'chowk-core[{extra}]'"


def test_tasks_without_celery_say_what_to_do(monkeypatch):
    import importlib

    from django.core.exceptions import ImproperlyConfigured

    monkeypatch.setitem(sys.modules, "celery", None)
    monkeypatch.delitem(sys.modules, "chowk_core.tasks", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'chowk-core\[celery\]'"):
        importlib.import_module("chowk_core.tasks")


def test_deployment_on_sqlite_asks_for_immediate_transactions(monkeypatch):
    connection = connections["default"]
    if connection.vendor == "sqlite":
        assert checks.check_sqlite() == []
        monkeypatch.delitem(connection.settings_dict["OPTIONS"], "transaction_mode")
        assert checks.check_sqlite()[0].id == "chowk_core.W008"
    else:
        assert checks.check_sqlite() == []


class ExampleSettings(PackageSettings):
    prefix = "TESTS_EXAMPLE"

    LIMIT = Setting(5, "A number.")
    RULE: Policy = Policy("tests.diary.handlers.note", "A rule.")
    OPTIONAL: Policy = Policy(None, "A rule, or none.")
    RULES: Policies = Policies((), "Rules.")
    TABLE: PolicyMap = PolicyMap({"a": "tests.diary.handlers.note"}, "Rules by name.")


@pytest.fixture
def example():
    before = dict(registry)
    yield ExampleSettings()
    registry.clear()
    registry.update(before)


@pytest.mark.parametrize(
    ("value", "error_id", "text"),
    [
        ({"RULE": None}, "E002", "should be a dotted path, not None"),
        ({"RULE": 5}, "E002", "should be a dotted path, not 5"),
        ({"RULES": "tests.diary.handlers.note"}, "E002", "should be of type list or tuple, not str"),
        ({"RULES": [5]}, "E002", "should be a list of dotted paths: 5 is none"),
        ({"RULES": ["tests.nowhere.f"]}, "E003", "No module named 'tests.nowhere'"),
        ({"TABLE": {"b": "tests.nowhere.f"}}, "E003", "No module named 'tests.nowhere'"),
        ({"OPTIONAL": "tests.nowhere.f"}, "E003", "No module named 'tests.nowhere'"),
    ],
)
def test_every_packages_settings_are_checked(settings, example, value, error_id, text):
    settings.TESTS_EXAMPLE = value
    (message,) = checks.problems(example)
    assert message.id == f"chowk_core.{error_id}"
    assert text in message.msg


def test_right_values_are_right(settings, example):
    settings.TESTS_EXAMPLE = {"OPTIONAL": None, "RULES": [len], "TABLE": {"a": None, "b": len}, "RULE": len}
    assert list(checks.problems(example)) == []
