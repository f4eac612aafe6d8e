"""What is printed around the facts of a profile: headings, effects, how well a fact is known, the block to sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """Every word of a print that is no fact's, in one language."""

    language: str
    titles: Mapping[str, str]  # by section, in the order of the print
    effects: Mapping[str, str]
    evidence: Mapping[str, str]
    unconfirmed: str
    conflict: str
    head: str
    none: str
    counted: str
    not_confirmed: str
    untranslated: str
    stricter: str
    by_deployer: str
    acknowledged: str
    to_be_confirmed: str
    nothing: str
    signature: str
    printed: str
    digest: str
    translation: str
    checked: str
    corrections: str
    signed: str


ENGLISH = Labels(
    language="en",
    titles={
        "scope": "Who is bound",
        "contact.timezone": "Whose clock",
        "contact.windows": "Hours: unasked messages go out only within these",
        "contact.closed_days": "Days without contact",
        "contact.exceptions": "Exceptions to hours and days",
        "contact.inbound": "Answers to what the person writes",
        "frequency": "How often",
        "channels": "Channels",
        "disclosures": "What has to be said, and when",
        "ai_disclosure": "Saying that it is an AI",
        "identity": "Identity and third parties",
        "opt_out": "Stopping messages",
        "cease_triggers": "What stops collection",
        "disputes": "Disputes and complaints",
        "hardship": "Hardship and vulnerability",
        "human_agent": "A person",
        "agreements": "Agreements",
        "fees": "Fees and discounts",
        "conversation_rules": "What is said and what is not",
        "prohibited": "Prohibited conduct",
        "records": "Records to keep",
        "data_rights": "Data protection",
        "recording": "Recording",
        "credit_bureau": "Credit bureaus",
        "limitation": "Prescription",
        "crisis": "Help lines",
        "debt_help": "Debt advice",
        "complaints": "Where to complain",
        "pending": "Changes to come",
        "overlays": "Stricter places inside",
    },
    effects={
        "law": "LAW",
        "regulator_rule": "REGULATOR'S RULE",
        "presumption": "PRESUMPTION",
        "guidance": "GUIDANCE",
        "industry_practice": "INDUSTRY PRACTICE",
        "platform_policy": "PLATFORM POLICY",
        "product_default": "OUR CHOICE",
        "bill": "BILL",
        "repealed": "REPEALED",
        "fact": "FACT",
    },
    evidence={
        "primary": "text read",
        "secondary": "summary read",
        "memory": "from memory",
    },
    unconfirmed="NOT CONFIRMED",
    conflict="Sources disagree",
    head="{name} ({code}), as of {as_of}",
    none="none",
    counted="Parents: {parents}. Facts: {facts} ({effects}).",
    not_confirmed="Not confirmed: {count}; they are marked ⚠ and listed at the end.",
    untranslated="",
    stricter="Where two profiles speak of the same thing, the stricter holds. Not legal advice.",
    by_deployer="SET BY THE DEPLOYER",
    acknowledged="  {fact} acknowledged by {by} on {dated}: {because}",
    to_be_confirmed="TO BE CONFIRMED BEFORE ANYONE RELIES ON IT",
    nothing="  Nothing.",
    signature="SIGNATURE",
    printed=", printed on {day}",
    digest="  Profile {digest}{printed}",
    translation="",
    checked="  I have checked the {count} facts of {code} against the law in force on: ____________",
    corrections="  Corrections: ______________________________________________________________",
    signed="  Name, bar number, signature: ______________________________________________",
)
SPANISH = Labels(
    language="es",
    titles={
        "scope": "A quién obliga",
        "contact.timezone": "Qué reloj cuenta",
        "contact.windows": "Horario: los mensajes que nadie pidió salen solo dentro de él",
        "contact.closed_days": "Días sin contacto",
        "contact.exceptions": "Excepciones al horario y a los días",
        "contact.inbound": "Respuestas a lo que escribe la persona",
        "frequency": "Con qué frecuencia",
        "channels": "Canales",
        "disclosures": "Qué hay que decir, y cuándo",
        "ai_disclosure": "Decir que es una IA",
        "identity": "Identidad y terceros",
        "opt_out": "Dejar de recibir mensajes",
        "cease_triggers": "Qué detiene la cobranza",
        "disputes": "Disputas y quejas",
        "hardship": "Dificultad económica y vulnerabilidad",
        "human_agent": "Una persona",
        "agreements": "Acuerdos",
        "fees": "Gastos y descuentos",
        "conversation_rules": "Qué se dice y qué no",
        "prohibited": "Conductas prohibidas",
        "records": "Registros que hay que conservar",
        "data_rights": "Protección de datos",
        "recording": "Grabación",
        "credit_bureau": "Centrales de riesgo, burós y ficheros de crédito",
        "limitation": "Prescripción",
        "crisis": "Líneas de ayuda",
        "debt_help": "Asesoramiento sobre deudas",
        "complaints": "Dónde presentar una queja",
        "pending": "Cambios por venir",
        "overlays": "Lugares con reglas más estrictas",
    },
    effects={
        "law": "LEY",
        "regulator_rule": "NORMA DEL REGULADOR",
        "presumption": "PRESUNCIÓN",
        "guidance": "ORIENTACIÓN",
        "industry_practice": "PRÁCTICA DEL SECTOR",
        "platform_policy": "POLÍTICA DE LA PLATAFORMA",
        "product_default": "DECISIÓN NUESTRA",
        "bill": "PROYECTO DE LEY",
        "repealed": "NORMA DEROGADA",
        "fact": "DATO",
    },
    evidence={"primary": "texto leído", "secondary": "resumen leído", "memory": "de memoria"},
    unconfirmed="SIN CONFIRMAR",
    conflict="Las fuentes no coinciden",
    head="{name} ({code}), al {as_of}",
    none="ninguno",
    counted="Perfiles de los que hereda: {parents}. Hechos: {facts} ({effects}).",
    not_confirmed="Sin confirmar: {count}; llevan la marca ⚠ y están listados al final.",
    untranslated="Sin traducción completa: {count}; lo que falta lleva la marca «(en inglés)».",
    stricter="Cuando dos perfiles hablan de lo mismo, rige el más estricto. No es asesoramiento legal.",
    by_deployer="FIJADO POR QUIEN DESPLIEGA EL SISTEMA",
    acknowledged="  {fact} aceptado por {by} el {dated}: {because}",
    to_be_confirmed="POR CONFIRMAR ANTES DE QUE ALGUIEN SE APOYE EN ELLO",
    nothing="  Nada.",
    signature="FIRMA",
    printed=", impreso el {day}",
    digest="  Perfil {digest}{printed}",
    translation="  Textos en español {digest}",
    checked="  He revisado los {count} hechos de {code} frente a la ley vigente al: ____________",
    corrections="  Correcciones: ______________________________________________________________",
    signed="  Nombre, número de colegiado o matrícula, firma: ____________________________",
)
