"""Who acts for a debtor: told nothing, asked who they are and for their authority; a person decides on it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bot.audit.tags import Tag
from bot.debt.contact_gate import CeaseAction
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.debt.party import ConversationId, DebtorId
from bot.services import cases, handoff
from bot.services.application import Application
from bot.services.delivery import PUSHED
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from bot.services.turn import Button, Turn, entity

RIGHT = "representation"
QUALITIES = ("lawyer", "adviser", "family", "carer", "other")
_QUALITY = (
    (
        "lawyer",
        r"abogad|letrad|procurador|lawyer|attorney|solicitor|barrister|counsel|paralegal|law firm|bufete|despacho",
    ),
    (
        "adviser",
        r"asesor|gestor|debt advi[sc]|adviser|advisor|stepchange|citizens advice|orientador|contador"
        r"|insolvency practitioner|administrador concursal|trustee|mediador",
    ),
    ("carer", r"cuidador|carer|caregiver|tutor|guardian|trabajador\w* social|social worker|support worker|curador"),
    ("family",
        r"\b(?:madre|padre|mam[aá]|pap[aá]|hij[oa]|herman[oa]|espos[oa]|marido|mujer|abuel[oa]|t[ií][oa]|sobrin[oa]"
        r"|suegr[oa]|mother|father|mum|mom|dad|son|daughter|brother|sister|wife|husband|grand\w+|aunt|uncle|niece"
        r"|nephew|parent)\b"
    ),
)  # fmt: skip
_OTHERS_WORDS = re.compile(
    r"\b(?:soy|somos) (?:(?:el|la|su|un|una|los|las) )?(?:abogad|letrad|asesor|gestor|apoderad|representante"
    r"|procurador|tutor|cuidador|curador|administrador"
    r"|hij|herman|espos|marid|mujer|madre|padre|sobrin|niet)"
    r"|\brepresento a|\brepresentamos a|en (?:nombre|representaci[oó]n) de|por cuenta de|act[uú]o (?:por|para|como)"
    r"|mi(?:s)? client|llevo (?:su|el) caso|les? llevo los papeles"
    r"|tengo (?:un )?poder|con poder (?:notarial|autenticado|legal)|carta poder"
    r"|\b(?:i'?m|i am|this is|we are|we'?re) (?:(?:an?|the|his|her|their) )?(?:(?:debt |legal "
    r"|authori[sz]ed )*)(?:lawyer|attorney|solicitor|advis[eo]r|carer|caregiver|representative|guardian|paralegal"
    r"|social worker"
    r"|support worker|son|daughter|wife|husband|mother|father|sister|brother)"
    r"|\bi represent|\bwe represent|on behalf of|acting (?:for|on)|\bi act for|\bwe act for|\bmy client|\bour client"
    r"|i (?:hold|have) (?:a |the |his |her |their )?power of attorney|retained by|\bi handle (?:his|her|their) ",
    re.IGNORECASE,
)
# "hable con mi abogado", "I have a lawyer": the debtor speaks.
_OWN_WORDS = re.compile(
    r"\bmi (?:propi[oa] )?(?:abogad|asesor|gestor|letrad|procurador|representante)|tengo (?:un )?abogad"
    r"|\bmy (?:own )?(?:lawyer|attorney|solicitor|advis[eo]r|representative|carer)"
    r"|i (?:have|'?ve got|got) an? (?:lawyer|attorney|solicitor)|me (?:representa|lleva)|represents me|acting for me"
    r"|on my behalf|en mi nombre",
    re.IGNORECASE,
)
# What a faint sign of representation must have in its words: "I got a message" alone closes no chat.
_LAW_WORDS = re.compile(
    r"represent|apoderad|\bpoder (?:notarial|legal|especial|general)|power of attorney|insolven|bankrupt|concurs"
    r"|quiebra|quebrad|segunda oportunidad|administra|liquidador|\bIVA\b|debt relief|trust deed|juzgado|tribunal"
    r"|\bcourt\b|\blegal|jur[ií]dic|notari|defens[ao]|estudio|\bfirm\b|habl\w+ con mi|(?:talk|speak) (?:to|with) my"
    r"|\b(?:handles?|handling|deals?|dealing|lleva|llevan|encarga\w*|acts? for)\b"
    r"|liquida|renegociaci|superir|superintend|s[ií]ndico|\bboga\b|\b(?:dr|dra|doctor|doctora)\b|fallid|acreedor"
    r"|creditors|\bDRO\b|sequestrat|receiver|\bbrief\b|moratori|minimal asset|voluntary|bankrup|breathing space"
    r"|\b(?:chapter|ch\.?|filed|filing) ?(?:7|11|13)\b|\bstay\b|\bjudge|\bjuez|discharge|\bbk\b|\bpacer\b|\blaw\b"
    r"|pro bono|\bPOA\b|\bmy IP\b|\bley\b|exoner|\bBEPI\b|\bLSO\b|licenciad|\blic\b|jurista|conciliaci"
    r"|reorganizaci|promotor|veedor|bancarrota|justicia gratuita|negociaci[oó]n de deudas|suspen|defiend",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:me llamo|mi nombre es|my name is|my name's|name:|nombre:)\s+(?P<name>[^\d,.;:!?@]{2,60})",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"[\d@?]|\b(?:no|s[ií]|yes|cu[aá]nto|how|what|why|qu[eé]|debe|owe|saldo|balance)\b", re.IGNORECASE
)
_ME = Button("button_i_am_the_holder", "deny", (entity("not_representative", True),))


def is_third_party(text: str) -> bool:
    """Whether somebody says that they act for another person, not that another person acts for them."""
    return bool(_OTHERS_WORDS.search(text)) and not _OWN_WORDS.search(text)


def is_in_words(text: str) -> bool:
    """Whether a word says that somebody may act for the debtor: a classifier's faint guess is not enough."""
    if any(pattern.search(text) for pattern in (_OTHERS_WORDS, _OWN_WORDS, _LAW_WORDS)):
        return True
    return any(re.search(pattern, text, re.IGNORECASE) for _, pattern in _QUALITY)


