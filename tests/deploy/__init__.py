"""Each way of running the bot, run for real: `make check-deploy`."""
