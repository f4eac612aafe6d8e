"""Which channel is meant, and whether it is wanted: the one reader, over what people write."""

from __future__ import annotations

import pytest

from bot.services.channel_wishes import named, wishes


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no por whatsapp", [("not", "whatsapp")]),
        ("por whatsapp no", [("not", "whatsapp")]),
        ("whatsapp no, gracias", [("not", "whatsapp")]),
        ("WhatsApp no por favor", [("not", "whatsapp")]),
        ("no me escriban por whatsapp", [("not", "whatsapp")]),
        ("no quiero mensajes de wasap", [("not", "whatsapp")]),
        ("nunca por guasap", [("not", "whatsapp")]),
        ("not on whatsapp please", [("not", "whatsapp")]),
        ("please don't whatsapp me", [("not", "whatsapp")]),
        ("no whatsapps", [("not", "whatsapp")]),
        ("sin sms", [("not", "sms")]),
        ("sin SMS, por favor", [("not", "sms")]),
        ("not by SMS please", [("not", "sms")]),
        ("no sms", [("not", "sms")]),
        ("sms no", [("not", "sms")]),
        ("SMS, no", [("not", "sms")]),
        ("nada de sms", [("not", "sms")]),
        ("no me manden mensajes de texto", [("not", "sms")]),
        ("por mensaje de texto no", [("not", "sms")]),
        ("no text messages", [("not", "sms")]),
        ("not by text", [("not", "sms")]),
        ("I don't want texts", [("not", "sms")]),
        ("never by text message", [("not", "sms")]),
        ("text messages: no thanks", [("not", "sms")]),
        ("no por telegram", [("not", "telegram")]),
        ("no usen Telegram", [("not", "telegram")]),
        ("not via telegram", [("not", "telegram")]),
        ("please don't use telegram", [("not", "telegram")]),
        ("nunca por correo electrónico", [("not", "email")]),
        ("por correo electrónico nunca", [("not", "email")]),
        ("no me envíe correos", [("not", "email")]),
        ("sin correos", [("not", "email")]),
        ("ni un mail", [("not", "email")]),
        ("don't email me", [("not", "email")]),
        ("no e-mails please", [("not", "email")]),
        ("never by e-mail", [("not", "email")]),
        ("no me llamen", [("not", "voice")]),
        ("no me llame por teléfono", [("not", "voice")]),
        ("por teléfono no", [("not", "voice")]),
        ("llamadas no", [("not", "voice")]),
        ("sin llamadas por favor", [("not", "voice")]),
        ("nada de llamadas", [("not", "voice")]),
        ("no phone calls", [("not", "voice")]),
        ("don't call me", [("not", "voice")]),
        ("please never call me", [("not", "voice")]),
        ("not by phone", [("not", "voice")]),
        ("no calls, please", [("not", "voice")]),
        ("no me llamen, escríbanme", [("not", "voice")]),
        ("no por la web", [("not", "webchat")]),
        ("not on the website", [("not", "webchat")]),
        ("no me escriban en la página", [("not", "webchat")]),
        ("por el chat web no", [("not", "webchat")]),
        ("no me escriba por aquí", [("not", "here")]),
        ("no me escriban más por aquí", [("not", "here")]),
        ("por aquí no me escriban", [("not", "here")]),
        ("por aquí no, por favor", [("not", "here")]),
        ("don't text me here", [("not", "here")]),
        ("please stop texting me here", [("not", "here")]),
        ("don't write to me on this number", [("not", "here")]),
        ("not here please", [("not", "here")]),
        ("no me contacten por este medio", [("not", "here")]),
        ("no me manden nada a este whatsapp", [("not", "here")]),
        ("no por sms ni por whatsapp", [("not", "sms whatsapp")]),
        ("no sms, no emails, no calls", [("not", "sms email voice")]),
        ("no me escriban por sms, whatsapp o correo", [("not", "sms whatsapp email")]),
        ("no texts or calls", [("not", "sms voice")]),
        ("no por WhatsApp, mejor por SMS", [("not", "whatsapp"), ("prefer", "sms")]),
        ("no por whatsapp mejor por correo", [("not", "whatsapp"), ("prefer", "email")]),
        ("not by text message but by e-mail please", [("not", "sms"), ("prefer", "email")]),
        ("no me llame solo por whatsapp", [("not", "voice"), ("only", "whatsapp")]),
        ("solo por telegram por favor", [("only", "telegram")]),
        ("only by email", [("only", "email")]),
        ("mejor por whatsapp", [("prefer", "whatsapp")]),
        ("I'd rather have email", [("prefer", "email")]),
        ("prefiero que me escriban por correo", [("prefer", "email")]),
        ("escríbanme por sms", [("prefer", "sms")]),
        ("no me llamen por whatsapp", [("not", "whatsapp")]),
        ("no se comuniquen por aquí", [("not", "here")]),
        ("no quiero recibir correos", [("not", "email")]),
        ("I don't want to receive emails", [("not", "email")]),
        ("I don't want to get texts", [("not", "sms")]),
        ("I never get your texts", []),
        ("no sé cómo entrar por la web", []),
        ("no me llega el correo", []),
        ("no recibí ningún sms", []),
        ("no tengo whatsapp", []),
        ("I don't have WhatsApp", []),
        ("no puedo pagar por la web", []),
        ("whatsapp doesn't work", []),
        ("no me llamen más", []),
        ("stop calling me", []),
        ("no more texts", []),
        ("dejen de escribirme", []),
        ("no me escriban por ningún medio", []),
        ("no me escriban por aquí ni por ningún otro lado", []),
        ("don't contact me here or anywhere", []),
        ("stop texting me", []),
        ("don't text me", []),
        ("no me escriban más", []),
        ("llámenme mañana a las 5", []),
        ("call me tomorrow at 5pm", []),
        ("no, llámenme", []),
        ("mi correo es ana@example.com", []),
        ("me llegó un sms, no lo entiendo", []),
        ("no entiendo el correo que me mandaron", []),
        ("no estoy aquí por gusto", []),
        ("no sé qué pasa aquí", []),
        ("no soy de aquí", []),
        ("I'm not from here", []),
        ("no llamo para pagar", []),
        ("hola, no estoy de acuerdo con el saldo que aparece aquí", []),
        ("esta deuda no es mía, no la he visto en la web", []),
        ("no me parece bien lo que dice el correo", []),
        ("I don't agree with what the letter says", []),
        ("can you help me here? I don't understand", []),
        ("no me deja entrar aqui", []),
    ],
)
def test_what_is_asked_of_channels(text: str, meant: list[tuple[str, str]]) -> None:
    assert [(wish.mode, " ".join(wish.channels)) for wish in wishes(text)] == meant


