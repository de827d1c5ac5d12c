// The page: fetches the workspace as the acting person sees it and draws it again on each change.
import { avatar, byId, h, keyed, toast } from "./dom.js";
import { composer } from "./composer.js";
import { draw } from "./messages.js";
import { confirmDialog, sync as syncModal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";

const here = { user: null, channel: null, thread: null, at: null };
let world = null;

// The server

async function press(action, body) {
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
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const asked = new URLSearchParams({ user: here.user ?? "", channel: here.channel ?? "" });
    const fresh = await (await fetch(`/ui/state?${asked}`)).json();
    const current = fresh.open.id === here.channel || here.channel === null
      || !fresh.channels.some((channel) => channel.id === here.channel);
    if (fresh.user === here.user && current) {
      world = fresh;
      here.channel = world.open.id;
      render();
    }
  } catch { /* the event stream says so and tries again */ } finally { busy = false; }
  if (again) { again = false; await refresh(); }
}

function listen() {
  const live = new EventSource("/ui/live");
  live.onmessage = () => { byId("connection").textContent = ""; refresh(); };
  live.onerror = () => { byId("connection").textContent = "Disconnected, trying again…"; };
}

// What has been read, in this browser

const readKey = (user, channel) => `read/${user}/${channel}`;
const markRead = (user, channel, ts) => { if (ts) localStorage.setItem(readKey(user, channel), ts); };
const isUnread = (user, channel, ts) => Boolean(ts) && Number(ts) > Number(localStorage.getItem(readKey(user, channel)) ?? 0);

// Going somewhere

function goTo(channel, at = null) {
  here.channel = channel;
  here.at = at;
  here.thread = null;
  document.body.classList.remove("menu-open");
  byId("menu").setAttribute("aria-expanded", "false");
  remember();
  return refresh().then(() => byId("composer").focus());
}

function actAs(user) {
  here.user = user;
  here.thread = null;
  remember();
  return refresh();
}

function remember() {
  const at = here.at ? `/p${here.at.replace(".", "")}` : "";
  history.replaceState(null, "", `/archives/${here.channel}${at}?as=${here.user}`);
}

function fromAddress(address) {
  const url = new URL(address, location.origin);
  const [, channel, digits] = /^\/archives\/(\w+)(?:\/p(\d+))?/.exec(url.pathname) ?? [];
  return { channel, at: digits ? `${digits.slice(0, -6)}.${digits.slice(-6)}` : null,
    user: url.searchParams.get("as"), thread: url.searchParams.get("thread_ts") };
}

// Drawing

function render() {
  const channel = world.channels.find((each) => each.id === here.channel);
  markRead(here.user, channel.id, channel.last);
  renderSidebar();
  renderHeader(channel);
  renderMessages();
  renderThread();
  syncModal(world, press, confirmDialog);
}

function roomName(channel) {
  return channel.kind === "im" ? "Incident Bot" : channel.name;
}

function renderSidebar() {
  const people = Object.values(world.users).filter((user) => !user.is_bot && !user.deleted);
  keyed(byId("people"), people.map((user) => {
    const mine = user.id === here.user;
    const unread = !mine && user.direct.some(({ id, last }) => isUnread(user.id, id, last));
    return [user.id, `${user.real_name}${mine}${unread}`, () => h("li", {}, h("button", {
      type: "button", data: { user: user.id }, "aria-pressed": String(mine), onclick: () => actAs(user.id),
    }, avatar(user), h("span", {}, user.real_name), unread ? dot() : null))];
  }));
  const direct = (channel) => channel.kind === "im";
  const sorted = [...world.channels].sort((a, b) => a.archived - b.archived);
  keyed(byId("channels"), sorted.filter((channel) => !direct(channel)).map(entry));
  keyed(byId("directs"), world.channels.filter(direct).map(entry));
}

const dot = () => h("span", { class: "dot", role: "img", "aria-label": "unread" });

function entry(channel) {
  const open = channel.id === here.channel;
  const unread = !open && isUnread(here.user, channel.id, channel.last);
  const sign = { private: "🔒", im: "🤖", mpim: "👥" }[channel.kind] ?? "#";
  const name = roomName(channel);
  return [channel.id, JSON.stringify([name, open, unread, channel.archived]), () => h("li", {}, h("button", {
    type: "button", data: { channel: channel.id, name }, class: channel.archived ? "archived" : "",
    "aria-current": open ? "page" : undefined, onclick: () => goTo(channel.id),
  }, h("span", { class: "sign", "aria-hidden": "true" }, channel.archived ? "🗄" : sign),
  h("span", { class: unread ? "name unread" : "name" }, name), unread ? dot() : null))];
}

