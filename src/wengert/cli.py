"""The command line: `wengert VERB ...`, one row in VERBS for each verb.

Knows: arguments, exit codes, how Python starts a script, and how an error reaches the person at the terminal.
Must not know: tensors, operations or anything else of what a script computes.
"""

import argparse
import importlib.util
import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from traceback import FrameSummary, TracebackException
from types import CodeType, ModuleType, TracebackType
from typing import Final, NoReturn

from wengert import standin
from wengert.version import __version__

__all__ = ["main"]

OK: Final = 0
SCRIPT_FAILED: Final = 1
NOT_STARTED: Final = 2
INTERRUPTED: Final = 130
OUTPUT_CLOSED: Final = 141

EXIT_CODES = """\
exit codes:
  0    the script ran to its end
  1    the script raised an exception; its traceback is on standard error
  2    nothing was started: a wrong argument, no such file, or another torch is already imported
  130  interrupted (Ctrl-C)
  141  nobody reads the output any more, as in `wengert run SCRIPT.py | head`
  A script that calls sys.exit(n) exits with n."""

FULL_TRACEBACK = "WENGERT_FULL_TRACEBACK"
PACKAGE = str(Path(__file__).parent) + os.sep


@dataclass(frozen=True)
class Verb:
    """One verb: what `--help` says of it, the arguments it takes, and the function that does it."""

    name: str
    summary: str
    example: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    do: Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code; a script's own SystemExit passes through.

    >>> main(["run", "no_such_script.py"])
    2
    """
    arguments = _parser().parse_args(argv)
    verb: Verb = arguments.verb
    try:
        return verb.do(arguments)
    finally:
        # Flushed here, because the interpreter's own flush at exit would complain of a closed pipe.
        if _output_is_closed():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- run ---------------------------------------------------------------------------------------------------------


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", dest="module", action="store_true", help="SCRIPT is a module, as for `python -m`")
    parser.add_argument("--report", action="store_true", help="list the names of torch that the script uses, and stop")
    parser.add_argument(
        "--inspect",
        metavar="OUT.html",
        help="write a page that shows the script's backward passes and where its time went",
    )
    parser.add_argument("script", metavar="SCRIPT.py", help="the script, as one would give it to python")
    parser.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="the script's own arguments")


def _run(arguments: argparse.Namespace) -> int:
    script: str = arguments.script
    try:
        standin.install()
        source, spec = (
            _found(script) if arguments.module else (SourceFileLoader("__main__", script).get_data(script), None)
        )
    except OSError as error:
        return _refuse(
            f"can't open file {script!r}: {error.strerror}\nTry: check the path; this folder is {Path.cwd()}"
        )
    except RuntimeError as error:
        return _refuse(str(error))
    if arguments.report:
        from wengert.usage import report

        print(report(source.decode()))
        return OK
    module = _become_main(script if spec is None else str(spec.origin), arguments.arguments)
    if spec is not None:
        module.__spec__, module.__package__ = spec, spec.parent
        sys.path[0] = str(Path.cwd())
    return _execute(module, source) if arguments.inspect is None else _inspect(arguments.inspect, module, source)


def _inspect(path: str, module: ModuleType, source: bytes) -> int:
    """Run the source as a module, then write the page of its backward passes; the exit code."""
    from wengert.inspect.pages.recording import recorded

    target = Path(path).absolute()  # the script may go to another folder
    if not target.parent.is_dir():
        return _refuse(f"can't write {path!r}: there is no folder {str(target.parent)!r}\nTry: make it first")
    with recorded() as page:
        try:
            return _execute(module, source)
        finally:
            if page.passes:
                page.save(target)
                print(f"wengert run: {path} shows {len(page.passes)} of {page.seen} backward passes", file=sys.stderr)
            else:
                print(f"wengert run: no backward() of a number was seen, so {path} was not written", file=sys.stderr)


def _found(name: str) -> tuple[bytes, ModuleSpec]:
    """The source of a module, or of a package's __main__."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ImportError as error:
        raise RuntimeError(f"no module named {name!r}: {error}\nTry: run it from the folder that holds it") from None
    finally:
        sys.path.pop(0)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"no module named {name!r} that can be run\nTry: run it from the folder that holds it")
    return Path(spec.origin).read_bytes(), spec


def _execute(module: ModuleType, source: bytes) -> int:
    """Run the source as a module; the exit code."""
    code: CodeType | None = None
    try:
        code = compile(source, str(module.__file__), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - running the user's script is what this verb is for
    except SystemExit:
        raise
    except BrokenPipeError as error:
        # A script's own socket can break too; only a closed standard output is nobody's fault.
        return OUTPUT_CLOSED if _output_is_closed() else _report(error, code)
    except BaseException as error:  # noqa: BLE001 - whatever ends the script is shown as Python would show it
        return _report(error, code)
    return OK


# --- explain and doctor ------------------------------------------------------------------------------------------


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=1, metavar="N", help="how many backward passes are explained")
    parser.add_argument("script", metavar="SCRIPT.py", help="the script, as one would give it to python")
    parser.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="the script's own arguments")


