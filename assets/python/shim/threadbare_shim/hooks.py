"""Patches a module of the standard library right after the script imports it.

Importing it here instead would hide a module of the same name that lies beside the script: the
script would then behave differently with threadbare and without.
"""
import sys

from . import code, ring

_patches = {}


def when_imported(name, patch):  # type: (str, Callable[[ModuleType], Any]) -> None
    """Calls `patch` with the module, now or when it is imported from the standard library."""
    module = sys.modules.get(name)
    if module is None:
        if not _patches:
            sys.meta_path.insert(0, _Finder)
        _patches.setdefault(name, []).append(patch)
    elif code.is_library(getattr(module, "__file__", None)):
        patch(module)


class _Finder:
    """Finds nothing itself: it asks the others, and wraps the loader of what they find."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        # type: (str, Optional[Sequence[str]], Optional[ModuleType]) -> Optional[ModuleSpec]
        if name not in _patches:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is _Finder or find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                if spec.loader is not None and code.is_library(spec.origin):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """Loads by the real loader, and then patches."""

    def __init__(self, loader):  # type: (Any) -> None
        self._loader = loader

    def __getattr__(self, name):  # type: (str) -> Any
        return getattr(self._loader, name)

    def create_module(self, spec):  # type: (ModuleSpec) -> Optional[ModuleType]
        return self._loader.create_module(spec)

    def exec_module(self, module):  # type: (ModuleType) -> None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        for patch in _patches.pop(module.__name__, ()):
            ring.guarded(module.__name__, patch, module)
        if not _patches and _Finder in sys.meta_path:
            sys.meta_path.remove(_Finder)
