"""What the PDF of the record says around the entries, in Spanish and in English, for people who read files in court."""

from __future__ import annotations

from bot.services.gate_words import reason_in

HEADINGS = {
    "title": ("Expediente de conversaciones y decisiones", "Record of conversations and decisions"),
    "debtor": ("Persona", "Person"),
    "debtor_id": ("Identificador interno", "Internal identifier"),
    "accounts": ("Cuentas", "Accounts"),
    "everybody": ("Todas las personas", "Everybody"),
    "period": ("Periodo", "Period"),
    "whole_period": ("Desde el principio", "From the beginning"),
    "from": ("desde", "from"),
    "to": ("hasta antes de", "to before"),
    "made_at": ("Emitido", "Issued"),
    "zone": ("Horas", "Times"),
    "entries": ("Asientos", "Entries"),
    "checkpoint": ("Último sello del registro", "Last seal of the record"),
    "none": ("ninguno", "none"),
    "summary": ("Huella de los asientos", "Digest of the entries"),
    "volume": ("Tomo", "Volume"),
    "volume_is": ("{number} de {of}: asientos {first} a {last}", "{number} of {of}: entries {first} to {last}"),
    "volume_before": ("Huella al final del tomo anterior", "Digest at the end of the volume before"),
    "signature": ("Firma de la huella (Ed25519)", "Signature of the digest (Ed25519)"),
    "key": ("clave", "key"),
    "how": ("Cómo leer este documento", "How to read this document"),
    "entries_heading": ("Conversaciones y decisiones", "Conversations and decisions"),
    "hashes": ("Huellas de cada asiento", "Hash of each entry"),
    "number": ("N.º", "No."),
    "when": ("Instante (UTC)", "Instant (UTC)"),
    "what": ("Qué", "What"),
    "hash": ("Huella SHA-256", "SHA-256 hash"),
    "page": ("Página {page} de {pages}", "Page {page} of {pages}"),
    "conversation": ("Conversación {id}, por {channel}", "Conversation {id}, by {channel}"),
    "file_of": ("Movimientos de la persona {id}", "Entries about the person {id}"),
    "person": ("La persona", "The person"),
    "agent": ("Agente humano {name}", "Human agent {name}"),
    "we": ("El asistente", "The assistant"),
    "rule": ("regla", "rule"),
    "edition": ("edición de las reglas", "edition of the rules"),
    "erased": ("(datos personales suprimidos)", "(personal data erased)"),
    "nothing": ("No hay asientos en esta parte del registro.", "There are no entries in this part of the record."),
}  # fmt: skip
HOW = {
    "es": (
        "Este documento reproduce, en orden de tiempo, todo lo que se escribió y lo que el sistema decidió. Cada asiento "
        "lleva un número; al final está su huella. Una huella (SHA-256) es un número calculado a partir del asiento y de "
        "la huella del anterior de la misma cadena: si alguien cambiara, quitara o moviera uno, las huellas dejarían de "
        "coincidir. «Regla» y «edición» dicen con qué norma interna y en qué versión se decidió. Los mismos asientos se "
        "entregan como archivo (JSON Lines), que se comprueba con el comando «aldia audit verify-export» sin acceso al "
        "sistema. Donde dice «datos personales suprimidos», la clave que los cifraba fue destruida; las huellas "
        "siguen valiendo."
    ),
    "en": (
        "This document gives, in order of time, all that was written and what the system decided. Each entry has a number; "
        "its hash is at the end. A hash (SHA-256) is a number computed from the entry and from the hash of the one before "
        "it in the same chain: if anyone changed, removed or moved an entry, the hashes would no longer agree. “Rule” and "
        "“edition” say by which internal rule, and in which version of the rules, it was decided. The same entries are "
        "supplied as a file (JSON Lines), which the command “aldia audit verify-export” checks without access to the "
        "system. Where it says “personal data erased”, the key that encrypted them was destroyed; the hashes still hold."
    ),
}
TAGS = {
    "MESSAGE_RECEIVED": ("Mensaje de la persona", "Message of the person"),
    "MESSAGE_UNDERSTOOD": ("Se entendió", "Understood as"),
    "MESSAGE_SENT": ("Nuestro mensaje", "Our message"),
    "CONTACT_DECIDED": ("¿Se le puede escribir?", "May they be written to?"),
    "RECORD_VERIFIED": ("Se comprobó el registro", "The record was verified"),
    "BACKUP_MADE": ("Copia de seguridad", "A copy was made"),
    "DESK_CLAIMED": ("Una persona tomó la conversación", "A person took the conversation"),
    "DESK_OPENED": ("Se abrió para leer", "Opened to read"),
    "DESK_EXPORTED": ("Se descargó", "Downloaded"),
    "MESSAGE_DELIVERY": ("Entrega del mensaje", "Delivery of the message"),
    "ADDRESS_MARKED": ("Estado de la dirección", "State of the address"),
    "INTENT_CLARIFIED": ("Se preguntó qué quería decir", "Asked which meaning was meant"),
    "WITHHELD": ("Asiento reservado", "Entry withheld"),
    "LANGUAGE_CHOSEN": ("Eligió otro idioma", "Chose another language"),
    "NO_PROGRESS": ("La conversación no avanzaba", "The conversation made no progress"),
    "TURN_FAILED": ("Fallo del sistema, con disculpa", "Fault of the system, with an apology"),
    "DISCLOSURE_GIVEN": ("Aviso legal dado", "Prescribed notice given"),
    "VERIFICATION_CODE_GIVEN": ("Código de comprobación dado", "Verification code given"),
    "CRISIS_LINE_GIVEN": ("Se dio la línea de ayuda", "Crisis line given"),
    "IDENTITY_ATTEMPTED": ("Comprobación de identidad", "Identity check"),
    "IDENTITY_EXPIRED": ("La identificación caducó", "The identification ended"),
    "BALANCE_DISCLOSED": ("Se informó del saldo", "Balance disclosed"),
    "OFFER_MADE": ("Oferta hecha", "Offer made"),
    "COUNTER_OFFER_DECIDED": ("Decisión sobre la contraoferta", "Decision on the counter-offer"),
    "SUMMARY_SHOWN": ("Se mostró el resumen del acuerdo", "Summary of the agreement shown"),
    "OFFER_ACCEPTED": ("Oferta aceptada", "Offer accepted"),
    "OFFER_STALE": ("La oferta ya no valía", "The offer no longer held"),
    "ARRANGEMENT_WITHDRAWN": ("Acuerdo retirado", "Arrangement withdrawn"),
    "DUE_DATE_CHANGED": ("Cambio de fecha de pago", "Due date changed"),
    "PROMISE_MADE": ("Promesa de pago", "Promise to pay"),
    "PAYMENT_INSTRUCTIONS_GIVEN": ("Se explicó cómo pagar", "Payment instructions given"),
    "HOLD_PLACED": ("Cobro detenido", "Collection put on hold"),
    "HOLD_LIFTED": ("Fin de la detención del cobro", "Hold on collection lifted"),
    "RIGHT_INVOKED": ("Ejerció un derecho", "Right invoked"),
    "CONTACT_STOPPED": ("Pidió no recibir mensajes", "Asked for no more messages"),
    "CONTACT_RESUMED": ("Pidió volver a recibir mensajes", "Asked for messages again"),
    "CONSENT_GIVEN": ("Autorizó un canal", "Channel authorised"),
    "CONSENT_WITHDRAWN": ("Retiró la autorización de un canal", "Authorisation of a channel taken back"),
    "CONTACT_WISH": ("Cuándo y por dónde quiere mensajes", "When and by what messages are wanted"),
    "HANDED_OFF": ("Pasa a un agente humano", "Handed to a human agent"),
    "CALLBACK_REQUESTED": ("Pidió una llamada", "Callback requested"),
    "AUTHORITY_DECIDED": ("Decisión sobre un poder", "Decision on an authority"),
    "ANSWER_WITHHELD": ("Respuesta guardada, o entregada después", "An answer kept back, or given later"),
    "AUTHORITY_ENDED": ("Un poder terminó", "An authority ended"),
    "DISPOSITION_SET": ("Resultado de la conversación", "Outcome of the conversation"),
    "CASE_OPENED": ("Expediente de derechos abierto", "Rights case opened"),
    "CASE_CLOSED": ("Expediente de derechos cerrado", "Rights case closed"),
    "LEGAL_HOLD_PLACED": ("Orden de conservación", "Legal hold placed"),
    "LEGAL_HOLD_RELEASED": ("Fin de la orden de conservación", "Legal hold released"),
    "ERASURE_REFUSED": ("Supresión denegada", "Erasure refused"),
    "DEBTOR_ERASED": ("Datos personales suprimidos", "Personal data erased"),
    "FILE_RETURNED": ("El acreedor recuperó el expediente", "The creditor took the file back"),
    "DATA_GIVEN": ("Se reunieron sus datos", "Personal data put together"),
    "ACCOUNT_IMPORTED": ("Cuenta recibida del acreedor", "Account received from the creditor"),
    "ACCOUNT_CHANGED": ("Cuenta actualizada", "Account updated"),
    "PAYMENT_POSTED": ("Pago registrado", "Payment posted"),
    "PROMISE_MOVED": ("Estado de la promesa", "State of the promise"),
    "ARRANGEMENT_MOVED": ("Estado del acuerdo", "State of the arrangement"),
}
FACTS = {
    "text": ("texto", "text"),
    "intent": ("significado", "meaning"),
    "confidence": ("seguridad", "confidence"),
    "fact_id": ("norma", "fact"),
    "purpose": ("para qué", "purpose"),
    "jurisdiction": ("país", "jurisdiction"),
    "next_allowed_at": ("desde", "from"),
    "response": ("nombre del texto", "name of the text"),
    "language": ("idioma", "language"),
    "account": ("cuenta", "account"),
    "amount": ("importe", "amount"),
    "balance": ("saldo", "balance"),
    "because": ("por", "because"),
    "channel": ("canal", "channel"),
    "creditor": ("acreedor", "creditor"),
    "days_past_due": ("días de retraso", "days past due"),
    "disposition": ("resultado", "outcome"),
    "disclosure": ("aviso", "notice"),
    "due_on": ("vence", "due on"),
    "edition": ("edición", "edition"),
    "expires_on": ("válida hasta", "valid until"),
    "facts": ("por", "because of"),
    "fees": ("gastos", "fees"),
    "frequency": ("frecuencia", "frequency"),
    "installments": ("cuotas", "instalments"),
    "last_due_on": ("último pago", "last payment"),
    "paid_on": ("pagado el", "paid on"),
    "first_due_on": ("primer pago", "first payment"),
    "interest": ("intereses", "interest"),
    "kind": ("tipo", "kind"),
    "moment": ("momento", "moment"),
    "number": ("número", "number"),
    "outcome": ("resultado", "outcome"),
    "principal": ("principal", "principal"),
    "proposal": ("propuesta", "proposal"),
    "reason": ("motivo", "reason"),
    "right": ("derecho", "right"),
    "saving": ("descuento", "saving"),
    "schedule": ("calendario", "schedule"),
    "scope": ("alcance", "scope"),
    "status": ("estado", "status"),
    "text_version": ("versión del texto", "version of the text"),
    "total": ("total", "total"),
    "verdict": ("decisión", "verdict"),
    "words": ("palabras", "words"),
}
_UNTOLD = frozenset({"outbox_id", "offer_id", "debtor_id", "variant", "tone", "position", "conversation_id"})


def heading(name: str, language: str) -> str:
    """A heading or a label."""
    return _of(HEADINGS[name], language)


def tag(name: str, language: str) -> str:
    """What an entry says happened; the tag itself where there are no words for it yet."""
    return _of(TAGS.get(name, (name, name)), language)


def facts(payload: dict[str, object], language: str) -> str:
    """The facts of an entry in one line."""
    told = {name: value for name, value in payload.items() if name not in _UNTOLD and value not in (None, "")}
    if isinstance(told.get("because"), str):
        told["because"] = reason_in(str(told["because"]), language)
    return "; ".join(f"{_of(FACTS.get(n, (n, n)), language)}: {_value(v)}" for n, v in told.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            return f"{value['amount']} {value['currency']}"
        return ", ".join(f"{name} {_value(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " | ".join(_value(each) for each in value)
    return str(value)


def _of(pair: tuple[str, str], language: str) -> str:
    return pair[0 if language == "es" else 1]
