"""The demo's fictional debtors and what they owe; days are counted from the day on which the demo runs.

Phones are of ranges kept for fiction where a country has one (US 555-01xx, GB 07700 900xxx); documents have
valid check digits and belong to nobody that we know of.
"""
# ruff: noqa: E501 (a table: one debt a line)

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoDebt:
    """One account. `late` is days past due (negative: not due yet); `opened` and `last_paid` are days ago."""

    reference: str
    creditor: str
    product: str
    principal: str
    interest: str
    fees: str
    late: int
    opened: int
    last_paid: int | None = None
    broken: int = 0


@dataclass(frozen=True)
class DemoDebtor:
    """One person with their accounts."""

    debtor_id: str
    full_name: str
    born: str
    document_type: str
    document: str
    postal_code: str
    country: str
    language: str
    time_zone: str
    phone: str
    channel: str
    currency: str
    debts: tuple[DemoDebt, ...]
    region: str = ""  # where the postal code does not show it
    consents: str = ""  # the channels that they authorised with the creditor, a year ago
    proof: str = ""


_RIBERA, _DUERO = "Financiera Ribera", "Luz del Duero Energía"
_JACARANDA, _GUAYACAN, _COPIHUE = "Crédito Jacaranda", "Finanzas Guayacán", "Créditos Copihue"
_CANTUTA, _CEIBO = "Caja Cantuta", "Préstamos Ceibo"
_BLUEBONNET, _HARBOURSIDE = "Bluebonnet Lending", "Harbourside Credit"
_MADRID, _MEXICO, _BOGOTA = "Europe/Madrid", "America/Mexico_City", "America/Bogota"
_SANTIAGO, _CHICAGO, _LONDON = "America/Santiago", "America/Chicago", "Europe/London"

SPAIN = (
    DemoDebtor(
        "D-ES-01", "Lucía Romero Vidal", "1985-03-12", "DNI", "53120447S", "28013",
        "ES", "es", _MADRID, "+34600000001", "whatsapp", "EUR",
        (DemoDebt("AD-ES-0001", _RIBERA, "Tarjeta de crédito", "412.50", "58.30", "29.20", 120, 1500, 160),),
    ),
    DemoDebtor(
        "D-ES-02", "Andrés Navarro Gil", "1992-07-01", "DNI", "47206183V", "08015",
        "ES", "es", _MADRID, "+34600000002", "web", "EUR",
        (DemoDebt("AD-ES-0002", _RIBERA, "Préstamo personal", "180.00", "0.00", "0.00", -12, 400, 20),),
    ),
    DemoDebtor(
        "D-ES-03", "Carmen Ortega Sanz", "1968-11-23", "DNI", "50918362L", "41004",
        "ES", "es", _MADRID, "+34600000003", "sms", "EUR",
        (
            DemoDebt("AD-ES-0003", _RIBERA, "Tarjeta de crédito", "240.00", "6.40", "0.00", 18, 900, 49),
            DemoDebt("AD-ES-0004", _DUERO, "Suministro eléctrico", "136.85", "2.15", "12.00", 45, 700, 106),
        ),
    ),
    DemoDebtor(
        "D-ES-04", "Youssef Benali", "1990-05-30", "NIE", "X4471926J", "30001",
        "ES", "es", _MADRID, "+34600000004", "whatsapp", "EUR",
        (DemoDebt("AD-ES-0005", _RIBERA, "Financiación de compra", "890.00", "44.10", "35.00", 65, 800, 125, 2),),
    ),
    DemoDebtor(
        "D-ES-05", "Emily Carter", "1979-01-17", "NIE", "Y2839150K", "29602",
        "ES", "en", _MADRID, "+34600000005", "web", "EUR",
        (DemoDebt("AD-ES-0006", _DUERO, "Suministro de gas", "318.44", "21.56", "20.00", 150, 1100, 210),),
    ),
    DemoDebtor(
        "D-ES-06", "Javier Molina Castro", "1974-09-08", "DNI", "71650294G", "24002",
        "ES", "es", _MADRID, "+34600000006", "web", "EUR",
        (DemoDebt("AD-ES-0007", _RIBERA, "Préstamo personal", "3650.00", "612.75", "140.00", 210, 2000, 240),),
    ),
    DemoDebtor(
        "D-ES-07", "Rosa Iglesias Pardo", "1959-02-14", "DNI", "44781305Y", "15003",
        "ES", "es", _MADRID, "+34600000007", "sms", "EUR",
        (DemoDebt("AD-ES-0008", _RIBERA, "Tarjeta de crédito", "0.00", "0.00", "0.00", 40, 1600, 3),),
    ),
    DemoDebtor(
        "D-ES-08", "Manuel Prieto Luna", "1963-06-19", "DNI", "33509218N", "10001",
        "ES", "es", _MADRID, "+34600000008", "web", "EUR",
        (DemoDebt("AD-ES-0009", _DUERO, "Suministro eléctrico", "742.10", "0.00", "0.00", 2600, 3900, 2700),),
    ),
)  # fmt: skip

