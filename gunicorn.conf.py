"""gunicorn's settings for `gunicorn wsgi:app`: the same as those of `incident-bot web`."""

from incident_bot.web import gunicorn_options

globals().update(gunicorn_options.from_environment())
