"""People at the desk: they take whom they can, write, offer, note, and give back; now and then something forbidden."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.debt.conversations import Owner
from bot.services import desk_offers, outcomes, relay
from bot.services.delivery import PUSHED
from bot.services.desk_roles import DeskRefusal
from bot.services.desk_turn import desk_turn

if TYPE_CHECKING:
    from bench.simulation.play import Chat, Play

_TEXTS = {
    "es": (
        *("Hola, ¿en qué le ayudo?", "Lo miro y le digo.", "Gracias por esperar.", "Le vamos a embargar"),
        *("Su deuda es de 300 €", "Pague inmediatamente", "¿Por qué no ha pagado?"),
    ),
    "en": (
        *("Hello, how can I help?", "Let me look into it.", "Thank you for waiting.", "We will sue you"),
        *("Your debt is $300", "You must pay immediately", "Why haven't you paid?"),
    ),
}


def act(play: Play, chat: Chat) -> None:
    """What the desk does meanwhile in this chat, if anything."""
    with play.app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(chat.channel, chat.address)
    if talk is None:
        return
    dice, app, agent, talk_id = play.dice, play.app, play.world.agent, talk.conversation_id
    try:
        if talk.owner is Owner.WAITING and dice.random() < 0.4:
            play.advance(timedelta(minutes=dice.choice((1, 5, 30))))
            relay.claim(app, agent, talk_id)
        elif talk.owner is Owner.HUMAN:
            _work(play, chat, dice.random())
        elif dice.random() < 0.01:
            relay.claim(app, play.world.supervisor, talk_id)
            relay.reassign(app, play.world.supervisor, talk_id, agent.user_id)
    except DeskRefusal as refusal:
        play.world.watch.refusals[refusal.code] += 1
    play.providers.send_due()


def _work(play: Play, chat: Chat, luck: float) -> None:
    dice, app, agent = play.dice, play.app, play.world.agent
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(chat.channel, chat.address)
    assert talk is not None
    talk_id = talk.conversation_id
    if luck < 0.4:
        text = dice.choice(_TEXTS[talk.language if talk.language in _TEXTS else "es"])
        message_id = relay.send(
            app, agent, talk_id, text, key=str(dice.getrandbits(64)), confirmed=dice.random() < 0.7
        )
        _show(play, chat, [message_id])
    elif luck < 0.55:
        before = _known(play, talk_id)
        today = play.world.clock.today()
        details = {"words": "simulado", "due_on": (today + timedelta(days=5)).isoformat(), "day": "lunes"}
        outcome = dice.choice(outcomes.OUTCOMES)
        outcomes.record(app, agent, talk_id, outcome, details, tell=dice.random() < 0.7)
        _show(play, chat, _known(play, talk_id) - before)
    elif luck < 0.7:
        before = _known(play, talk_id)
        with desk_turn(app, agent, talk_id) as turn:
            account = turn.account_in_hand
            room = (
                desk_offers.room_of(turn, account) if account is not None and turn.party is not None else None
            )
        if room is not None and room.options:
            offer_id = desk_offers.make(app, agent, talk_id, dice.choice(room.options).key)
            _show(play, chat, _known(play, talk_id) - before)
            if dice.random() < 0.6:
                play.say(chat, "affirm", "sí, de acuerdo")
                desk_offers.accept(app, agent, talk_id, offer_id)
                _show(play, chat, _known(play, talk_id) - before)
    elif luck < 0.8:
        before = _known(play, talk_id)
        relay.hand_back(app, agent, talk_id, "simulado")
        _show(play, chat, _known(play, talk_id) - before)
    elif luck < 0.9:
        relay.close(app, agent, talk_id, dice.choice(relay.CLOSING).value)
    else:
        relay.release(app, agent, talk_id)


def _known(play: Play, talk_id: str) -> set[str]:
    with play.app.unit_of_work(write=False) as uow:
        return {m.message_id for m in uow.transcripts.of(talk_id) if hasattr(m, "author")}  # type: ignore[arg-type]


def _show(play: Play, chat: Chat, message_ids: object) -> None:
    """What was written reaches an open page at once."""
    if chat.channel in PUSHED:
        return
    told = {t.row.message_id for t in play.world.watch.transmitted}
    with play.app.unit_of_work(write=False) as uow:
        rows = [uow.outbox.get(one) for one in sorted(set(message_ids) - told)]  # type: ignore[call-overload]
    for row in rows:
        if row is not None:
            play.on_page(row, chat)
