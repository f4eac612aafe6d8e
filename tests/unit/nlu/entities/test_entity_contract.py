"""The contract's conventions, locale by locale, on messages of our own: what is said and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from .reading import read

KINDS = ("amount", "amounts", "currency", "date", "installments", "frequency", "document")
Expected = dict[str, Any]


def sum_of(amount: float | list[float], currency: str | None = None, **more: Any) -> Expected:
    """A sum, or the sums where none of them is the operative one."""
    key = "amounts" if isinstance(amount, list) else "amount"
    return {key: amount, **({"currency": currency} if currency else {}), **more}


def per(rhythm: str, amount: float | list[float], currency: str | None = None, **more: Any) -> Expected:
    """A sum that comes back."""
    return sum_of(amount, currency, frequency=rhythm, **more)


def on(day: str, **more: Any) -> Expected:
    """A day, a month, a week or an interval."""
    return {"date": day, **more}


def parts(count: int, **more: Any) -> Expected:
    """A number of payments."""
    return {"installments": count, **more}


def paper(kind: str, value: str) -> Expected:
    """An identity document."""
    return {"document": {"type": kind, "value": value}}


SPAIN = [
    ("tengo 37 años y dos críos, puedo 40 al mes", per("monthly", 40)),
    ("llamadme al 612 345 678", {}),
    ("vivo en gran vía 45, 3ºB", {}),
    ("desde 2019 os debo eso", {}),
    ("no 130, ponme 65", sum_of(65)),
    ("2.340,75", sum_of(2340.75)),
    ("2.340,75€", sum_of(2340.75, "EUR")),
    ("el 31 de febrero", {}),
    ("el 31 de abril", {}),
    ("4 de mayo", on("2026-05-04")),
    ("04/05", on("2026-05-04")),
    ("cada quince días", {"frequency": "biweekly"}),
    ("en tres veces", parts(3)),
    ("3 cuotas", parts(3)),
    ("en 5 plazos", parts(5)),
    ("cuatro pagos de 80", parts(4, amount=80)),
    ("me lo podéis partir en 3?", parts(3)),
    ("a 10 meses", parts(10, frequency="monthly")),
    ("pago 60 mensuales", per("monthly", 60)),
    ("15 a la semana", per("weekly", 15)),
    ("os doy 200 euros y lo cerramos", sum_of(200, "EUR")),
    ("cien pavos", sum_of(100, "EUR")),
    ("doscientos cincuenta euros", sum_of(250, "EUR")),
    ("entre 30 y 40 al mes", per("monthly", [30, 40])),
    ("100 de entrada y 50 al mes", per("monthly", [100, 50])),
    ("debo 3400 pero solo puedo 60 al mes", per("monthly", 60)),
    ("hasta fin de mes", on("2026-03-31")),
    ("el 5", on("2026-04-05")),
    ("el día 20", on("2026-03-20")),
    ("el lunes", on("2026-03-16")),
    ("el miércoles", on("2026-03-18")),
    ("de hoy en ocho", on("2026-03-18")),
    ("la semana que viene", on("2026-W12")),
    ("en abril", on("2026-04")),
    ("el mes que viene", on("2026-04")),
    ("cuando cobre", {}),
    ("cuando me ingresen la nómina", {}),
    ("mi dni es 00000000T", paper("DNI", "00000000T")),
    ("el dni 00000000 t", paper("DNI", "00000000T")),
    ("00000000A", {}),
    ("nie X0000000T", paper("NIE", "X0000000T")),
    ("mil doscientos", sum_of(1200)),
    ("no puedo 100, 50 sí", sum_of(50)),
    ("ni 200 ni 100, solo 40", sum_of(40)),
    ("2000,00", sum_of(2000)),
    ("dentro de un mes", on("2026-04-11")),
    ("el próximo martes", on("2026-03-17")),
    ("del 1 al 5 de abril", on("2026-04-01/2026-04-05")),
    ("a partir del 10 de abril", on("2026-04-10")),
    ("10 cuotas mensuales de 45 €", parts(10, amount=45, currency="EUR", frequency="monthly")),
    ("pagué 150 ayer", sum_of(150, date="2026-03-10")),
    ("ya pagué el 3 de marzo", on("2026-03-03")),
    ("el 28 de febrero hice la transferencia", on("2026-02-28")),
    ("son 4 hijos y un alquiler de 650", {}),
    ("cobro 900", {}),
    ("llamadme mañana a las 10", on("2026-03-12")),
    ("el expediente 448812", {}),
    ("tengo 2 deudas", {}),
    ("setenta y cinco", sum_of(75)),
    ("300 y me olvido", sum_of(300)),
    ("pago único de 400", parts(1, amount=400)),
    ("mira es q este mes stoy sin curro y no llego, me lo podeis partir en 3?", parts(3)),
    ("mi pensión son 700", {}),
    ("mi abuela tiene 83 años y está mala", {}),
    ("me habéis llamado 6 veces", {}),
    ("son las 15:30 y sigo esperando", {}),
    ("el 50% ahora", on("2026-03-11")),
    ("quitadme el 30 por ciento", {}),
    ("os puedo dar 50 o 60", sum_of([50, 60])),
    ("un mes más", on("2026-04-11")),
    ("30 euros/semana", per("weekly", 30, "EUR")),
    ("si me bajáis a 300 lo pago hoy", sum_of(300, date="2026-03-11")),
    ("en vez de el 15, el 20", on("2026-03-20")),
    ("llevo 3 meses sin cobrar", {}),
    ("el día 32", {}),
    ("a 30 días", on("2026-04-10")),
]
MEXICO = [
    ("$450 quincenales", per("semimonthly", 450, "MXN")),
    ("en la quincena", on("2026-03-15")),
    ("hasta la quincena", on("2026-03-15")),
    ("mil varos", sum_of(1000, "MXN")),
    ("quinientos pesos", sum_of(500, "MXN")),
    ("2,340.75", sum_of(2340.75)),
    ("$1,500.50", sum_of(1500.5, "MXN")),
    ("dos mil 300", sum_of(2300)),
    ("a 6 meses", parts(6, frequency="monthly")),
    ("en 3 exhibiciones", parts(3)),
    ("3 pagos de $800", parts(3, amount=800, currency="MXN")),
    ("le puedo dar 300 semanales", per("weekly", 300)),
    ("márqueme al 55 1234 5678", {}),
    ("tengo 62 años", {}),
    ("cien pesitos", sum_of(100, "MXN")),
    ("cada 15 días le doy 250", per("biweekly", 250)),
    ("de a 200 por quincena", per("semimonthly", 200)),
    ("el 15 de abril le deposito 1,200", sum_of(1200, date="2026-04-15")),
    ("viernes santo", on("2026-04-03")),
    ("HEGG560427MVZRRL04", paper("CURP", "HEGG560427MVZRRL04")),
    ("HEGG560427MVZRRL05", {}),
    ("700 varos c/quincena", per("semimonthly", 700, "MXN")),
    ("tres mil 500 pesos", sum_of(3500, "MXN")),
    ("le pago el sábado 14", on("2026-03-14")),
]
COLOMBIA = [
    ("2'500.000", sum_of(2500000)),
    ("$1'200.000", sum_of(1200000, "COP")),
    ("dos palos y medio", sum_of(2500000, "COP")),
    ("200 mil pesos", sum_of(200000, "COP")),
    ("cien lucas", sum_of(100000, "COP")),
    ("medio millón", sum_of(500000)),
    ("150 mil mensuales", per("monthly", 150000)),
    ("cada quincena", {"frequency": "semimonthly"}),
    ("a 6 cuotas", parts(6)),
    ("$80.000 quincenales", per("semimonthly", 80000, "COP")),
    ("millón y medio", sum_of(1500000)),
    ("trescientos mil", sum_of(300000)),
    ("cédula 1.020.345.678", paper("CC", "1020345678")),
    ("carrera 7 # 45-10", {}),
    ("le doy 100 mil el 30 y otros 100 mil en abril", sum_of(100000, date="2026-03-30")),
    ("mi celular 310 555 1234", {}),
    ("$150mil", sum_of(150000, "COP")),
    ("ochenta barras", sum_of(80000, "COP")),
    ("1 millón 200", sum_of(1200000)),
    ("el 29 de febrero", {}),
]
CHILE = [
    ("cien lucas", sum_of(100000, "CLP")),
    ("40 luquitas al mes", per("monthly", 40000, "CLP")),
    ("$30.000", sum_of(30000, "CLP")),
    ("30 mil", sum_of(30000)),
    ("medio palo", sum_of(500000, "CLP")),
    ("el 30", on("2026-03-30")),
    ("rut 11.111.111-1", paper("RUT", "111111111")),
    ("rut 11.111.111-2", {}),
    ("6 cuotas de 25 lucas", parts(6, amount=25000, currency="CLP")),
    ("quince lucas semanales", per("weekly", 15000, "CLP")),
    ("20.000 pesos", sum_of(20000, "CLP")),
    ("a fin de mes te deposito 50 lucas", sum_of(50000, "CLP", date="2026-03-31")),
    ("+56 9 1234 5678", {}),
    ("me faltan 3 cuotas", {}),
    ("20 luks", sum_of(20000, "CLP")),
]
ARGENTINA = [
    ("diez mil mangos", sum_of(10000, "ARS")),
    ("2 palos", sum_of(2000000, "ARS")),
    ("dos palos y medio", sum_of(2500000, "ARS")),
    ("60 lucas por mes", per("monthly", 60000, "ARS")),
    ("$15.000", sum_of(15000, "ARS")),
    ("15k", sum_of(15000)),
    ("en 3 cuotas de 20 mil", parts(3, amount=20000)),
    ("dni 30.123.456", paper("DNI", "30123456")),
    ("cuit 20-12345678-6", paper("CUIT", "20123456786")),
    ("cuit 20-12345678-7", {}),
    ("quince mil pesos", sum_of(15000, "ARS")),
    ("pago 30 lucas el 10", sum_of(30000, "ARS", date="2026-04-10")),
    ("100 dólares", sum_of(100, "USD")),
    ("llamame al 11 4567-8901", {}),
    ("vivo en corrientes 1234 piso 5", {}),
    ("5 cuotas fijas de 12.500", parts(5, amount=12500)),
    ("200 verdes", sum_of(200, "USD")),
    ("una luca y media", sum_of(1500, "ARS")),
]
PERU = [
    ("4 lucas", sum_of(4, "PEN")),
    ("cien lucas", sum_of(100, "PEN")),
    ("S/ 80", sum_of(80, "PEN")),
    ("s/.120.50", sum_of(120.5, "PEN")),
    ("doscientos soles mensuales", per("monthly", 200, "PEN")),
    ("dni 41234567", paper("DNI", "41234567")),
    ("en la quincena", on("2026-03-15")),
    ("en 2 partes", parts(2)),
    ("mi yape es 987654321", {}),
    ("1,200 soles", sum_of(1200, "PEN")),
    ("a mas tardar el 20", on("2026-03-20")),
    ("2 cuotas de S/150", parts(2, amount=150, currency="PEN")),
    ("30 lucas por semana", per("weekly", 30, "PEN")),
]
BRITAIN = [
    ("fifty quid", sum_of(50, "GBP")),
    ("a grand", sum_of(1000)),
    ("£2,340.75", sum_of(2340.75, "GBP")),
    ("£20 a week", per("weekly", 20, "GBP")),
    ("twenty five quid a fortnight", per("biweekly", 25, "GBP")),
    ("next Friday", on("2026-03-13")),
    ("friday week", on("2026-03-20")),
    ("the 5th", on("2026-04-05")),
    ("04/05", on("2026-05-04")),
    ("a week today", on("2026-03-18")),
    ("a week on Monday", on("2026-03-23")),
    ("end of the month", on("2026-03-31")),
    ("payday", {}),
    ("30th of February", {}),
    ("I'm 67 and on a pension", {}),
    ("call me on 07700 900123", {}),
    ("flat 12, 45 High Street", {}),
    ("since 2021", {}),
    ("i owe 1200 but can only manage 30 a month", per("monthly", 30)),
    ("not 80, 40", sum_of(40)),
    ("between £20 and £30 a month", per("monthly", [20, 30], "GBP")),
    ("£100 now and £25 a month", per("monthly", [100, 25], "GBP", date="2026-03-11")),
    ("half a grand", sum_of(500)),
    ("a tenner a week", per("weekly", 10, "GBP")),
    ("three instalments", parts(3)),
    ("six monthly payments of £50", parts(6, amount=50, currency="GBP", frequency="monthly")),
    ("a couple of hundred", sum_of(200)),
    ("two hundred and fifty pounds", sum_of(250, "GBP")),
    ("£15 pw", per("weekly", 15, "GBP")),
    ("25 per calendar month", per("monthly", 25)),
    ("in May", on("2026-05")),
    ("next month", on("2026-04")),
    ("good friday", on("2026-04-03")),
    ("when i get paid", {}),
    ("my postcode is M1 4BT", {}),
    ("could do 40 or 50 a month", per("monthly", [40, 50])),
    ("ten pound a week", per("weekly", 10, "GBP")),
    ("my daughter is 12 and i get 90 a week", {}),
    ("last friday of the month", on("2026-03-27")),
    ("in about three weeks", on("2026-04-01")),
    ("31 April", {}),
]
STATES = [
    ("fifty bucks", sum_of(50, "USD")),
    ("$25 every two weeks", per("biweekly", 25, "USD")),
    ("04/05", on("2026-04-05")),
    ("4/15", on("2026-04-15")),
    ("the 1st", on("2026-04-01")),
    ("next tuesday", on("2026-03-17")),
    ("1,250.50", sum_of(1250.5)),
    ("two grand", sum_of(2000)),
    ("5 hundred", sum_of(500)),
    ("a hundred bucks a month", per("monthly", 100, "USD")),
    ("in 2 weeks", on("2026-03-25")),
    ("by the 20th", on("2026-03-20")),
    ("i got 3 kids and make 1400 a month", {}),
    ("my number is 415-555-2671", {}),
    ("apt 4b 1200 elm street", {}),
    ("in 6 payments", parts(6)),
    ("over 12 months", parts(12, frequency="monthly")),
    ("lump sum of 800", parts(1, amount=800)),
    ("twice a month", {"frequency": "semimonthly"}),
    ("feb 30", {}),
    ("june 31st", {}),
    ("4 payments of $75", parts(4, amount=75, currency="USD")),
    ("not 200 more like 120", sum_of(120)),
    ("150 tops", sum_of(150)),
    ("$40-50", sum_of([40, 50], "USD")),
    ("on the 15th of every month", on("2026-03-15", frequency="monthly")),
    ("the last day of the month", on("2026-03-31")),
    ("end of april", on("2026-04-30")),
    ("$300 and we call it even", sum_of(300, "USD")),
    ("i'm 34 with 2 kids, 60 a month is my max", per("monthly", 60)),
    ("you called me 11 times on march 2nd", on("2026-03-02")),
    ("this balance is from 2017", {}),
    ("250 flat", sum_of(250)),
    ("12 payments, 40 each", parts(12, amount=40)),
    ("a week from friday", on("2026-03-20")),
    ("90 days late", {}),
    ("my ssn is 123-45-6789", {}),
    ("i paid $50 last monday", sum_of(50, "USD", date="2026-03-09")),
    ("easter monday", on("2026-04-06")),
    ("i can only manage 30", sum_of(30)),
]
CASES = [
    *(("es-ES", *case) for case in SPAIN),
    *(("es-MX", *case) for case in MEXICO),
    *(("es-CO", *case) for case in COLOMBIA),
    *(("es-CL", *case) for case in CHILE),
    *(("es-AR", *case) for case in ARGENTINA),
    *(("es-PE", *case) for case in PERU),
    *(("en-GB", *case) for case in BRITAIN),
    *(("en-US", *case) for case in STATES),
]


@pytest.mark.parametrize(("locale", "text", "expected"), CASES)
def test_contract(locale: str, text: str, expected: Expected) -> None:
    assert read(locale, text, *KINDS) == expected
