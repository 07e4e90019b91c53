"""Who serves the modules ``config``, ``credentials``, ``http``, ``key_value``, ``progress`` and ``stores``: the host, in tests nobody."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from .failure import Auth


class Host:
    """What there is outside of a component: what a test has put there, and nothing else."""

    def __init__(self) -> None:
        self.test_settings: Dict[str, str] = {}
        self.test_credentials: Set[str] = set()
        self.test_values: Dict[str, bytes] = {}
        self.test_stores: Dict[str, Dict[str, Any]] = {}
        self.test_answers: List[Any] = []
        self.test_requests: List[Any] = []

    def setting(self, key: str) -> Optional[str]:
        return self.test_settings.get(key)

    def settings(self) -> List[str]:
        return sorted(self.test_settings)

    def report(self, permille: Optional[int], message: Optional[str]) -> None:
        pass

    def has_credential(self, name: str) -> bool:
        return name in self.test_credentials

    def value(self, key: str) -> Optional[bytes]:
        return self.test_values.get(key)

    def set_value(self, key: str, value: bytes) -> None:
        self.test_values[key] = value

    def delete_value(self, key: str) -> None:
        self.test_values.pop(key, None)

    def values(self, prefix: str, after: Optional[str]) -> List[str]:
        return [key for key in sorted(self.test_values) if key.startswith(prefix) and (after is None or key > after)]

    def lent_stores(self) -> List[Tuple[str, str, bool]]:
        """The name of each, its kind, and whether it is only read."""
        return sorted((name, kind, False) for kind, named in self.test_stores.items() for name in named)

    def store(self, kind: str, name: str) -> Any:
        """Who answers for the store of this kind that is lent by this name; nobody where a test has set none."""
        return self.test_stores.get(kind, {}).get(name)

    def send(self, request: Any) -> Any:
        self.test_requests.append(request)
        if not self.test_answers:
            raise Auth(f"no answer was set for {request.url}: call http.set_in_test first")
        return self.test_answers.pop(0)

    def fetch(self, url: str, max_bytes: int) -> Tuple[str, bytes]:
        raise Auth(f"{url} cannot be fetched in a test")


current = Host()
"""Who it is now."""
