"""Runs Rasa without TensorFlow, which it imports for components that we do not use (15 s, 340 MB)."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import re
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_LEFT_OUT = frozenset({"tensorflow", "tensorflow_hub", "tensorflow_text", "keras"})
_NEEDS_IT = re.compile(
    r"^\s*-?\s*name:\s*[\"']?\S*"
    r"(DIETClassifier|ResponseSelector|TEDPolicy|UnexpecTEDIntentPolicy|ConveRTFeaturizer|LanguageModelFeaturizer)",
    re.MULTILINE,
)


# What Rasa imports for connectors, brokers and pictures that a server of ours has not (33 MB, 1.5 s).
NOT_IN_A_SERVER = frozenset(
    {
        "boto3", "botocore", "fbmessenger", "matplotlib", "mattermostwrapper", "mpl_toolkits", "pymongo",
        "rocketchat_API", "slack_sdk", "webexteamssdk",
    }
)  # fmt: skip


def leave_out_tensorflow(config: Path, also: frozenset[str] = frozenset()) -> bool:
    """Put empty stand-ins in TensorFlow's place unless the pipeline has a component that needs it.

    Args:
        config: Rasa's config.yml.
        also: other packages to leave out with it.

    Returns:
        Whether it was left out.
    """
    if "tensorflow" in sys.modules or _NEEDS_IT.search(config.read_text(encoding="utf-8")):
        return False
    sys.meta_path.insert(0, _Finder(_LEFT_OUT | also))
    return True


class _StandInType(type):
    """Any attribute of a stand-in is another one: classes can inherit it, annotations can name it."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)

    def __getitem__(cls, _: object) -> Any:
        return cls

    def __or__(cls, _: object) -> Any:
        return cls

    def __ror__(cls, _: object) -> Any:
        return cls

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if "_is_stand_in" not in cls.__dict__:
            raise RuntimeError(f"{cls.__name__} needs TensorFlow, which this process runs without")
        # As a decorator it leaves the function alone.
        return args[0] if len(args) == 1 and not kwargs and callable(args[0]) else _Nothing()


class _Base(metaclass=_StandInType):
    def __init_subclass__(cls, **_: Any) -> None:
        """Take any class arguments."""


class _Nothing:
    """What a stand-in returns: a decorator that does nothing, and an empty sequence."""

    def __call__(self, function: Any = None, *_: Any, **__: Any) -> Any:
        return function

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())


def _stand_in(name: str) -> Any:
    return _StandInType(name, (_Base,), {"_is_stand_in": True})


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        stand_in = _stand_in(name)
        setattr(self, name, stand_in)
        return stand_in


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, left_out: frozenset[str]) -> None:
        self._left_out = left_out

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self._left_out:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""