def speaks(turn: Turn) -> bool:
    """Whether whoever writes here said that they act for the debtor: then nothing is disclosed here, whoever they are."""
    return bool(turn.conversation.state.get("acts_for"))


def represented(turn: Turn) -> None:
    """A lawyer, adviser, insolvency administrator, relative or carer, named by the debtor or writing themself."""
    if is_third_party(turn.heard.text):
        _begin(turn)
        return
    from bot.services import identity

    subject = _hold(turn)
    details = {"by": "debtor", **_heard_details(turn)}
    cases.invoke(turn, RIGHT, details=details)
    handoff.to_person(turn, "represented", words=turn.heard.text[:500])
    turn.say("utter_represented")
    identity.ask_reference_if_unknown(turn, subject, "legal_representation")


def _hold(turn: Turn) -> DebtorId | None:
    from bot.services import identity

    identity.take_claims(turn)
    subject = identity.claimed_debtor(turn)
    if subject is not None:
        turn.place_hold(HoldKind.REPRESENTED, subject, None)
    turn.dispose(Disposition.REPRESENTED)
    return subject


def _heard_details(turn: Turn) -> dict[str, Any]:
    reach = turn.heard.first("phone") or turn.heard.first("email")
    return {"words": turn.heard.text[:500], **({"reach": reach} if reach else {})}


# -- the representative's own conversation -----------------------------------------------------------------------


def _begin(turn: Turn) -> None:
    """Whoever writes is not the debtor, or says so: what was identified here is identified no longer."""
    talk = turn.conversation
    subject = _hold(turn)
    talk.state["acts_for"] = "held" if any(hold.placed_at == turn.now for hold in turn.holds()) else "named"
    talk.verified_at, talk.account = None, None
    draft = talk.state["representative"] = {"words": turn.heard.text[:500]}
    _hear(turn, draft, asked=None)
    cases.invoke(turn, RIGHT, details={"by": "representative", **draft})
    turn.open_case("represented", words=turn.heard.text[:500])
    if subject is not None:
        _tell_debtor(turn, subject)
    turn.say("utter_representative_welcome", buttons=[_ME])
    _ask_next(turn)


