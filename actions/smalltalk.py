"""Courtesy, questions about the assistant, and what lies outside its work: the actions of this topic."""

from actions.base import DebtorAction


class ActionGreet(DebtorAction):
    intent = "greet"


class ActionGoodbye(DebtorAction):
    intent = "goodbye"


class ActionThank(DebtorAction):
    intent = "thank"


class ActionAffirm(DebtorAction):
    intent = "affirm"


class ActionDeny(DebtorAction):
    intent = "deny"


class ActionHelp(DebtorAction):
    intent = "help"


class ActionAskBot(DebtorAction):
    intent = "ask_bot"


class ActionChangeLanguage(DebtorAction):
    intent = "change_language"


class ActionInsult(DebtorAction):
    intent = "insult"


class ActionOutOfScope(DebtorAction):
    intent = "out_of_scope"


class ActionUnclear(DebtorAction):
    """Rasa found no rule: the NLU gave no intent."""

    intent = "out_of_scope"

    def name(self) -> str:
        """Named in config.yml as the fallback action."""
        return "action_unclear"
