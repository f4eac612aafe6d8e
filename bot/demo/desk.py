"""People for the desk of a demo: an agent, a supervisor, and one of each other role. Development only."""

from __future__ import annotations

from bot.services import desk_people
from bot.services.application import Application
from bot.services.desk_roles import DeskRefusal

PASSWORD = "al-dia-demo-2027"  # noqa: S105  (development only)
PEOPLE = (
    ("marta", "Marta Vidal", "agent"),
    ("diego", "Diego Ramos", "agent"),
    ("julia", "Julia Campos", "supervisor"),
    ("carla", "Carla Soto", "compliance"),
    ("andres", "Andrés Gil", "administrator"),
)


def add_people(app: Application) -> list[str]:
    """Add those who are not there yet. Returns the names of all."""
    if app.settings.is_production:
        raise ValueError("demo accounts have a known password: never in production")
    for name, full_name, role in PEOPLE:
        try:
            created = desk_people.add_user(
                app, name, role=role, full_name=full_name, password=PASSWORD, actor="demo"
            )
        except DeskRefusal as refusal:
            if refusal.code != "name_taken":
                raise
            continue
        with app.unit_of_work() as uow:
            uow.desk_people.change(created.user.user_id, must_change=False)
            uow.commit()
    return [name for name, _, _ in PEOPLE]