@pytest.mark.parametrize(
    "text", ["NO POR WHATSAPP", "No por   WhatsApp.", "¡no por whatsapp!", "no x whatsapp"]
)
def test_how_it_is_typed_changes_nothing(text: str) -> None:
    assert [(wish.mode, wish.channels) for wish in wishes(text)] == [("not", ("whatsapp",))]


def test_a_channel_named_alone_is_a_wish_only_when_it_was_asked_for() -> None:
    assert wishes("por correo") == []
    assert [(wish.mode, wish.channels) for wish in wishes("por correo", goes_on=True)] == [
        ("prefer", ("email",))
    ]


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [
        ("sin sms", True),
        ("no me escriban por sms", True),
        ("escríbanme por sms", False),
        ("mejor por correo", False),
    ],
)
def test_what_its_own_words_make_sure(text: str, is_sure: bool) -> None:
    assert [wish.is_sure for wish in wishes(text)] == [is_sure]


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("no por WhatsApp, mejor por SMS", {"whatsapp": False, "sms": True}),
        ("sí, por guasap", {"whatsapp": True}),
        ("not by text message but by e-mail please", {"sms": False, "email": True}),
        ("no me llega el correo", {}),
        ("mi WhatsApp es el 600111222", {"whatsapp": True}),
        ("por aquí no", {"here": False}),
        ("hola", {}),
    ],
)
def test_channels_named_in_a_sentence(text: str, channels: dict[str, bool]) -> None:
    assert named(text) == channels
