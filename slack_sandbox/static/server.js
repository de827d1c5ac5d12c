// The server: what is pressed goes there, and the workspace as the acting person sees it comes back.
import { byId, toast } from "./dom.js";
import { here } from "./here.js";

export const server = { world: null, drawn: () => {} };

export async function press(action, body) {
  const answer = await fetch(`/ui/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: here.user, ...body }),
  }).then((response) => response.json()).catch(() => ({ ok: false, error: "the sandbox is not there" }));
  if (answer.error && action !== "command" && action !== "submit") toast(answer.error);
  await refresh();
  return answer;
}

let busy = false;
let again = false;
export async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const asked = new URLSearchParams({ user: here.user ?? "", channel: here.channel ?? "" });
    const fresh = await (await fetch(`/ui/state?${asked}`)).json();
    const current = fresh.open.id === here.channel || here.channel === null
      || !fresh.channels.some((channel) => channel.id === here.channel);
    if (fresh.user === here.user && current) {
      server.world = fresh;
      here.channel = fresh.open.id;
      server.drawn();
    }
  } catch { /* the event stream says so and tries again */ } finally { busy = false; }
  if (again) { again = false; await refresh(); }
}

export function listen() {
  const live = new EventSource("/ui/live");
  live.onmessage = () => { byId("connection").textContent = ""; refresh(); };
  live.onerror = () => { byId("connection").textContent = "Disconnected, trying again…"; };
}
