"""gunicorn's entry: `gunicorn wsgi:app`."""

from incident_bot.app import create_app

app = create_app()
