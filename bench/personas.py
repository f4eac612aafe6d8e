"""What debtors are like: how each persona talks, in which language, and what it should see at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

FACTS = "{facts}"  # reference and two factors of their own
MONTH = "{month}"  # a sixth of what they owe
TAP = "{tap}"  # the first button, or the number that stands for it
AGREE = "{agree}"  # what agrees to what is on the table, until it is done


@dataclass(frozen=True)
class Persona:
    """One way to talk.

    Attributes:
        share: how many in a hundred are like this.
        texts: what they say, by language; "mixed" where they change it.
        settles: whether they want an agreement, and must then see its summary.
        mistypes: how often a letter goes wrong.
    """

    name: str
    share: int
    texts: Mapping[str, Sequence[str]]
    settles: bool = False
    mistypes: float = 0.0


PERSONAS: tuple[Persona, ...] = (
    Persona(
        "agrees at once",
        18,
        {
            "es": (
                "hola, ¿cuánto debo?",
                FACTS,
                "¿puedo pagar en plazos?",
                f"{MONTH} al mes",
                AGREE,
                "gracias",
            ),
            "en": (
                "hi, how much do I owe?",
                FACTS,
                "can I pay in instalments?",
                f"{MONTH} a month",
                AGREE,
                "thanks",
            ),
        },
        settles=True,
    ),
    Persona(
        "haggles",
        16,
        {
            "es": (
                "me ha llegado un aviso de una deuda",
                FACTS,
                "¿me podéis hacer un descuento?",
                "es mucho, puedo pagar la mitad",
                "¿y en 6 meses?",
                f"unos {MONTH} al mes como mucho",
                AGREE,
                "¿cómo se paga?",
            ),
            "en": (
                "I got a letter about a debt",
                FACTS,
                "any discount if I pay it all at once?",
                "that's too much, I can pay half",
                "what about 6 months?",
                f"{MONTH} a month at most",
                AGREE,
                "how do I pay?",
            ),
        },
        settles=True,
    ),
    Persona(
        "hardship",
        12,
        {
            "es": (
                "buenas tardes",
                FACTS,
                "me he quedado sin trabajo y no llego a fin de mes",
                "¿qué pasa si no pago?",
                "quiero hablar con una persona",
                "vale, gracias",
            ),
            "en": (
                "good afternoon",
                FACTS,
                "I lost my job and can't make ends meet",
                "what happens if I don't pay?",
                "I want to talk to a person",
                "ok thanks",
            ),
        },
    ),
    Persona(
        "disputes",
        9,
        {
            "es": (
                "hola",
                FACTS,
                "ya pagué esto el mes pasado",
                "por transferencia el día 3",
                "gracias, adiós",
            ),
            "en": (
                "hello",
                FACTS,
                "I already paid this last month",
                "by bank transfer on the 3rd",
                "thanks, bye",
            ),
        },
    ),
    Persona(
        "wrong person",
        6,
        {
            "es": ("¿quién es?", "se equivocan, no soy esa persona", "no la conozco", "adiós"),
            "en": ("who is this?", "wrong person, that's not me", "I don't know them", "bye"),
        },
    ),
    Persona(
        "stops",
        5,
        {
            "es": ("¿quiénes sois?", "no me escribáis más"),
            "en": ("who are you?", "STOP"),
        },
    ),
    Persona(
        "hostile",
        6,
        {
            "es": (
                "sois unos ladrones",
                "no pienso pagar nada",
                "dejadme en paz, idiotas",
                "¿cuánto es?",
                FACTS,
            ),
            "en": (
                "you are thieves",
                "I'm not paying anything",
                "leave me alone, idiots",
                "how much is it?",
                FACTS,
            ),
        },
    ),
    Persona(
        "small talk",
        7,
        {
            "es": ("hola", "¿qué tal?", "¿eres un robot?", "¿qué tiempo hace?", "gracias", "adiós"),
            "en": ("hi", "how are you?", "are you a robot?", "what's the weather like?", "thanks", "bye"),
        },
    ),
    Persona(
        "changes the subject",
        9,
        {
            "es": (
                "¿cuánto debo?",
                FACTS,
                "¿me podéis mandar un certificado?",
                "¿puedo pagar en plazos?",
                "¿de qué es esta deuda?",
                f"te pago {MONTH} el viernes",
                TAP,
                "¿y si mejor hablo con alguien?",
            ),
            "en": (
                "how much do I owe?",
                FACTS,
                "can you send me a statement?",
                "can I pay in instalments?",
                "what is this debt for?",
                f"I'll pay {MONTH} on Friday",
                TAP,
                "could I talk to somebody instead?",
            ),
        },
    ),
    Persona(
        "two languages",
        5,
        {
            "mixed": (
                "hello, me llegó un mensaje",
                FACTS,
                "can you explain this in English please?",
                "¿puedo pagar in two payments?",
                TAP,
                "thank you, hasta luego",
            )
        },
    ),
    Persona(
        "misspells",
        7,
        {
            "es": (
                "ola qiero saver quanto devo",
                FACTS,
                "me aces un descuento porfa",
                f"puedo {MONTH} al mez",
                AGREE,
                "grasias",
            ),
            "en": (
                "helo how much do i ow",
                FACTS,
                "can u give me a discont",
                f"i can do {MONTH} a mnth",
                AGREE,
                "thx",
            ),
        },
        settles=True,
        mistypes=0.02,
    ),
)


def choose(chance: Random) -> Persona:
    """One of them, by their shares."""
    (found,) = chance.choices(PERSONAS, [each.share for each in PERSONAS])
    return found


def typed(text: str, persona: Persona, chance: Random) -> str:
    """A text as this persona's fingers put it: letters change places."""
    letters = list(text)
    for place in range(len(letters) - 1):
        if letters[place].isalpha() and chance.random() < persona.mistypes:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)
