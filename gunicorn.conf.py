"""gunicorn's settings for `gunicorn wsgi:app`: the same as those of `incident-bot web`."""

import sys

from incident_bot import libraries
from incident_bot.errors import ConfigError

try:
    # All that the program is made of, so that a library which does not fit is a sentence.
    from incident_bot import app  # noqa: F401
    from incident_bot.web import gunicorn_options
except (ConfigError, ImportError) as error:
    sentence = libraries.missed(error) if isinstance(error, ImportError) else str(error)
    if not sentence:
        raise
    print(sentence, file=sys.stderr)
    sys.exit(2)

globals().update(gunicorn_options.from_environment())
