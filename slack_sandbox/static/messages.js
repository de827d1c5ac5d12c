// One message as it stands in a channel or a thread.
import { avatar, h, keyed } from "./dom.js";
import { blocks } from "./blocks.js";
import { mrkdwn, typed } from "./mrkdwn.js";
import { EMOJI } from "./emoji.js";

const MINUTES_TOGETHER = 5;

// Draws `list` into `parent`; `world` is the state, `hooks` what pressing does, `above` rows before all.
export function draw(parent, list, world, hooks, above = []) {
  let before = null;
  const names = Object.values(world.users).map((user) => user.real_name).join();
  const rooms = world.channels.map((channel) => channel.name).join();
  const items = list.flatMap((message) => {
    const joined = together(before, message);
    const day = newDay(before, message);
    before = message;
    const print = JSON.stringify([message, joined, world.user, names.length, rooms,
      hooks.isEdited(message), Boolean(hooks.react)]);
    const row = [message.ts, print, () => drawn(message, joined && !day, world, hooks)];
    return day ? [[`day-${day}`, day, () => h("div", { class: "day" }, h("span", {}, day))], row] : [row];
  });
  keyed(parent, [...above, ...items]);
}

const at = (message) => new Date(Number(message.ts) * 1000);

function together(before, message) {
  return Boolean(before) && before.user === message.user && !before.subtype && !message.subtype
    && before.ephemeral === message.ephemeral && !message.pinned && !message.broadcast
    && at(message) - at(before) < MINUTES_TOGETHER * 60000;
}

function newDay(before, message) {
  const day = at(message).toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
  const last = before && at(before).toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
  return day === last ? null : day;
}

function drawn(message, joined, world, hooks) {
  const user = world.users[message.user];
  const time = at(message).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (message.subtype) {
    return h("article", { class: "message system", data: { ts: message.ts } },
      h("span", {}, user?.real_name ?? message.user, " "),
      h("span", { class: "text" }, message.subtype === "channel_join" ? "joined the channel" : mrkdwn(message.text, world)),
      h("time", {}, time));
  }
  const kind = ["message", joined ? "joined" : "", message.ephemeral ? "ephemeral" : "",
    message.pinned ? "pinned" : ""].filter(Boolean).join(" ");
  return h("article", { class: kind, tabindex: "-1", data: { ts: message.ts, user: message.user } },
    joined ? h("time", { class: "gutter" }, time) : avatar(user),
    h("div", { class: "content" },
      ...flags(message),
      joined ? null : h("div", { class: "who" }, h("strong", {}, user?.real_name ?? message.user),
        user?.is_bot ? h("span", { class: "badge" }, "APP") : null, h("time", {}, time)),
      ...(hooks.isEdited(message) ? [editor(message, world, hooks)] : body(message, world, hooks)),
      reactions(message, world, hooks),
      replies(message, world, hooks)),
    message.ephemeral ? null : tools(message, hooks));
}

function tools(message, hooks) {
  const react = (face, words, name) => (hooks.react ? tool(face, words, () => hooks.react(message, name)) : null);
  return h("div", { class: "tools" }, react("👀", "React with eyes", "eyes"),
    react("✅", "React with check mark", "white_check_mark"), react("📌", "React with pushpin", "pushpin"),
    hooks.openThread ? tool("💬", "Reply in thread", () => hooks.openThread(message.thread_ts ?? message.ts)) : null,
    menu(message, hooks));
}

// What is done seldom, and the shortcuts of the app.
function menu(message, hooks) {
  const pin = hooks.pin ? [["pin", hooks.isPinned(message) ? "Remove pin" : "Pin to channel"]] : [];
  const node = h("select", { "aria-label": "More message actions", title: "More message actions" },
    h("option", { value: "" }, "⋯"), [...pin, ...hooks.shortcuts.map(({ id, name }) => [`shortcut:${id}`, name])]
      .map(([value, words]) => h("option", { value }, words)));
  node.addEventListener("change", () => {
    const chosen = node.value;
    node.value = "";
    if (chosen === "pin") hooks.pin(message);
    else if (chosen) hooks.shortcut(message, chosen.slice("shortcut:".length));
  });
  return node;
}

// One's own message, being rewritten in its place.
function editor(message, world, hooks) {
  const field = h("textarea", { "aria-label": "Edit message", rows: "2" });
  field.value = typed(message.text, world);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) hooks.edit(message, field.value);
    else if (event.key === "Escape") hooks.stopEditing();
    else return;
    event.preventDefault();
  });
  return h("div", { class: "editing" }, field, h("div", { class: "actions" },
    h("button", { type: "button", class: "button", onclick: () => hooks.stopEditing() }, "Cancel"),
    h("button", { type: "button", class: "button primary", onclick: () => hooks.edit(message, field.value) }, "Save")));
}

const tool = (face, name, press) =>
  h("button", { type: "button", "aria-label": name, title: name, onclick: press }, face);

function flags(message) {
  const said = [];
  if (message.ephemeral) said.push(h("p", { class: "flag" }, "👁 Only visible to you"));
  if (message.pinned) said.push(h("p", { class: "flag" }, "📌 Pinned"));
  if (message.broadcast) said.push(h("p", { class: "flag" }, "↪ Also sent to the channel from a thread"));
  return said;
}

function body(message, world, hooks) {
  const host = hooks.host(message);
  const edited = message.edited ? h("small", { class: "muted edited" }, " (edited)") : null;
  const files = message.files.map((file) => h("a", { class: "file", href: `/files/${file.id}`, target: "_blank",
    rel: "noopener" }, "📄 ", h("strong", {}, file.title), h("small", {}, ` ${file.name} · ${file.size} bytes`)));
  const written = message.blocks?.length
    ? [h("div", { class: "blocks" }, blocks(message.blocks, host)), edited]
    : message.text ? [h("div", { class: "text" }, mrkdwn(message.text, world), edited)] : [];
  const attached = (message.attachments ?? []).map((item) => h("div", { class: "attachment" },
    item.blocks ? blocks(item.blocks, host) : mrkdwn(item.text ?? item.fallback ?? "", world)));
  return [...written, ...attached, ...files];
}

// Whose reactions these are; pressing one adds one's own, or takes it back.
function reactions(message, world, hooks) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map(({ name, users }) => {
    const who = users.map((id) => world.users[id]?.real_name ?? id).join(", ");
    const shown = `${EMOJI[name] ?? `:${name}:`} ${users.length}`;
    if (!hooks.react) return h("span", { title: who }, shown);
    return h("button", { type: "button", title: who, "aria-label": `${name}: ${who}`,
      "aria-pressed": String(users.includes(world.user)), onclick: () => hooks.react(message, name) }, shown);
  }));
}

function replies(message, world, hooks) {
  if (!hooks.openThread) return null;
  const count = hooks.countReplies(message.ts);
  if (!count && !message.broadcast) return null;
  const words = message.broadcast ? "View thread" : `${count} ${count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "replies", onclick: () => hooks.openThread(message.thread_ts ?? message.ts) }, words);
}
