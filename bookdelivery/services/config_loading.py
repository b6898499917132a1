"""The configuration put together: defaults, then a file, then the environment, then flags; the last one counts.

Whatever is wrong is told with where it stands, the key, the value and what would be allowed. Keys that nobody knows are
refused: most of them are misspelt, and what they were to change would silently stay as it is.
"""

from __future__ import annotations

import os
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

import attrs
from typed_settings import load_settings
from typed_settings.dict_utils import set_path
from typed_settings.types import LoadedSettings, LoaderMeta, OptionInfo, OptionList, SettingsClass, SettingsDict

from bookdelivery.kernel.errors import BookdeliveryError, shorten
from bookdelivery.services.config import Config
from bookdelivery.services.config_keys import kind_of
from bookdelivery.services.masking import masked

PREFIX = "BOOKDELIVERY_"
"""What the names of environment variables begin with: BOOKDELIVERY_HTTP_FIRST_PORT."""

FILE_VARIABLE = f"{PREFIX}CONFIG"
"""The environment variable that names the file, where no flag does."""

Flags = Mapping[str, str | Mapping[str, str]]
"""What flags say, by the key: `{"http.first_port": "9000", "data.stores": {"mypage": "file:///pages"}}`."""


class WrongSetting(BookdeliveryError, ValueError):
    """Something in the configuration is not as it must be.

    Attributes:
        source: the file, environment variable or flag where it stands.
        key: the section and key: `http.first_port`.
    """

    def __init__(self, source: str, key: str, problem: str) -> None:
        section, _, name = key.partition(".")
        where = source if source.startswith("--") else f"{source}: [{section}] {name}".rstrip()
        super().__init__(f"{where} {problem}")
        self.source = source
        self.key = key


class UnreadableConfig(BookdeliveryError, OSError):
    """The configuration file cannot be read.

    Attributes:
        source: its path.
    """

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"the configuration file {source} {problem}")
        self.source = source


@attrs.frozen
class Loaded:
    """A configuration, and where its values come from.

    Attributes:
        config: the values.
        sources: the file, variable or flag that gave a value, by the key; what is not there is a default.
    """

    config: Config
    sources: Mapping[str, str]


def load_config(file: Path | None = None, flags: Flags | None = None) -> Loaded:
    """Put the configuration together.

    Args:
        file: a TOML file; None takes the one that `BOOKDELIVERY_CONFIG` names, if it is set.
        flags: what was said on the command line.

    Raises:
        UnreadableConfig: the file cannot be read, or is no TOML.
        WrongSetting: a key is not known, or a value is not allowed.
    """
    sources: dict[str, str] = {}
    named = os.environ.get(FILE_VARIABLE)
    path = Path(named) if file is None and named else file
    loaders = [_Environment(sources), _Given(flags or {}, sources)]
    if path is not None:
        loaders.insert(0, _File(path, sources))
    return Loaded(load_settings(Config, loaders, converter=_AsRead()), sources)


class _Loader(ABC):
    """Reads values from one place, and notes for each that it came from there."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> LoadedSettings:  # noqa: ARG002
        """Load (typed-settings' protocol).

        Raises:
            UnreadableConfig, WrongSetting: as `load_config` says.
        """
        known = {option.path: option for option in options}
        settings: SettingsDict = {}
        for source, path, value in self._values(known):
            option = known.get(path)
            if option is None:
                raise WrongSetting(source, path, f"is not known; {_nearest(path, known)}")
            kind = kind_of(attrs.fields_dict(option.parent_cls)[option.name])
            try:
                read = kind.read(value)
            except (TypeError, ValueError) as error:
                shown = "***" if kind.secret else shorten(masked(value) if isinstance(value, str) else value)
                raise WrongSetting(source, path, f"is {shown}, but must be {kind.words}") from error
            set_path(settings, path, read)
            self._sources[path] = source
        return LoadedSettings(settings, LoaderMeta(self))

    @abstractmethod
    def _values(self, known: Mapping[str, OptionInfo]) -> Iterator[tuple[str, str, Any]]:
        """Give where each value comes from, its key, and the value."""


class _File(_Loader):
    def __init__(self, path: Path, sources: dict[str, str]) -> None:
        super().__init__(sources)
        self._path = path

    def _values(self, known: Mapping[str, OptionInfo]) -> Iterator[tuple[str, str, Any]]:
        source = str(self._path)
        try:
            document = tomllib.loads(self._path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UnreadableConfig(source, f"cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnreadableConfig(source, f"is no TOML: {error}") from error
        sections = {path.partition(".")[0] for path in known}
        for section, keys in document.items():
            if section not in sections or not isinstance(keys, dict):
                allowed = ", ".join(f"[{name}]" for name in sorted(sections))
                raise WrongSetting(source, section, f"is no section; the sections are {allowed}")
            for name, value in keys.items():
                yield source, f"{section}.{name}", value


class _Environment(_Loader):
    def _values(self, known: Mapping[str, OptionInfo]) -> Iterator[tuple[str, str, Any]]:
        names = {f"{PREFIX}{path.upper().replace('.', '_')}": path for path in known}
        sections = tuple({f"{PREFIX}{path.partition('.')[0].upper()}_" for path in known})
        for name, value in sorted(os.environ.items()):
            if name in names:
                yield name, names[name], value
            elif name.startswith(sections):
                section, _, rest = name.removeprefix(PREFIX).lower().partition("_")
                yield name, f"{section}.{rest}", value


class _Given(_Loader):
    def __init__(self, flags: Flags, sources: dict[str, str]) -> None:
        super().__init__(sources)
        self._flags = flags

    def _values(self, known: Mapping[str, OptionInfo]) -> Iterator[tuple[str, str, Any]]:  # noqa: ARG002
        for path, value in self._flags.items():
            yield f"--{path.replace('_', '-')}", path.replace("-", "_"), value


class _AsRead:
    """Makes the sections of values that are read already (typed-settings' protocol of a converter)."""

    def structure(self, value: Any, cls: type[Any]) -> Any:
        """Give a value as it is; of a table of values, make the section."""
        if not attrs.has(cls) or not isinstance(value, dict):
            return value
        types = get_type_hints(cls)
        return cls(**{name: self.structure(one, types[name]) for name, one in value.items()})

    def get_structure_hook(self, cls: type[Any]) -> Callable[[Any, type[Any]], Any]:  # noqa: ARG002
        """Give what makes values of a class."""
        return self.structure


def _nearest(path: str, known: Mapping[str, OptionInfo]) -> str:
    section, _, name = path.partition(".")
    keys = [one.partition(".")[2] for one in known if one.startswith(f"{section}.")]
    if not keys:
        return f"the sections are {', '.join(sorted({one.partition('.')[0] for one in known}))}"
    near = get_close_matches(name, keys, n=1)
    return f"did you mean {near[0]}?" if near else f"[{section}] has {', '.join(keys)}"
