# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What is closed at the end of a ``with`` block: the two methods that say so, once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """A context manager whose end is :meth:`close`."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; it may be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()