MEXICO = (
    DemoDebtor(
        "D-MX-01", "Guadalupe Hernández Ríos", "1990-04-17", "CURP", "HERG900417MDFRZD05", "06700",
        "MX", "es", _MEXICO, "+525500000001", "whatsapp", "MXN",
        (DemoDebt("AD-MX-0001", _JACARANDA, "Crédito personal", "6200.00", "480.00", "350.00", 62, 600, 95),),
    ),
    DemoDebtor(
        "D-MX-02", "Jorge Torres López", "1988-09-25", "CURP", "TOLJ880925HJCRPR05", "44100",
        "MX", "es", _MEXICO, "+523300000002", "whatsapp", "MXN",
        (DemoDebt("AD-MX-0002", _JACARANDA, "Tarjeta departamental", "1850.00", "0.00", "0.00", 5, 300, 36),),
    ),
    DemoDebtor(
        "D-MX-03", "Daniela Salas Cantú", "1979-03-02", "CURP", "SACD790302MNLNHN00", "64000",
        "MX", "es", _MEXICO, "+528100000003", "web", "MXN",
        (DemoDebt("AD-MX-0003", _JACARANDA, "Crédito automotriz", "9000.00", "600.00", "0.00", 100, 1400, 130),),
    ),
    DemoDebtor(
        "D-MX-04", "Roberto Villa Meza", "1965-06-11", "CURP", "VIMR650611HPLLNB08", "72000",
        "MX", "es", _MEXICO, "+522200000004", "sms", "MXN",
        (DemoDebt("AD-MX-0004", _JACARANDA, "Crédito personal", "48200.00", "9640.00", "1200.00", 400, 1800, 460, 3),),
    ),
)  # fmt: skip

COLOMBIA = (
    DemoDebtor(
        "D-CO-01", "Camila Restrepo Mejía", "1995-12-05", "CC", "1020764513", "050021",
        "CO", "es", _BOGOTA, "+573000000001", "whatsapp", "COP",
        (DemoDebt("AD-CO-0001", _GUAYACAN, "Libre inversión", "850000", "42000", "0", 20, 500, 51),),
        "CO-ANT", "whatsapp sms", "Pagaré G-2231, cláusula 9",
    ),
    DemoDebtor(
        "D-CO-02", "Hernán Quintero Ossa", "1971-08-28", "CC", "79604128", "110111",
        "CO", "es", _BOGOTA, "+573000000002", "web", "COP",
        (DemoDebt("AD-CO-0002", _GUAYACAN, "Tarjeta de crédito", "5400000", "910000", "150000", 95, 1300, 125, 1),),
    ),
    DemoDebtor(
        "D-CO-03", "Yeison Cuero Angulo", "1984-10-10", "CC", "1144027395", "760001",
        "CO", "es", _BOGOTA, "+573000000003", "sms", "COP",
        (DemoDebt("AD-CO-0003", _GUAYACAN, "Microcrédito", "1960000", "730000", "80000", 820, 1700, 850),),
        "CO-VAC", "sms", "Pagaré G-0417, cláusula 9",
    ),
)  # fmt: skip

CHILE = (
    DemoDebtor(
        "D-CL-01", "Francisca Soto Paredes", "1986-01-30", "RUT", "16543210-K", "7500000",
        "CL", "es", _SANTIAGO, "+56900000001", "whatsapp", "CLP",
        (DemoDebt("AD-CL-0001", _COPIHUE, "Crédito de consumo", "210000", "0", "0", -5, 250, 26),),
    ),
    DemoDebtor(
        "D-CL-02", "Matías Fuentes Leiva", "1993-05-21", "RUT", "18207654-6", "2520000",
        "CL", "es", _SANTIAGO, "+56900000002", "web", "CLP",
        (DemoDebt("AD-CL-0002", _COPIHUE, "Tarjeta de crédito", "486500", "38200", "12300", 75, 800, 105),),
    ),
    DemoDebtor(
        "D-CL-03", "Ximena Rojas Vera", "1975-07-16", "RUT", "12876503-4", "4030000",
        "CL", "es", _SANTIAGO, "+56900000003", "sms", "CLP",
        (DemoDebt("AD-CL-0003", _COPIHUE, "Crédito de consumo", "2740000", "390000", "55000", 195, 1500, 230, 2),),
    ),
)  # fmt: skip

