"""The environment key: under which circumstances were the tests recorded.

A key is a list of parts (name, value, class), see `struct taut_part`.  What
identifies a configuration (interpreter, platform, options) keeps its own rows
in the database; of a part that is state (packages, ini keys) a new value
replaces the old.  No value holds an absolute path, so the key is the same in
every checkout.  PYTEST_DONT_REWRITE
"""

import hashlib
import os
import platform
import sys

from taut import pytest_compat
from taut._core import PART_IDENTITY, PART_STATE
from taut.installed import normal

# Options that change what is shown, which tests are picked, or where they
# run, but not what a test does.  `capture` is here although a test can look
# at its own stdin: -s is how people read prints, not another configuration.
INERT_OPTIONS = frozenset("""
    verbose quiet no_header no_summary reportchars disable_warnings
    showlocals tbstyle xfail_tb showcapture fulltrace color code_highlight
    fold_skipped force_short_summary pastebin xmlpath junitprefix durations
    durations_min no_subtests_shortletter doctestreport
    maxfail max_warnings lf failedfirst newfirst last_failed_no_failures
    cacheclear cacheshow stepwise stepwise_skip stepwise_reset
    keyword markexpr file_or_dir pyargs ignore ignore_glob deselect
    keepduplicates collect_in_virtualenv continue_on_collection_errors
    collectonly setuponly setupplan setupshow showfixtures
    show_fixtures_per_test markers help version traceconfig debug
    rootdir inifilename confcutdir basetemp capture usepdb usepdb_cls trace
    log_cli_format log_cli_date_format log_file log_file_mode
    log_file_format log_file_date_format log_auto_indent
    numprocesses maxprocesses dist distload tx px rsyncdir rsyncignore
    looponfail testrunuid maxschedchunk maxworkerrestart loadscopereorder
    desttimes
    testmon testmon_noselect testmon_nocollect testmon_forceselect
    testmon_readonly testmon_verify testmon_env testmon_core
    testmon_precision no_testmon tlf
    testmon_singleprocess project_directory
    plugins override_ini
""".split())
INERT_OPTION_PREFIXES = ("cov_", "no_cov")
# -p NAME: plugins that only show, or whose absence does.
INERT_PLUGINS = frozenset("""
    taut.plugin no:cacheprovider no:terminal no:testmon no:pastebin
    no:junitxml no:stepwise no:sugar no:faulthandler pytest_cov xdist
    xdist.plugin no:cov no:xdist
""".split())
INERT_INI = frozenset("""
    addopts testpaths norecursedirs minversion required_plugins
    console_output_style cache_dir rsyncdirs rsyncignore looponfailroots
    junit_suite_name junit_logging junit_log_passing_tests
    junit_duration_report junit_family
    faulthandler_timeout faulthandler_exit_on_timeout
    tmp_path_retention_count tmp_path_retention_policy
    log_cli log_cli_format log_cli_date_format log_file log_file_mode
    log_file_format log_file_date_format log_auto_indent
    verbosity_assertions verbosity_test_cases verbosity_subtests
    truncation_limit_lines truncation_limit_chars
    assertion_text_diff_style max_warnings
    environment_expression testmon_ignore_dependencies
    testmon_environment_ignore testmon_precision
""".split())
FLAGS = ("optimize", "dev_mode", "utf8_mode", "bytes_warning",
         "warn_default_encoding", "int_max_str_digits")


def name(config):
    """The environment's name, or None for the default one."""
    option = config.known_args_namespace.testmon_env
    expression = config.getini("environment_expression")
    return option or evaluate(expression) or None


def evaluate(expression):
    if not expression:
        return ""

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    names = {"os": os, "sys": sys, "hashlib": hashlib, "md5": md5}
    try:
        return str(eval(expression, names))
    except Exception as error:
        return repr(error)


