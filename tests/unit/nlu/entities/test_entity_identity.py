"""Documents with their check digits, references, phones and the rest of what identifies a person."""

from __future__ import annotations

from typing import Any

import pytest

from .reading import read

KINDS = (
    "document",
    "account_reference",
    "phone",
    "email",
    "postal_code",
    "last_four",
    "amount",
    "date_of_birth",
)


def document(kind: str, value: str) -> dict[str, Any]:
    return {"document": {"type": kind, "value": value}}


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "mi dni es 12.345.678-z", document("DNI", "12345678Z")),
        ("es-ES", "x-1234567-l", document("NIE", "X1234567L")),
        ("es-CL", "12.345.678-5", document("RUT", "123456785")),
        ("es-MX", "rfc gode561231gr8", document("RFC", "GODE561231GR8")),
        ("es-CO", "cc 1020345678", document("CC", "1020345678")),
        ("es-CO", "cédula 52.345.678", document("CC", "52345678")),
        ("es-AR", "cuit 20-12345678-6", document("CUIT", "20123456786")),
        ("es-PE", "41234567", document("DNI", "41234567")),
        ("es", "41234567", document("DNI", "41234567")),
        ("es-ES", "12345678A", {}),
        ("es-CL", "rut 12.345.678-9", {}),
        ("es-ES", "AD-ES-0001", {"account_reference": "AD-ES-0001"}),
        ("es-ES", "ref 88213", {"account_reference": "88213"}),
        ("en-US", "account number 00123456", {"account_reference": "00123456"}),
        ("es-ES", "600 11 22 33", {"phone": "+34600112233"}),
        ("es-MX", "mi cel es 5512345678", {"phone": "+525512345678"}),
        ("en-GB", "07700 900123", {"phone": "+447700900123"}),
        ("en-US", "(415) 555-2671", {"phone": "+14155552671"}),
        ("es-ES", "Lola.Perez@Example.com", {"email": "lola.perez@example.com"}),
        ("es-ES", "código postal 28013", {"postal_code": "28013"}),
        ("en-GB", "SW1A 1AA", {"postal_code": "SW1A 1AA"}),
        ("es-ES", "últimos cuatro 5678", {"last_four": "5678"}),
        ("es-ES", "terminado en 678Z", {"last_four": "678Z"}),
        ("en-US", "my ssn ends in 1234", {"last_four": "1234"}),
        (
            "es-ES",
            "AD-ES-0001 12/03/1985 678Z",
            {"account_reference": "AD-ES-0001", "date_of_birth": "1985-03-12", "last_four": "678Z"},
        ),
        ("en-US", "John Smith 03/12/1985 90210", {"date_of_birth": "1985-03-12", "postal_code": "90210"}),
    ],
)
def test_identity(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text, *KINDS) == expected


@pytest.mark.parametrize("locale", ["es", "es-ES", "es-PE", "es-AR", "es-CO", "es-CL", "es-MX", "en-US"])
@pytest.mark.parametrize(
    "reference",
    [
        "AD-ES-12345678",
        "LN-93915410",
        "AR-PRE-1012345678",
        "PR-2024-12345678",
        "AD-CL-152348789",
        "AD-AR-27568481505",
    ],
)
@pytest.mark.parametrize("after", ["", " y mi código postal 28013", ", 12/03/1985"])
def test_the_digits_of_a_reference_are_no_document(locale: str, reference: str, after: str) -> None:
    found = read(locale, reference + after, *KINDS)
    assert found["account_reference"] == reference
    assert "document" not in found


@pytest.mark.parametrize("text", ["DNI-12345678Z", "nif-12345678z"])
def test_a_document_may_hang_on_its_name(text: str) -> None:
    assert read("es-ES", text, *KINDS) == document("DNI", "12345678Z")
