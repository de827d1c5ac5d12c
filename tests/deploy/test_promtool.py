"""Prometheus' own judge of metrics has nothing to say about ours."""

import subprocess

from incident_bot.embedded import process
from tests.deploy.site import Site, answer


def test_promtool_finds_nothing_in_the_metrics_of_web_and_worker(bot: Site) -> None:
    port = process.free_port()
    bot.run("migrate")
    bot.start("web")
    bot.start("worker", WORKER_METRICS_PORT=str(port))
    bot.wait_until_ready()
    bot.declare("Checkout is down", line="P1 api-gateway")
    bot.settle()
    pages = [f"http://127.0.0.1:{each}/metrics" for each in (bot.port, port)]
    assert process.wait_until(lambda: 'result="sent"' in answer(pages[1])[1], 30), bot.logs()
    for page in pages:
        status, text = answer(page)
        assert status == 200, bot.logs()
        judged = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True
        )
        assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")
