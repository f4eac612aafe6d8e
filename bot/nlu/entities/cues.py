"""Phrases around a figure that tell what it is: debt, income, refused, first payment, offer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

_ES = {
    # the figure after it is what is owed, earned or asked: never the offer
    "DEBT": """
        debo; os debo; le debo; les debo; deuda de; deuda es de; deuda es; deuda son; total de; saldo de;
        son de; debia; yo debia; deber; debiendo; adeudo; cobro; gano; ganaba; sueldo de; sueldo es de;
        pension de; pension son; pension es de; nomina de;
        paro de; alquiler de; alquiler son; renta de; arriendo de; hipoteca de; me
        queda; me quedan; me pagan; reclaman; reclamais; me piden; me pides; me pedis; pedis; piden; me
        exigen; me cobran; me cobrais; me estan cobrando; intereses de; comision de; comisiones de;
        moratorios de; factura de; recibo de; prestaron; me dieron; recargo de; multa de; del total de;
        por un total de; credito de; prestamo de; ingresos
        de; no puedo; no puedo pagar; no puedo dar; no puedo con; no llego a; no puedo asumir; no tengo
    """,
    # refused if another figure is offered
    "REFUSE": """
        no; ni; en vez de; en lugar de; en vez de los; en lugar de los; no los; no son; no de; menos de;
        ni los; nada de; en ves de; enves de
    """,
    "SOFT": """
        cuota de; cuotas de; propuesta de; oferta de; la oferta de; su propuesta; de los; bajar de; pasar
        de; pagar los; pagando; pago de; pagaba; venia pagando; plan de; mensualidad de; letra de; importe
        de; acuerdo de; convenio de; de; los; esos; ya pague; ya pague los; ya di; ya abone; le di; mensualidades de
    """,
    "OFFER": """
        puedo; puedo pagar; puedo dar; podria; podria pagar; pago; pagar; pagaria; pagare; pagarles;
        pagarle; pagaros; doy; te doy; os doy; le doy; les doy; ofrezco; propongo; dar; daria; pon; ponme;
        ponlo; ponga; pongan; pongame; poned; ponedme; que sean; sean; que sea; dejalo en; dejadlo en;
        dejenlo en; dejemoslo en; dejelo en; mejor; solo; solamente; nomas; como mucho; maximo; hasta;
        abono; abonar; deposito; depositar; transfiero; transferir; mando; mandar; bajar a; bajarlo a;
        bajarla a; bajarme a; rebajar a; contrapropuesta son; contrapropuesta; contraoferta; digo; perdon;
        quise decir; me alcanza; alcanza para; llego a; acepto; aceptan; aceptais; cierro en; cerramos en;
        cerramos con; liquidar con; liquido con; aportar; apartar; a; por; con; juntar; junto; reunir;
        bueno; vale; sino; mas de; mas que; llego a; puedo llegar a; puedo hacer
    """,
    "UPFRONT": """
        de entrada; entrada de; enganche; enganche de; de enganche; de pie; pie de; inicial; inicial de;
        cuota inicial; anticipo; anticipo de; de anticipo; adelanto; adelanto de; de inicial; ahora;
        ahorita; hoy; de una; primero; de primeras; para empezar; al principio; luego; despues; resto; el
        resto; ya mismo
    """,
    "REFUSED": """
        no llego; no puedo; no me llega; no me alcanza; es mucho; es demasiado; son muchos; son
        demasiados; se me hace; no alcanzo; imposible; no me da; no los tengo; es muy alto; es muy alta;
        es una burrada; me es imposible; no le llego; no; que debo; que os debo; que pedis; que me pedis;
        que piden; que me piden; que me cobran; que me pides; que dicen; que pone; que habeis propuesto;
        no puedo asumirla; no puedo pagarlos; no puedo pagar
    """,
    "TOTAL": """
        en total; que debo; de deuda; que os debo; que me piden; que me pedis; que le debo; que les debo;
        de sueldo; de pension; de alquiler; de renta; de arriendo; de paro; de nomina; de intereses; de
        comision; de luz; de comida; de hipoteca; que cobro; que gano; de descuento; de recargo; de multa;
        de moratorios; de comisiones
    """,
    "RANGE": "entre",
}
_EN = {
    "DEBT": """
        owe; i owe; i owe like; owed; owing; balance of; balance is; debt of; debt is; total of; total is;
        total; bill of; bill is; earn; i earn; make; i make; rent is; rent; mortgage is; wage is; wages
        are; income is; income of; my pension is; pension of; benefits are; i get; get; i bring home;
        charged; charged me; you charged; asking for; you want; you're asking for; you asked for; saying;
        fees of; interest of; fee of; charging me; behind; was;
        borrowed; lent me; says; you say; loan of; loan for; left after; can't do; cant do; cannot do;
        can't pay; cant pay; can't afford; cant afford; cannot afford; cannot pay; can't manage; cant
        manage; don't have
    """,
    "REFUSE": """
        not; no; instead of; rather than; not the; instead of the; not paying; less than; never; won't
        pay; wont pay; forget; forget the; isn't
    """,
    "SOFT": """
        from; drop from; payment of; payments of; your offer of; offer of; the offer of; plan of; of; the;
        those; your; settlement of; of the; currently paying; paying; quoted; arrangement of; i paid;
        already paid; i've paid; ive paid
    """,
    "OFFER": """
        can do; can only do; only do; could do; can pay; could pay; i can pay; pay; i'll pay; ill pay;
        will pay; give; give you; i'll give; offer; offering; i'd offer; propose; do; afford; can afford;
        manage; could manage; can manage; spare; stretch to; go to; more like; make it; put; put me down
        for; only; just; to; drop to; down to; reduce to; settle for; settle at; settle it for; for; take;
        accept; would you take; how about; what about; say; send; i mean; sorry; rather; max; maximum; at
        most; up to; best i can do is; actually; maybe; but; or i can do; get that; prefer; lower it to;
        wait; more than; over
    """,
    "UPFRONT": """
        down; upfront; up front; deposit; deposit of; today; now; first; initially; to start; to begin;
        initial payment of; then; after that; afterwards; followed by; rest; straight away
    """,
    "REFUSED": """
        is too much; is too high; too much; too high; is a lot; is steep; i can't; i cant; is impossible;
        isn't possible; is out of the question; you want; you're asking; you asked for; you offered; no
        way; you quoted; is more than i can; won't work; doesn't work; is not possible; not possible
    """,
    "TOTAL": """
        i owe; in total; total; of debt; you say i owe; left to pay; outstanding; off; discount; in rent;
        for rent; rent; in fees; in interest; balance; i make; income
    """,
    "RANGE": "between",
}


@dataclass(frozen=True)
class Cue:
    """A phrase found in the folded text and what it says about the figure beside it."""

    label: str
    start: int
    end: int


@lru_cache(maxsize=2)
def _matcher(language: str) -> tuple[Language, PhraseMatcher]:
    # spaCy takes seconds to import: only when the first figure is read, never at import time
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank(language)
    matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
    for label, phrases in (_EN if language == "en" else _ES).items():
        matcher.add(
            label, [nlp.make_doc(" ".join(phrase.split())) for phrase in phrases.split(";") if phrase.strip()]
        )
    return nlp, matcher


def find_cues(text: str, language: str) -> list[Cue]:
    """Find the phrases that tell what a figure is.

    Args:
        text: Folded text.
        language: "es" or "en".

    Returns:
        Cues in order of their end; of those that end together, the longest last.
    """
    nlp, matcher = _matcher(language)
    # Without it spaCy keeps every word that it has ever seen: references, names, amounts, for good.
    with nlp.memory_zone():
        doc = nlp.make_doc(text)
        found = [
            Cue(nlp.vocab.strings[label], doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
            for label, start, end in matcher(doc)
        ]
    return sorted(found, key=lambda cue: (cue.end, -cue.start))
