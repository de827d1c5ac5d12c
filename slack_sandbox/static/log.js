// The messages of the channel: drawn, and kept at the newest one until the reader scrolls away.
import { byId, h } from "./dom.js";
import { here } from "./here.js";
import { hooks } from "./hooks.js";
import { draw } from "./messages.js";
import { tourRow } from "./tour.js";

const NEAR = 80;
const isLow = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
const toEnd = (box) => { box.scrollTop = box.scrollHeight; };

// `stuck` says that the newest message is shown; `seen` is the newest that was.
let stuck = true;
let seen = 0;

export function renderLog(world, channel) {
  const box = byId("messages");
  const place = `${here.user}/${here.channel}`;
  const moved = box.dataset.place !== place;
  if (moved) stuck = true;
  box.dataset.place = place;
  const top = world.open.messages.filter(({ thread_ts: thread, ts, broadcast }) => !thread || thread === ts || broadcast);
  const counted = top.map((m) => ({ ...m, replies: hooks().countReplies(m.ts) }));
  const tour = tourRow(world, channel);
  draw(box, counted, world, hooks(), tour ?? (top.length ? [] : [empty]));
  if (!highlight(box) && stuck) toEnd(box);
  if (stuck || moved) seen = newest(top);
  offerNewer(top);
}

const empty = ["empty", "empty", () => h("p", { class: "empty" }, "Nothing here yet. Say something, or type /incident.")];
const newest = (list) => Number(list.at(-1)?.ts ?? 0);

function offerNewer(top) {
  const count = stuck ? 0 : top.filter((m) => Number(m.ts) > seen && m.user !== here.user && !m.subtype).length;
  const button = byId("newer");
  button.hidden = count === 0;
  button.textContent = `↓ ${count} new ${count === 1 ? "message" : "messages"}`;
}

// What one writes oneself is shown, wherever one had scrolled to.
export function toNewest() {
  stuck = true;
  toEnd(byId("messages"));
}

byId("newer").addEventListener("click", toNewest);
byId("messages").addEventListener("scroll", ({ target: box }) => {
  stuck = isLow(box);
  if (stuck) byId("newer").hidden = true;
});
// A picture that arrives, or a bar that opens below, moves what was at the end.
for (const arrival of ["load", "error"]) {
  byId("messages").addEventListener(arrival, ({ currentTarget: box }) => {
    if (stuck) requestAnimationFrame(() => toEnd(box));
  }, true);
}
new ResizeObserver(([{ target: box }]) => { if (stuck) toEnd(box); }).observe(byId("messages"));

// Shows the message that a link names; returns whether it is there.
function highlight(box) {
  const node = here.at && box.querySelector(`[data-ts="${CSS.escape(here.at)}"]`);
  here.at = null;
  if (!node) return false;
  node.scrollIntoView({ block: "center" });
  stuck = isLow(box);
  node.classList.add("found");
  return true;
}
