"""Rights over contact and data: the actions of this topic."""

from actions.base import DebtorAction


class ActionStopContact(DebtorAction):
    intent = "stop_contact"


class ActionComplain(DebtorAction):
    intent = "complain"


class ActionDataRights(DebtorAction):
    intent = "data_rights"


class ActionUpdateContact(DebtorAction):
    intent = "update_contact"
