// The left side: the people to act as, and the channels of the one who acts.
import { avatar, byId, h, keyed } from "./dom.js";
import { actAs, goTo } from "./going.js";
import { here } from "./here.js";
import { draft, isUnread, unseen } from "./kept.js";

export const isDirect = (channel) => channel.kind === "im";
export const nameOf = (channel) => (isDirect(channel) ? "Incident Bot" : channel.name);
export const signOf = (channel) => (channel.archived ? "🗄"
  : { private: "🔒", im: "🤖", mpim: "👥" }[channel.kind] ?? "#");

export function renderSidebar(world) {
  const people = Object.values(world.users).filter((user) => !user.is_bot && !user.deleted);
  keyed(byId("people"), people.map(person));
  const own = world.channels.filter((channel) => channel.member)
    .sort((a, b) => a.archived - b.archived);
  const row = (channel) => entry(world, channel);
  keyed(byId("channels"), own.filter((channel) => !isDirect(channel)).map(row));
  keyed(byId("directs"), own.filter(isDirect).map(row));
}

function person(user) {
  const mine = user.id === here.user;
  const fresh = unseen(user);
  const total = user.notices.length;
  return [user.id, JSON.stringify([user.real_name, mine, fresh, total]), () => h("li", {}, h("button", {
    type: "button", data: { user: user.id }, "aria-pressed": String(mine), onclick: () => actAs(user.id),
    title: `${total} notifications so far, ${fresh} of them unseen`,
  }, avatar(user), h("span", { class: "name" }, user.real_name),
  h("span", { class: "total" }, `🔔 ${total}`, sr(" notifications so far")),
  fresh ? count(fresh) : null))];
}

const sr = (words) => h("span", { class: "sr" }, words);
const count = (number) => h("span", { class: "count" }, String(number), sr(" unseen"));
const dot = () => h("span", { class: "dot", role: "img", "aria-label": "unread" });

function entry(world, channel) {
  const open = channel.id === here.channel;
  const fresh = unseen(world.users[here.user], channel.id);
  const unread = !open && isUnread(here.user, channel.id, channel.last);
  const begun = !open && Boolean(draft({ user: here.user, channel: channel.id }));
  const name = nameOf(channel);
  const print = JSON.stringify([name, open, unread, fresh, begun, channel.archived]);
  return [channel.id, print, () => h("li", {}, h("button", {
    type: "button", data: { channel: channel.id, name }, class: channel.archived ? "archived" : "",
    "aria-current": open ? "page" : undefined, onclick: () => goTo(channel.id),
  }, h("span", { class: "sign", "aria-hidden": "true" }, signOf(channel)),
  h("span", { class: unread ? "name unread" : "name" }, name),
  begun ? h("span", { class: "begun", role: "img", "aria-label": "draft" }, "✎") : null,
  fresh ? count(fresh) : unread ? dot() : null))];
}
