"""The least a Flask application can do: what the bot is measured against."""

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.post("/hello")
def hello() -> str:
    return "OK"
