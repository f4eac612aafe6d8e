"""A part of `channels.yml`, as each channel declares its own."""

from __future__ import annotations

from pydantic import BaseModel, Extra


class Section(BaseModel):
    """A part of the file; unknown keys are refused."""

    class Config:
        extra = Extra.forbid
        allow_mutation = False
