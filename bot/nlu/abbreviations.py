"""How a telephone keyboard shortens words; written once here and not in the training lines.

Only forms that are not a word of the other language, or whose reading there does no harm.
"""

from __future__ import annotations

_WRITTEN_OUT = """
    que: q k ke qe
    porque: xq pq porq xk pk
    por: x
    para: xa pa
    tambien: tb tmb tbn tmbn
    donde: dnd dond
    cuando: cdo cnd
    con: kn cn
    quiero: kiero qiero
    quieren: kieren
    quien: kien
    quienes: kienes
    aqui: aki akí
    estoy: toy stoy
    esta: ta sta
    estan: tan
    estamos: tamos
    por favor: xfa xfavor porfa xfis porfis plis
    favor: fvr
    gracias: grax grcs gcias grs
    bien: bn
    bueno: bno
    buenas: bnas
    buenos: bns bnos
    saludos: salu2 slds
    mensaje: msj sms
    mensajes: msjs
    telefono: tlf tfno tel
    celular: cel
    whatsapp: wasap guasap wsp wpp wasa wa
    numero: nro num nº
    cuenta: cta
    despues: dp dsp dps
    mañana: mñn mñna maniana
    fin de semana: finde
    de: d
    del: dl
    es: s
    te: t
    me: m
    el: l
    no te preocupes: ntp
    nada: nd nda
    tengo: tngo tng
    puedo: pdo
    puede: pued
    hoy: hy
    como: cm km
    hecho: exo
    hablar: hablr
    señora: sra
    señor: sr
    señorita: srta
    esto: sto
    este: st ste
    please: pls plz pleez
    you: u
    your: ur
    are: r
    you all: y'all yall
    right now: rn
    i don't know: idk
    tomorrow: tmrw tmr tomoz 2moro
    today: 2day
    thanks: thx tnx thanx
    thank you: ty
    thank you so much: tysm
    because: cuz cos bc coz
    want to: wanna
    going to: gonna
    got to: gotta
    let me: lemme
    give me: gimme
    don't know: dunno
    people: ppl
    message: msg
    messages: msgs
    text: txt
    account: acct acc
    information: info
    appointment: appt
    week: wk
    weeks: wks
    months: mths
    month: mth
    night: nite
    through: thru
    with: w/
    without: w/o
    before: b4
    great: gr8
    i'm: im
    i've: ive
    don't: dont
    doesn't: doesnt
    didn't: didnt
    can't: cant
    won't: wont
    isn't: isnt
    wasn't: wasnt
    that's: thats
    what's: whats
    he's: hes
    she's: shes
    haven't: havent
    ain't: aint
    you're: youre
    they're: theyre
    couldn't: couldnt
"""


def _read(table: str) -> dict[str, str]:
    pairs = (line.split(": ") for line in table.strip().splitlines())
    return {short: full.strip() for full, shorts in pairs for short in shorts.split()}


ABBREVIATIONS = _read(_WRITTEN_OUT)
"""What is typed, and what is meant."""