def parts(config, args):
    """The key's parts, from the options known before conftests are loaded."""
    option = config.known_args_namespace
    standing = pytest_compat.standing_options(config)
    overrides = _overrides(option)
    identity = {
        "python": _python(),
        "flags": _flags(),
        "platform": "%s %s" % (sys.platform, platform.machine()),
        "pytest": pytest_compat.VERSION,
        "warnings": " ".join(sys.warnoptions),
        "autoload": os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD", ""),
        "-k": standing.keyword,
        "-m": standing.markexpr,
        "plugins": " ".join(sorted(set(option.plugins or ())
                                   - INERT_PLUGINS)),
        "unknown options": " ".join(unknown_options(config, args)[0]),
    }
    for key, value in _options(config):
        identity["option:" + key] = value
    for key, value in overrides.items():
        identity["override:" + key] = value
    state = {
        "packages": _digest("\n".join(plugins(config))),
    }
    for key, value in pytest_compat.ini_values(config).items():
        if key not in INERT_INI and key not in overrides:
            state["ini:" + key] = value
    root = str(config.rootpath)
    found = [(key, _short(value, root), PART_IDENTITY)
             for key, value in sorted(identity.items()) if value]
    found += [(key, _short(value, root), PART_STATE)
              for key, value in sorted(state.items())]
    return found


# Distributions of plugins that only show, or only decide where tests run.
INERT_DISTRIBUTIONS = frozenset(
    "taut pytest-cov pytest-xdist pytest-sugar".split())


def ignored(config):
    return config.getini("testmon_ignore_dependencies") or ["taut"]


def plugins(config):
    """Sorted "name==version" of the plugins that are installed.

    What else is installed matters to those who import it: see installed.py.
    """
    ignore = INERT_DISTRIBUTIONS.union(map(normal, ignored(config)))
    found = {"%s==%s" % (normal(name), version)
             for name, version in pytest_compat.plugin_distributions(config)
             if normal(name) not in ignore}
    return sorted(found)


def base(config):
    """What Python, pytest and its plugins are: see src/words.h."""
    return "".join("%s\n" % value for value in (
        _python(), pytest_compat.VERSION, _digest("\n".join(plugins(config)))))


def _python():
    return "%s %s" % (sys.implementation.name, platform.python_version())


def unknown_options(config, args):
    """(words for the key, paths left out): options that conftests add later.

    Such an option may take the next word as its value.  A word that is a
    test path is taken for an argument; `run` looks later whether it was one.
    """
    words, paths = [], []
    unknown = set(pytest_compat.unknown_flags(config, args))
    previous = ""
    for word in map(os.fspath, args):
        if word in unknown:
            words.append(word)
        elif previous in unknown and "=" not in previous and word[:1] != "-":
            path = word.split("::")[0]
            if os.path.isdir(path) or (path.endswith(".py")
                                       and os.path.exists(path)):
                paths.append(word)
            else:
                words.append(word)
        previous = word
    return words, paths


def _options(config):
    """Options whose value differs from the default and may matter."""
    defaults = vars(config.option)
    given = vars(config.known_args_namespace)
    for key, value in given.items():
        if key in INERT_OPTIONS or key.startswith(INERT_OPTION_PREFIXES):
            continue
        default = defaults.get(key)
        if value == default or not (value or default):
            continue
        yield key, repr(value)
    cut = given.get("confcutdir")
    usual = config.inipath.parent if config.inipath else config.rootpath
    if cut and os.path.abspath(cut) != str(usual):
        yield "confcutdir", os.path.relpath(cut, config.rootpath)


def _overrides(option):
    found = {}
    for text in option.override_ini or ():
        key, _, value = text.partition("=")
        if key.strip() not in INERT_INI:
            found[key.strip()] = value
    return found


def _flags():
    found = ["%s=%d" % (flag, getattr(sys.flags, flag))
             for flag in FLAGS if getattr(sys.flags, flag, 0)]
    return " ".join(found)


def _digest(text):
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _short(value, root):
    value = value.replace(root, "{rootdir}")
    return value if len(value) <= 60 else _digest(value)
