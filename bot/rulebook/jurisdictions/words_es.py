"""The closed words of a profile in Spanish: statuses, actions, moments, channels, purposes, holds."""

from __future__ import annotations

DAY_NAMES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
UNITS = {
    "minute": ("minuto", "minutos"),
    "hour": ("hora", "horas"),
    "day": ("día", "días"),
    "business_day": ("día hábil", "días hábiles"),
    "week": ("semana", "semanas"),
    "month": ("mes", "meses"),
    "year": ("año", "años"),
}
STATUS = {
    "allowed": "puede usarse",
    "consent_required": "solo con la autorización registrada de la persona",
    "restricted": "solo después de que quien despliega el sistema haya revisado su condición y la haya aceptado",
    "prohibited": "no puede usarse",
}
ACTIONS = {
    "pause": "se detiene la cobranza",
    "stop_collection_keep_service": "se detiene la cobranza, aunque siguen los mensajes de servicio",
    "stop_legal_threats": "no se hace ninguna mención de acciones judiciales",
    "stop_channel": "no se escribe por el canal",
    "stop_all": "no se envía ningún mensaje, salvo los avisos que exige la ley",
    "redirect_to_representative": "solo se puede escribir al representante",
    "stop_address": "no se envía ningún mensaje a esa dirección o número",
}
WHEN = {
    "on_request": "cuando se pide",
    "never_deny": "nunca se niega",
    "on_agreement": "cuando se acuerda algo",
    "within_deadline": "dentro del plazo",
    "first_contact": "en el primer contacto",
    "first_contact_incl_inbound": "en el primer contacto, también cuando la persona escribe primero",
    "before_first_collection": "antes de cobrar nada",
    "every_outbound": "en cada mensaje que enviamos",
    "every_electronic_message": "en cada mensaje electrónico",
    "every_message": "en cada mensaje",
    "first_message": "en el primer mensaje",
}
MOMENTS = {
    "opening": "como primeras palabras nuestras",
    "electronic": "en cada respuesta o mensaje a un número o una dirección",
    "unasked": "en lo que nadie pidió",
    "identified": "cuando se sabe quién es la persona",
    "account": "cuando se sabe de qué cuenta se trata",
    "offer": "con una oferta",
    "time_barred": "cuando la deuda ha prescrito",
    "hardship": "cuando se cuenta una dificultad",
    "complaint": "ante una queja",
    "dispute": "ante una disputa",
    "settlement": "antes de acordar un descuento",
    "agreement": "cuando se acuerda algo",
    "payment": "con las formas de pago",
}
OFTEN = {
    "account": "una vez por cuenta",
    "conversation": "una vez por conversación",
    "session": "una vez después de cada identificación",
    "message": "cada vez",
}
RULES = {"must": "Obligatorio", "must_not": "Prohibido", "may": "Permitido"}
WORDS = {
    # channels
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "webchat": "chat web",
    "email": "correo electrónico",
    "voice": "llamada",
    "letter": "carta",
    "visit": "visita",
    # purposes
    "reply": "respuestas",
    "collection": "cobranza",
    "service": "servicio",
    "agreement_confirmation": "confirmación de un acuerdo",
    "rights_notice": "avisos de derechos",
    "stop_confirmation": "confirmación de la baja",
    "crisis": "línea de ayuda",
    # holds
    "dispute": "disputa",
    "payment_claimed": "pago que la persona dice haber hecho",
    "wrong_party": "persona equivocada",
    "deceased": "fallecimiento",
    "represented": "representación",
    "cease_contact": "petición de no recibir más mensajes",
    "distress": "angustia grave",
    "hardship": "dificultad económica",
    "refused": "negativa a pagar",
    "complaint": "queja o reclamo",
    "right_pending": "derecho ejercido sin responder",
    # what is said
    "ai": "que es una IA",
    "human": "cómo llegar a una persona",
    "opt_out": "cómo dejar de recibir mensajes",
    "complaint_bodies": "dónde presentar una queja",
    "mini_miranda": "que somos cobradores y usaremos lo dicho para cobrar",
    "debt_collector": "que somos cobradores",
    "identification": "quién escribe, para quién y por qué",
    "identification_short": "quién escribe, en breve",
    "privacy": "aviso de privacidad",
    "validation": "el detalle de la deuda y hasta cuándo se puede discutir",
    "offer_parameters": "qué datos decidieron la oferta",
    "time_barred": "que la deuda ha prescrito",
    "debt_advice": "dónde hay asesoramiento gratuito sobre deudas",
    "verification": "qué ocurre con una disputa",
    "settlement_survivor": "qué subsiste después de un acuerdo",
    "certificate": "el documento que acredita el pago",
    "pay_creditor_only": "que solo se paga al acreedor",
}
