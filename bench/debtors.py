"""Realistic debtors, many at once: each holds a conversation and knows what it should see.

What is checked: each message gets an answer in time; no message of ours comes twice; answers come in the order of the
questions; whoever agrees sees what was agreed.
"""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import aiohttp

from bench.personas import AGREE, FACTS, MONTH, TAP, Persona, choose, typed
from bench.population import Person, person
from bench.providers import Arrived, Providers
from bench.wires import LINES, Line, Refused
from bot.scripts import Scripts
from bot.settings import CHECKOUT

# Where nothing tells which message an answer belongs to, it is over when nothing more comes for this long.
_QUIET = 0.6
_TAPS_TO_AGREE = 5
_MENU = re.compile(r"^1\. ", re.MULTILINE)
_AGREE = {"es": "sí, acepto", "en": "yes, I agree"}
# Carriers of the United States: by SMS and WhatsApp such people are written to at certain hours only.
_ANY_HOUR = {"US": ("rest", "web", "polling", "telegram")}


@dataclass
class Tally:
    """What all debtors saw."""

    times: dict[str, array[float]] = field(default_factory=dict)  # milliseconds, by channel
    errors: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    silent: list[tuple[str, str]] = field(
        default_factory=list
    )  # channel and address of who waited in vain, each time
    turns: int = 0
    conversations: int = 0
    agreed: int = 0
    unsettled: int = 0
    active: int = 0
    most_active: int = 0

    def answered(self, channel: str, seconds: float) -> None:
        """One turn is over."""
        self.turns += 1
        self.times.setdefault(channel, array("d")).append(seconds * 1000)

    def wrong(self, what: str, where: str) -> None:
        """Something was not as it should be."""
        self.errors[what] += 1
        self.samples.setdefault(what, where)


@dataclass(frozen=True)
class Plan:
    """How a crowd behaves.

    Attributes:
        debtors: how many conversations at the same time.
        think: seconds that somebody takes before the next message, on average.
        seconds: after this long nobody begins a new conversation; None for no limit.
        turns: the same, by turns.
        channels: over which they come, and how often each.
        patience: seconds after which no answer is silence.
        persists: for so many seconds a message that was not taken is sent again, as providers and the widget do.
    """

    debtors: int
    think: float
    seconds: float | None
    turns: int | None = None
    channels: Sequence[tuple[str, int]] = (
        ("web", 35),
        ("whatsapp", 30),
        ("sms", 15),
        ("telegram", 15),
        ("rest", 5),
    )
    first_person: int = 1
    patience: float = 30.0
    persists: float = 0.0


class Crowd:
    """Debtors on their places: where one has ended, the next begins."""

    def __init__(self, base: str, client: aiohttp.ClientSession, providers: Providers, plan: Plan) -> None:
        self.base, self.client, self.providers, self.plan = base, client, providers, plan
        self.tally = Tally()
        self._began = time.monotonic()
        self.elapsed = 0.0
        self._next = plan.first_person
        self._is_closed = False
        self._agreed = _as_agreed(Scripts.load(CHECKOUT / "data" / "responses"))

    async def talk(self) -> Tally:
        """Until time or turns are over and every conversation has ended."""
        self._began = time.monotonic()
        await asyncio.gather(*(self._place(number) for number in range(self.plan.debtors)))
        self.elapsed = self.so_far
        return self.tally

    def close(self) -> None:
        """Nobody begins any more."""
        self._is_closed = True

    @property
    def so_far(self) -> float:
        """Seconds since they began."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether nobody begins any more."""
        plan = self.plan
        if self._is_closed:
            return True
        late = plan.seconds is not None and self.so_far > plan.seconds
        return late or (plan.turns is not None and self.tally.turns >= plan.turns)

    async def _place(self, number: int) -> None:
        # They do not all come at the same moment.
        await asyncio.sleep(Random(number).uniform(0, self.plan.think))
        while not self.is_over:
            who, self._next = person(self._next), self._next + 1
            await self._converse(who)

    async def _converse(self, who: Person) -> None:
        chance, tally = Random(f"talk {who.number}"), self.tally
        allowed = _ANY_HOUR.get(who.place.country)
        ways = [(name, share) for name, share in self.plan.channels if allowed is None or name in allowed]
        ways = ways or list(self.plan.channels)
        (channel,) = chance.choices([name for name, _ in ways], [share for _, share in ways])
        line = LINES[channel](self.base, self.client, self.providers, _address(who, channel))
        line.persists = self.plan.persists
        tally.active += 1
        tally.most_active = max(tally.most_active, tally.active)
        try:
            await line.open()
            await Debtor(who, choose(chance), line, self.plan, tally, self._agreed).talk(chance)
        except Refused as refused:
            tally.wrong("refused", str(refused))
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            tally.wrong("connection", f"{channel} {type(error).__name__}: {error}")
        finally:
            await line.close()
            tally.active -= 1
            tally.conversations += 1


