"""What the measured debtors say: several people, in both languages, most of them identified."""

from __future__ import annotations

from collections.abc import Sequence

from bot.demo.people import EVERYBODY, DemoDebtor

# `{facts}` becomes reference and two factors of a debtor of that language; `{button}` taps the first button.
PEOPLE: dict[str, tuple[str, Sequence[str]]] = {
    "es: hears, haggles, agrees": (
        "es",
        (
            "hola, me ha llegado un aviso, ¿cuánto debo?",
            "{facts}",
            "¿me podéis hacer un descuento?",
            "unos 50 al mes como mucho",
            "la primera opción",
            "sí, acepto",
            "¿y cómo se paga?",
            "gracias, hasta luego",
        ),
    ),
    "es: cannot pay now": (
        "es",
        (
            "buenas tardes",
            "{facts}",
            "me he quedado sin trabajo y no llego a fin de mes",
            "¿qué pasa si no pago?",
            "quiero hablar con una persona",
        ),
    ),
    "es: asks this and that": (
        "es",
        (
            "quiénes sois y cómo tenéis mi teléfono",
            "no pienso daros mis datos",
            "{facts}",
            "¿de qué es esta deuda?",
            "mándame un certificado",
            "te pago 100 el viernes",
            "vale",
        ),
    ),
    "en: settles at once": (
        "en",
        (
            "hi, I got a letter about an account, how much do I owe?",
            "{facts}",
            "what if I pay it all in one go, any discount?",
            "the second one",
            "yes, I agree",
            "how do I pay?",
        ),
    ),
    "en: disputes": (
        "en",
        ("hello", "{facts}", "I already paid this last month", "by bank transfer on the 3rd", "thanks, bye"),
    ),
    "taps buttons": ("es", ("hola", "{facts}", "{button}", "{button}", "{button}", "{button}")),
}
# One long conversation says these in turn: questions that may be asked at any time.
LONG: Sequence[str] = (
    "¿cuánto debo?",
    "¿cómo puedo pagar?",
    "¿de qué es esta deuda?",
    "gracias",
    "¿qué opciones tengo?",
    "¿qué pasa si no pago?",
    "unos 40 al mes",
    "hola",
)


def facts_of(language: str, number: int) -> str:
    """Reference, date of birth and postal code of the number-th debtor who speaks a language."""
    speakers = [debtor for debtor in EVERYBODY if debtor.language == language]
    debtor: DemoDebtor = speakers[number % len(speakers)]
    return f"{debtor.debts[0].reference}, {debtor.born}, {debtor.postal_code}"
