"""A part of channels.yml: what every channel's own part is built on."""

from __future__ import annotations

from pydantic import BaseModel, Extra


class Section(BaseModel):
    """Unknown keys are refused; a wrong value names its key."""

    class Config:
        extra = Extra.forbid
        allow_mutation = False