class Debtor:
    """One conversation of one person."""

    def __init__(
        self, who: Person, persona: Persona, line: Line, plan: Plan, tally: Tally, agreed: re.Pattern[str]
    ) -> None:
        self._who, self._persona, self._line, self._plan, self._tally = who, persona, line, plan, tally
        self._as_agreed = agreed
        self._causes: list[str] = []  # in the order in which their first answer came
        self._seen: set[str] = set()
        self._buttons: tuple[str, ...] = ()
        self._asked = 0
        self._last: list[Arrived] = []
        self._has_agreed = False

    async def talk(self, chance: Random) -> None:
        """Say everything."""
        language = self._who.place.language
        texts = self._persona.texts.get(language) or self._persona.texts["mixed"]
        for text in texts:
            if text == AGREE:
                await self._agree(language, chance)
                continue
            await self._read(chance)
            if text == FACTS:
                await self._turn(self._who.facts)
            elif text == TAP:
                await self._turn(self._tap() or "1")
            else:
                words = text.replace(MONTH, str(self._who.sixth))
                await self._turn(typed(words, self._persona, chance))
        await self._read(chance)  # what came late is still looked at
        if self._persona.settles:
            self._tally.agreed += self._has_agreed
            self._tally.unsettled += not self._has_agreed

    async def _agree(self, language: str, chance: Random) -> None:
        """Tap or say yes until it is done."""
        for _ in range(_TAPS_TO_AGREE):
            await self._read(chance)
            await self._turn(self._tap() or _AGREE[language])
            if self._has_agreed:
                return

    def _tap(self) -> str | None:
        """What the first button sends, or the number of the first line of a menu."""
        if self._buttons:
            return self._buttons[0]
        return "1" if any(_MENU.search(one.text) for one in self._last) else None

    async def _read(self, chance: Random) -> None:
        """Take the time that people take, and look at all that came meanwhile."""
        if self._plan.think:
            await asyncio.sleep(min(chance.expovariate(1 / self._plan.think), 4 * self._plan.think))
        await self._listen(0.0)

    async def _turn(self, text: str) -> None:
        began = time.perf_counter()
        self._asked += 1
        self._last, self._buttons = [], ()
        await self._line.say(text)
        first = await self._answer(began)
        if first is None:
            self._tally.silent.append((self._line.channel, self._line.address))
            self._tally.wrong("silence", f"{self._line.channel}, {self._persona.name}: {text!r}")
            return
        self._tally.answered(self._line.channel, first.at - began)
        if not self._line.tells_cause:
            await self._listen(_QUIET)

    async def _answer(self, began: float) -> Arrived | None:
        """The first message of the answer to the last question."""
        end = began + self._plan.patience
        while True:
            try:
                one = await asyncio.wait_for(self._line.arrived.get(), max(0.0, end - time.perf_counter()))
            except asyncio.TimeoutError:
                return None
            self._look_at(one)
            if not self._line.tells_cause or len(self._causes) >= self._asked:
                return one

    async def _listen(self, seconds: float) -> None:
        """Look at what else comes, until nothing has come for so long."""
        while True:
            if not self._line.arrived.empty():
                self._look_at(self._line.arrived.get_nowait())
            elif not seconds:
                return
            else:
                try:
                    self._look_at(await asyncio.wait_for(self._line.arrived.get(), seconds))
                except asyncio.TimeoutError:
                    return

    def _look_at(self, one: Arrived) -> None:
        where = f"{self._line.channel}, {self._persona.name}: {one.text[:60]!r}"
        if one.id is not None and one.id in self._seen:
            self._tally.wrong("twice", where)
        if one.id is not None:
            self._seen.add(one.id)
        if one.cause is not None and one.cause not in self._causes:
            self._causes.append(one.cause)
            if len(self._causes) > self._asked:
                self._tally.wrong("unasked", where)
        elif one.cause is not None and one.cause != self._causes[-1]:
            self._tally.wrong("out of order", where)
        self._last.append(one)
        self._buttons = one.buttons or self._buttons
        self._has_agreed = self._has_agreed or bool(self._as_agreed.search(one.text))


def _address(who: Person, channel: str) -> str:
    if channel in ("sms", "whatsapp"):
        return who.phone
    return str(7_000_000_000 + who.number) if channel == "telegram" else f"bench-{who.number}"


def _as_agreed(scripts: Scripts) -> re.Pattern[str]:
    """What the text that confirms an agreement looks like, whatever its wording."""
    return re.compile("|".join(_pattern(one.text) for one in scripts.variants("utter_agreed")))


def _pattern(text: str) -> str:
    words = re.split(r"(\[\[[^\]]*\]\]|\{\w+\}|\s+)", text.strip())
    return "".join(
        r"\s+" if part.isspace() else r".+?" if part.startswith(("[[", "{")) else re.escape(part)
        for part in words
        if part
    )