function renderHeader(channel) {
  const name = roomName(channel);
  document.title = `${name} · Slack sandbox`;
  byId("title").textContent = (channel.kind === "public" ? "# " : channel.kind === "private" ? "🔒 " : "") + name;
  byId("topic").replaceChildren(...mrkdwn(channel.topic, world));
  byId("topic").title = channel.topic;
  const pins = world.open.messages.filter((message) => message.pinned).length;
  byId("facts").textContent = channel.kind === "im" ? ""
    : `👥 ${channel.members.length}${pins ? ` · 📌 ${pins}` : ""}`;
  byId("bookmarks").replaceChildren(...world.open.bookmarks.map(({ title, link }) =>
    h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, `🔖 ${title}`)));
  keyed(byId("views"), Object.entries(world.links).map(([name, url]) =>
    [name, url, () => h("a", { href: url, target: "_blank", rel: "noopener" }, name)]));
  const field = byId("composer");
  field.disabled = channel.archived;
  field.placeholder = channel.archived ? "This channel is archived" : `Message ${name}, or type /incident`;
}

function hooks(inThread) {
  const thread = (ts) => world.open.messages.filter((m) => m.thread_ts === ts && m.ts !== ts);
  return {
    host: messageHost,
    react: (message, name) => press("react", { channel: here.channel, ts: message.ts, name }),
    countReplies: (ts) => thread(ts).length,
    openThread: inThread ? null : (ts) => { here.thread = ts; render(); byId("reply").focus(); },
  };
}

function messageHost(message) {
  const read = new Map();
  return {
    world,
    held: (block, item) => ({ selected_option: item.initial_option, selected_options: item.initial_options,
      selected_user: item.initial_user, selected_date: item.initial_date }),
    labelOf: (block) => block.text?.text ?? "Choice",
    errorOf: () => undefined,
    register: (block, item, built) => { read.set(item, built); },
    act: async (block, item) => {
      const value = read.get(item).read();
      if (!(await confirmDialog(item.confirm))) return;
      const node = read.get(item).node;
      node.classList.add("busy");
      await press("click", { channel: message.channel ?? here.channel, ts: message.ts,
        action_id: item.action_id, block_id: block.block_id, value });
      node.classList.remove("busy");
    },
    suggest: async () => [],
  };
}

function renderMessages() {
  const box = byId("messages");
  const moved = box.dataset.channel !== here.channel;
  const low = moved || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  box.dataset.channel = here.channel;
  const top = world.open.messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.broadcast || m.ephemeral);
  const counted = top.map((m) => ({ ...m, replies: hooks().countReplies(m.ts) }));
  draw(box, counted, world, hooks());
  if (!top.length) keyed(box, [["empty", "empty", () => h("p", { class: "empty" }, "Nothing here yet. Say something, or type /incident.")]]);
  if (here.at) highlight(box);
  else if (low) toBottom();
}

// Stays at the newest message while pictures arrive, until the reader scrolls away.
let stuck = true;
const toBottom = () => { const box = byId("messages"); box.scrollTop = box.scrollHeight; };
byId("messages").addEventListener("scroll", ({ target: box }) => {
  stuck = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
});
for (const arrival of ["load", "error"]) {
  byId("messages").addEventListener(arrival, () => { if (stuck) requestAnimationFrame(toBottom); }, true);
}

function highlight(box) {
  const node = box.querySelector(`[data-ts="${CSS.escape(here.at)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("found");
  here.at = null;
}

function renderThread() {
  const panel = byId("thread");
  const root = here.thread && world.open.messages.find((message) => message.ts === here.thread);
  panel.hidden = !root;
  if (!root) return;
  const list = world.open.messages.filter((m) => m.ts === root.ts || m.thread_ts === root.ts);
  draw(byId("replies"), list.map((m) => ({ ...m, broadcast: false, pinned: false })), world, hooks(true));
  byId("replies").scrollTop = byId("replies").scrollHeight;
}

// Starting

async function send(text) {
  if (!text.startsWith("/")) return press("say", { channel: here.channel, text });
  document.body.classList.add("waiting");
  const answer = await press("command", { channel: here.channel, text });
  document.body.classList.remove("waiting");
  return answer;
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("a[data-goto]");
  if (!target || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  goTo(target.dataset.goto, target.dataset.at ? fromAddress(target.dataset.at).at : null);
});
byId("menu").addEventListener("click", () => {
  const open = document.body.classList.toggle("menu-open");
  byId("menu").setAttribute("aria-expanded", String(open));
});
byId("close-thread").addEventListener("click", () => { here.thread = null; render(); });
byId("reply-form").addEventListener("submit", (event) => { event.preventDefault(); reply(); });
byId("reply").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); reply(); }
});

async function reply() {
  const field = byId("reply");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  await press("say", { channel: here.channel, text, thread_ts: here.thread });
}

const start = fromAddress(location.href);
here.user = start.user ?? localStorage.getItem("user") ?? "U0ADA";
here.channel = start.channel ?? null;
here.at = start.at;
here.thread = start.thread;
composer(() => world, send);
await refresh();
if (!world) { here.user = "U0ADA"; await refresh(); }
byId("composer").focus();
listen();