def answer(turn: Turn) -> bool:
    """Name, quality, how to reach them, each asked once; anything about a debt is not answered."""
    talk, heard = turn.conversation, turn.heard
    draft = talk.state.get("representative")
    if draft is None:
        return False
    asked = talk.state.get("representative_asked")
    if heard.intent in ("request_agent", "complain", "request_callback"):
        return False
    _hear(turn, draft, asked)
    if asked is not None and asked not in draft:
        if heard.intent not in (
            "inform",
            "deny",
            "affirm",
            "legal_representation",
            "out_of_scope",
            "update_contact",
        ):
            turn.say("utter_representative_no_answer")
            _ask_next(turn)
            return True
        draft[asked] = heard.text[:200]
    cases.open_case(turn, RIGHT, details=draft)
    _ask_next(turn)
    return True


def _hear(turn: Turn, draft: dict[str, Any], asked: str | None) -> None:
    text, heard = turn.heard.text, turn.heard
    name = _NAME.search(text)
    if name:
        draft["name"] = name["name"].strip()
    elif asked == "name" and not _NOT_A_NAME.search(text) and len(text.split()) <= 6:
        draft["name"] = text.strip()[:100]
    quality = heard.first("quality") or next(
        (kind for kind, words in _QUALITY if re.search(words, text, re.IGNORECASE)), None
    )
    if quality and ("quality" not in draft or asked == "quality"):
        draft["quality"] = str(quality)
    reach = heard.first("phone") or heard.first("email")
    if reach:
        draft["reach"] = str(reach)


def _ask_next(turn: Turn) -> None:
    talk = turn.conversation
    draft = talk.state["representative"]
    missing = next((what for what in ("name", "quality", "reach") if what not in draft), None)
    talk.state["representative_asked"] = missing
    if missing == "name":
        turn.ask(Pending.REPRESENTATIVE, "utter_ask_representative_name")
    elif missing == "quality":
        buttons = [
            Button(f"button_quality_{q}", "legal_representation", (entity("quality", q),)) for q in QUALITIES
        ]
        turn.ask(Pending.REPRESENTATIVE, "utter_ask_representative_quality", buttons=buttons)
    elif missing == "reach":
        turn.ask(Pending.REPRESENTATIVE, "utter_ask_representative_reach")
    else:
        _ask_authority(turn)


def _ask_authority(turn: Turn) -> None:
    from bot.services import identity

    talk = turn.conversation
    cases.open_case(turn, RIGHT, details=talk.state.pop("representative"))
    talk.state.pop("representative_asked", None)
    handoff.to_person(turn, "represented")
    profile = turn.app.rulebook.country(turn.country)
    days = turn.app.rulebook.retention(turn.country, turn.today).representative_days
    turn.say("utter_ask_authority", address=profile.authority_address_in(talk.language), days=days)
    identity.ask_reference_if_unknown(turn, identity.claimed_debtor(turn), "legal_representation")


def no_debt_here(turn: Turn) -> None:
    """Whatever is asked about a case, before and after an authority is accepted: people tell it, not the assistant."""
    if turn.conversation.pending is Pending.REPRESENTATIVE:
        turn.say("utter_representative_no_answer")
        _ask_next(turn)
        return
    handoff.to_person(turn, "represented")
    from bot.services import authorities

    if authorities.has_ended(turn.app, turn.conversation):
        address = turn.app.rulebook.country(turn.country).authority_address_in(turn.conversation.language)
        turn.say("utter_authority_ended", address=address)
        return
    turn.say("utter_representative_no_answer")


def not_one(turn: Turn) -> None:
    """ "I am the person myself": identified like everybody."""
    from bot.services import identity

    state, debtor_id = turn.conversation.state, turn.conversation.debtor_id
    # What these words alone placed, these words alone take away.
    ours = debtor_id if state.get("acts_for") == "held" else None
    if ours is not None:
        turn.lift_hold(HoldKind.REPRESENTED, ours, because="not one")
    for key in ("acts_for", "representative", "representative_asked", "authority_until"):
        state.pop(key, None)
    turn.conversation.pending = Pending.NOTHING
    cases.take_back(turn, RIGHT)
    handoff.back_to_assistant(turn)
    identity.ask(turn)


