"""Tells Spanish from English in a chat message, without a model: function words and word endings."""

from __future__ import annotations

import re

from bot.nlu.entities.text import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ES = _words(
    """
    de la que el en y a los del se las por un para con no una su al lo como mas pero sus le ya o este si
    porque esta entre cuando muy sin sobre tambien me hasta hay donde quien desde todo nos durante todos
    uno les ni contra otros ese eso ante ellos e esto mi antes algunos unos yo otro otras otra el tanto
    esa estos mucho quienes nada muchos cual poco ella estar estas algunas algo nosotros tu te ti tus os
    mio mia soy es somos son estoy estamos estan he ha hemos han tengo tiene tenemos tienen puedo puede
    pueden podeis podemos quiero quiere hola ola wenas buenas buenos dias tardes noches gracias pago pagar pague
    deuda debo cuanto cuanta cuantas cuotas cuota mes meses semana manana hoy ayer lunes martes
    miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre euros pesos soles dolares plata dinero vale claro dale bueno porfa favor
    ayuda numero telefono llamame llamen correo nombre q xq pq d pa pal asi aqui ahi alla aca ahorita
    ahora luego entonces fin primero segunda opcion mil cien dos tres cuatro cinco seis siete ocho nueve
    diez veinte treinta cincuenta ciento adios perdon lo siento usted ustedes vosotros senor senora
    senorita nunca siempre nadie alguien hablar persona agente acuerdo plazo plazos banco cuenta trabajo
    paro hijos casa nacido nacida nacimiento naci cp ene abr ago dic
    qiero kiero qero qisiera kisiera saver sabr ustds
    """
)
_EN = _words(
    """
    the of and to in is it you that he was for on are with as i his they be at one have this from or had
    by but what some we can out other were all there when up your how said an each she which do their
    time if will way about many then them would so these her make him has more two like did my no am
    than been who its now find any may down get come could over new just should because only our where
    much too very im i'm ive don't dont can't cant won't wont isn't didn't it's that's what's you're u
    ur pls please thanks thank hello hi hey bye yes yeah yep ok okay sorry pay paid payment payments owe
    debt bill month months week weeks day days today tomorrow tonight yesterday monday tuesday wednesday
    thursday friday saturday sunday january february march april june july august september october
    november december dollars bucks quid pounds pound money help want need call me phone number email
    plan installments instalments half first second third option hundred thousand twenty thirty fifty
    work job rent wages afford stop wrong lost speak talk someone person real scam morning evening
    afternoon good right left not never nobody anyone give take send got gonna wanna lol mate love still
    ton grand fiver tenner quid stack couple upfront deposit
    born birth birthday dob zip zipcode postcode jan apr aug dec
    """
)
_EN_NUMBERS = _words(
    """
    a one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand no
    dozen half monthly weekly fortnightly biweekly fiver bucks dollars pounds
    """
)
_EN |= _EN_NUMBERS
_BOTH = _ES & _EN
_OTHER = (
    _words(
        """
    je j'ai suis peux veux vous nous est pas les des une dans pour avec sur merci bonjour oui dette
    payer mais qui jour ich kann wie wird haben möchte mochte guten suche nicht und der das ist sie
    wir danke hallo schuld bitte ja nein não voce você obrigado obrigada tudo bem divida dívida
    quero posso estou com uma sou ainda então isso muito também hoje eu ao minha meu nao obrigado
    amanhã amanha pagamento il che non sono per grazie ciao buongiorno debito vorrei posso ho sono
    pagare questo della gli anche moltes gracies gràcies bon dia vull deute puc pagar-ho amb això aquest aquesta
    quanto devo nie moge zaplacic dzien dobry
    """
    )
    - _ES
    - _EN
)
# Said in Spanish and English too, or a slip of a word that is
_GUESTS = _words("che hallo ciao die dia das bon per le o e ma du man hat war so con buen sera tot met")
_ES_SHAPE = re.compile(
    r"(?:cion|dad|mente|ando|iendo|aron|ieron|aste|iste|amos|emos|imos|aria|eria|ito|ita|itos|itas"
    r"|ado|ada|ido|ida|able|eis|ais|arme|arlo|arla|dme|enme)$|rr|ll[aeo]|ñ|^(?:qu[ei]|gu[ei])"
)
_EN_SHAPE = re.compile(
    r"(?:ing|tion|ness|ight|ould|ough|ment|ful|ly|ck|ed|'s|'m|'ll|'re|n't|'d|sh|th)$|^(?:wh|th|sh|kn"
    r"|wr)|w|k$|ee|oo|tch"
)
_ES_MARK = re.compile(r"[¿¡ñ]|[áéíóú]", re.IGNORECASE)
_EN_MARK = re.compile(
    r"£|\d ?(?:pm|am|pcm|pw)\b|/ ?(?:mo|month|wk|week)\b|\d(?:st|nd|rd|th)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_FOREIGN_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af\u0600-\u06ff]")
_OTHER_MARK = re.compile(r"[ãõçœßäö]|\b(?:l'|d'|j'|qu'|c'est)", re.IGNORECASE)


def scores(text: str) -> tuple[float, float, float]:
    """Weigh a message towards each language.

    Args:
        text: The message.

    Returns:
        Weights for Spanish, English and some other language.
    """
    spanish = english = other = 0.0
    for word in _WORD.findall(fold(text)):
        if word in _BOTH:
            continue
        if word in _ES:
            spanish += 1.0
        elif word in _EN:
            english += 1.0
        elif word in _OTHER and word not in _GUESTS:
            other += 1.2
        elif len(word) > 3:
            spanish += 0.6 * bool(_ES_SHAPE.search(word)) + 0.3 * (word[-1] in "aos")
            english += 0.6 * bool(_EN_SHAPE.search(word)) + 0.2 * (word[-1] not in "aeiouslnrdz")
    spanish += 1.0 * bool(_ES_MARK.search(text))
    english += 1.0 * bool(_EN_MARK.search(text))
    other += 1.5 * bool(_OTHER_MARK.search(text)) + 9 * bool(_FOREIGN_SCRIPT.search(text))
    return spanish, english, other


def detect(text: str) -> str | None:
    """Tell the language of a message.

    Args:
        text: The message.

    Returns:
        "es", "en", "other", or None where it is too short to tell.
    """
    spanish, english, other = scores(text)
    best = max(spanish, english)
    if other > best and other >= 1.2:
        return "other"
    if best < 0.5 or abs(spanish - english) < 0.25:
        return None
    return "es" if spanish > english else "en"
