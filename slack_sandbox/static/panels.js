// The lists that open above the page: members, pins, activity, all channels.
import { avatar, byId, h } from "./dom.js";
import { goTo } from "./going.js";
import { here } from "./here.js";
import { hooks } from "./hooks.js";
import { draw } from "./messages.js";
import { spoken } from "./mrkdwn.js";
import { press, server } from "./server.js";
import { nameOf, signOf } from "./sidebar.js";

export function openPanel(title, ...content) {
  const dialog = byId("panel");
  dialog.replaceChildren(
    h("header", {}, h("h2", { id: "panel-title" }, title),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", data: { role: "dismiss" }, onclick: closePanel }, "✕")),
    h("div", { class: "sheet", tabindex: "0" }, content));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export const closePanel = () => byId("panel").close();

byId("panel").addEventListener("click", (event) => {
  if (event.target === byId("panel")) closePanel();
});

const current = () => server.world.channels.find((channel) => channel.id === here.channel);
const leave = (channel, at = null, thread = null) => { closePanel(); goTo(channel, at, thread); };
const threadOf = ({ thread_ts: thread, ts, broadcast }) => (thread && thread !== ts && !broadcast ? thread : null);
const clock = (ts) => new Date(Number(ts) * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

export function showMembers() {
  const { world } = server;
  const members = current().members.map((id) => world.users[id]).filter(Boolean);
  openPanel(`Members of ${nameOf(current())}`, h("ul", { class: "rows" }, members.map((user) =>
    h("li", { data: { member: user.id } }, avatar(user), h("span", { class: "name" }, user.real_name),
      user.is_bot ? h("span", { class: "badge" }, "APP") : h("small", {}, `@${user.name}`)))));
}

export function showPins() {
  const { world } = server;
  const box = h("div", { class: "pins" });
  draw(box, world.open.pins.map((message) => ({ ...message, pinned: false })), world, hooks({ inThread: true }));
  for (const row of box.querySelectorAll("[data-ts]")) {
    row.querySelector(".content").append(h("button", { type: "button", class: "replies",
      onclick: () => leave(here.channel, row.dataset.ts) }, "Show in the channel"));
  }
  openPanel(`Pinned in ${nameOf(current())}`, box);
}

export function showActivity() {
  const { world } = server;
  const person = world.users[here.user];
  const rows = world.activity.map((message) => h("li", {}, h("button", {
    type: "button", data: { ts: message.ts }, onclick: () => leave(message.channel, message.ts, threadOf(message)) },
  h("span", { class: "why" }, why(message, world), " · ", clock(message.ts)),
  h("span", { class: "excerpt" }, spoken(message.text, world) || "A message"))));
  openPanel(`What notified ${person.real_name}: ${person.notices.length}`, rows.length
    ? h("ul", { class: "rows activity" }, rows) : h("p", { class: "muted" }, "Nothing yet."));
}

function why(message, world) {
  const channel = world.channels.find(({ id }) => id === message.channel);
  if (channel?.kind === "im") return "Direct message";
  return `${threadOf(message) ? "In a thread" : "Mention"} in #${channel?.name ?? "?"}`;
}

export function showChannels() {
  const open = server.world.channels.filter(({ kind, archived }) => kind === "public" && !archived);
  openPanel("All public channels", h("ul", { class: "rows" }, open.map((channel) =>
    h("li", { data: { channel: channel.id } }, h("span", { class: "sign", "aria-hidden": "true" }, signOf(channel)),
      h("button", { type: "button", class: "name link", onclick: () => leave(channel.id) }, channel.name),
      h("small", {}, `👥 ${channel.members.length}`),
      channel.member ? h("small", {}, "Joined") : h("button", { type: "button", class: "button",
        "aria-label": `Join ${channel.name}`, onclick: () => join(channel.id) }, "Join")))));
}

export async function join(channel) {
  const answer = await press("join", { channel });
  if (!answer.ok) return;
  if (byId("panel").open) closePanel();
  await goTo(channel);
}
