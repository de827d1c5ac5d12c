// The open thread, beside the channel.
import { byId } from "./dom.js";
import { here } from "./here.js";
import { hooks } from "./hooks.js";
import { draw } from "./messages.js";

let shown = null;

export function renderThread(world) {
  const panel = byId("thread");
  const root = here.thread && world.open.messages.find((message) => message.ts === here.thread);
  panel.hidden = !root;
  if (!root) { shown = null; return; }
  const list = world.open.messages.filter((m) => m.ts === root.ts || m.thread_ts === root.ts);
  const box = byId("replies");
  const low = shown !== root.ts || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  shown = root.ts;
  draw(box, list.map((m) => ({ ...m, broadcast: false, pinned: false })), world, hooks({ inThread: true }));
  if (low) box.scrollTop = box.scrollHeight;
}