def _explain(arguments: argparse.Namespace) -> int:
    from wengert.inspect.narration import narrated

    arguments.module, arguments.report, arguments.inspect = False, False, None
    with narrated(arguments.most):
        return _run(arguments)


def _doctor_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")


def _doctor(arguments: argparse.Namespace) -> int:
    from wengert.inspect.doctor import examine, report

    checks = examine()
    print(json.dumps([check._asdict() for check in checks]) if arguments.json else report(checks))
    return OK if all(check.well or check.found == "missing" for check in checks) else SCRIPT_FAILED


def _become_main(script: str, arguments: Sequence[str]) -> ModuleType:
    """Set `__main__`, sys.argv and sys.path[0] as `python SCRIPT ARGS` would."""
    module = ModuleType("__main__")
    # Python keeps sys.argv[0] as it was typed, but makes __file__ and with it the traceback's paths absolute.
    module.__file__ = str(Path(script).absolute())
    module.__loader__ = SourceFileLoader("__main__", module.__file__)
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = module
    sys.argv = [script, *arguments]
    # With -P or PYTHONSAFEPATH Python adds no folder for the script, and then sys.path[0] is not ours to replace.
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(script).resolve().parent)
    return module


def _refuse(message: str) -> int:
    print(f"wengert run: {message}", file=sys.stderr)
    return NOT_STARTED


def _output_is_closed() -> bool:
    """Whether the reader of standard output has gone away."""
    if sys.stdout is None or sys.stdout.closed:
        return False
    try:
        sys.stdout.flush()
        output = sys.stdout.fileno()
    except BrokenPipeError:
        return True
    except OSError:
        return False
    if not hasattr(select, "poll"):
        return False
    # A large write that failed leaves nothing to flush, so the pipe itself has to be asked.
    poll = select.poll()
    poll.register(output, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


# --- the user's own traceback ------------------------------------------------------------------------------------


def _report(error: BaseException, script: CodeType | None) -> int:
    """Show the error as `python SCRIPT` would and return the exit code."""
    if isinstance(error, ImportError):
        standin.explain(error)
    trace = _from_script(error.__traceback__, script)
    if sys.excepthook is sys.__excepthook__:
        _print_traceback(error.with_traceback(trace))
    else:
        sys.excepthook(type(error), error, trace)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else SCRIPT_FAILED


def _from_script(trace: TracebackType | None, script: CodeType | None) -> TracebackType | None:
    """The traceback from the script's first line on; nothing for a script that did not even compile."""
    while trace is not None and trace.tb_frame.f_code is not script:
        trace = trace.tb_next
    return trace


def _print_traceback(error: BaseException) -> None:
    """Print the traceback without the lines inside wengert, where the user's mistake is not, and say so."""
    shown = TracebackException.from_exception(error)
    hidden = 0 if os.environ.get(FULL_TRACEBACK) else _hide_ours(shown)
    print("".join(shown.format()), end="", file=sys.stderr)
    if hidden:
        print(f"(inside wengert, not shown: {hidden}; {FULL_TRACEBACK}=1 shows all)", file=sys.stderr)


def _hide_ours(shown: TracebackException) -> int:
    """Drop wengert's own lines from the traceback and from those of its causes; return how many they were."""
    hidden = 0
    waiting: list[TracebackException | None] = [shown]
    while waiting:
        part = waiting.pop()
        if part is None:
            continue
        kept = [line for line in part.stack if not _is_ours(line)]
        hidden += len(part.stack) - len(kept)
        part.stack[:] = kept
        waiting += [part.__cause__, part.__context__, *(part.exceptions or [])]
    return hidden


def _is_ours(line: FrameSummary) -> bool:
    return line.filename.startswith(PACKAGE)


# --- the verbs and their parser ----------------------------------------------------------------------------------

VERBS: Final = (
    Verb(
        name="run",
        summary="run a PyTorch script on wengert: inside it, `import torch` gives wengert",
        example="wengert run train.py --epochs 3",
        add_arguments=_run_arguments,
        do=_run,
    ),
    Verb(
        name="explain",
        summary="run a script and show how the gradients of its backward passes come about, step by step",
        example="wengert explain train.py",
        add_arguments=_explain_arguments,
        do=_explain,
    ),
    Verb(
        name="doctor",
        summary="say what is installed, what is missing and how to have it, and check that gradients are right",
        example="wengert doctor --json",
        add_arguments=_doctor_arguments,
        do=_doctor,
    ),
)


class _Parser(argparse.ArgumentParser):
    """argparse, whose errors also say what to do."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        example = "wengert run SCRIPT.py" if "invalid choice" in message else f"{self.prog} --help"
        self.exit(NOT_STARTED, f"{self.prog}: error: {message}\nTry: {example}\n")


def _parser() -> argparse.ArgumentParser:
    examples = "\n".join(f"  {verb.example}" for verb in VERBS)
    parser = _Parser(
        prog="wengert",
        description="PyTorch's autograd without PyTorch.",
        epilog=f"examples:\n{examples}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wengert {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        one = verbs.add_parser(
            verb.name,
            help=verb.summary,
            description=verb.summary,
            epilog=f"example:\n  {verb.example}\n\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(one)
        one.set_defaults(verb=verb)
    return parser