PERU_AND_ARGENTINA = (
    DemoDebtor(
        "D-PE-01", "Milagros Quispe Huamán", "1991-02-03", "DNI", "45671238", "15046",
        "PE", "es", "America/Lima", "+51900000001", "whatsapp", "PEN",
        (DemoDebt("AD-PE-0001", _CANTUTA, "Crédito de negocio", "1480.00", "96.00", "30.00", 50, 420, 80),),
    ),
    DemoDebtor(
        "D-AR-01", "Martín Pereyra Sosa", "1982-11-09", "DNI", "29304517", "C1425",
        "AR", "es", "America/Argentina/Buenos_Aires", "+541100000001", "whatsapp", "ARS",
        (DemoDebt("AD-AR-0001", _CEIBO, "Préstamo personal", "384000.00", "97500.00", "12000.00", 130, 700, 165, 1),),
    ),
)  # fmt: skip

UNITED_STATES = (
    DemoDebtor(
        "D-US-01", "Angela Brooks", "1987-08-19", "SSN4", "4417", "78704",
        "US", "en", _CHICAGO, "+15125550101", "sms", "USD",
        (DemoDebt("AD-US-0001", _BLUEBONNET, "Personal loan", "1180.00", "94.50", "45.00", 110, 900, 140),),
        "US-TX", "sms email", "Loan agreement B-118, section 14",
    ),
    DemoDebtor(
        "D-US-02", "Luis Ortiz Delgado", "1994-03-27", "SSN4", "0932", "60608",
        "US", "es", _CHICAGO, "+13125550102", "whatsapp", "USD",
        (DemoDebt("AD-US-0002", _BLUEBONNET, "Credit card", "640.00", "22.75", "30.00", 10, 450, 41),),
    ),
    DemoDebtor(
        "D-US-03", "Denise Whitfield", "1969-12-12", "SSN4", "7765", "30303",
        "US", "en", "America/New_York", "+14045550103", "web", "USD",
        (DemoDebt("AD-US-0003", _BLUEBONNET, "Auto loan", "6900.00", "810.00", "120.00", 300, 1900, 340, 2),),
    ),
    DemoDebtor(
        "D-US-04", "Harold Jennings", "1955-05-05", "SSN4", "2081", "97209",
        "US", "en", "America/Los_Angeles", "+15035550104", "web", "USD",
        (DemoDebt("AD-US-0004", _BLUEBONNET, "Credit card", "0.00", "0.00", "0.00", 15, 1200, 2),),
    ),
)  # fmt: skip

UNITED_KINGDOM = (
    DemoDebtor(
        "D-GB-01", "Priya Shah", "1989-06-02", "NINO", "QQ123456C", "LE2 1TX",
        "GB", "en", _LONDON, "+447700900001", "whatsapp", "GBP",
        (DemoDebt("AD-GB-0001", _HARBOURSIDE, "Credit card", "325.00", "11.20", "12.00", 25, 700, 55),),
        "GB-ENG",
    ),
    DemoDebtor(
        "D-GB-02", "Gareth Evans", "1976-10-30", "NINO", "QQ654321A", "CF10 1AA",
        "GB", "en", _LONDON, "+447700900002", "web", "GBP",
        (DemoDebt("AD-GB-0002", _HARBOURSIDE, "Catalogue account", "96.40", "0.00", "24.00", 60, 500, 92, 1),),
        "GB-WLS",
    ),
    DemoDebtor(
        "D-GB-03", "Moira Campbell", "1961-04-21", "PASSPORT", "925076473", "EH6 5QA",
        "GB", "en", _LONDON, "+447700900003", "sms", "GBP",
        (DemoDebt("AD-GB-0003", _HARBOURSIDE, "Personal loan", "2750.00", "402.60", "50.00", 240, 1600, 270),),
        "GB-SCT",
    ),
)  # fmt: skip

EVERYBODY = (*SPAIN, *MEXICO, *COLOMBIA, *CHILE, *PERU_AND_ARGENTINA, *UNITED_STATES, *UNITED_KINGDOM)
# Printed when the demo starts: one in Spain, one in Mexico, one in English.
PRINTED = ("AD-ES-0001", "AD-MX-0001", "AD-US-0001")