def papers_came(turn: Turn) -> bool:
    """A photo or file from whoever acts for somebody is taken for the authority; a person looks at it."""
    if not speaks(turn):
        return False
    turn.open_case("represented", words="", media=len(turn.message.media))
    turn.say("utter_authority_received")
    if turn.conversation.pending is Pending.REPRESENTATIVE:
        _ask_next(turn)
    return True


def _tell_debtor(turn: Turn, subject: DebtorId) -> None:
    """Tell the person on their own channel that somebody acts for them, unless the law leaves only the representative."""
    from bot.services.desk_turn import DeskTurn

    debtor = turn.uow.debtors.get(subject)
    country = debtor.country if debtor is not None else turn.country
    profile = turn.app.rulebook.jurisdictions.profile(country)
    triggers = turn.app.rulebook.jurisdictions.gate(country).triggers.get(HoldKind.REPRESENTED, ())
    by_law = {fact.fact_id for fact in profile.facts if fact.effect == "law"}
    if any(trigger.fact_id in by_law and trigger.action is not CeaseAction.PAUSE for trigger in triggers):
        return
    here = turn.conversation.conversation_id
    theirs = [
        talk
        for talk in turn.uow.conversations.of_debtor(subject)
        if talk.conversation_id != here and talk.channel in PUSHED and talk.last_inbound_at is not None
    ]
    if not theirs:
        return
    latest = max(theirs, key=lambda talk: talk.last_inbound_at or turn.now)
    told = DeskTurn(turn.app, turn.uow, latest, None)
    told.author = "assistant"
    told.say("utter_representative_named")
    told.send()
    turn.uow.conversations.save(latest)


# -- the desk ------------------------------------------------------------------------------------------------------


def decide(
    app: Application,
    user: User,
    conversation_id: ConversationId,
    case_id: str,
    *,
    is_accepted: bool,
    until: date | None = None,
    reason: str = "",
) -> None:
    """A person accepts an authority, or refuses it; from then on people write to the representative up to its last day.

    Args:
        app: for the rules and the clock.
        user: who decides.
        conversation_id: which they have.
        case_id: of the representation.
        is_accepted: refused otherwise, which lifts the hold unless another authority still counts.
        until: the last day that the document names; without one the rulebook's period (`authority_lasts`) holds.
        reason: for the record.

    Raises:
        DeskRefusal: not_yours, no_case, bad_date (not in the future).
    """
    from bot.services import authorities
    from bot.services.desk_turn import desk_turn

    with desk_turn(app, user, conversation_id) as turn:
        case = turn.uow.rights_cases.get(case_id)
        if (
            case is None
            or case.right != RIGHT
            or case.status != "open"
            or case.conversation_id != conversation_id
        ):
            raise DeskRefusal("no_case")
        if until is not None and until <= turn.today:
            raise DeskRefusal("bad_date")
        last = (until or authorities.default_until(turn)) if is_accepted else None
        outcome = f"authority accepted until {last}" if last is not None else "authority not accepted"
        if last is not None:
            authorities.accept(turn, case, last, user.user_id)
        cases.close_right(turn, RIGHT, outcome, user.user_id)
        rule = authorities.LASTS if last is not None and until is None else None
        turn.audit(
            Tag.AUTHORITY_DECIDED,
            rule_id=rule,
            case_id=case_id,
            outcome=outcome,
            until=last,
            reason=reason[:500],
        )
        subject = case.debtor_id or turn.subject
        if last is None and subject is not None and not authorities.is_in_force(turn.uow, case, turn.today):
            turn.lift_hold(HoldKind.REPRESENTED, subject, because=outcome)
        if turn.conversation.state.get("acts_for") and not (last is None and "renews" in case.details):
            turn.say("utter_authority_accepted" if last is not None else "utter_authority_refused")
