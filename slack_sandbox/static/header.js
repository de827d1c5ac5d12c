// The top of a channel: name, topic, members, pins, bookmarks, links to other views.
import { byId, h, keyed } from "./dom.js";
import { mrkdwn, spoken } from "./mrkdwn.js";
import { isDirect, nameOf } from "./sidebar.js";

export function renderHeader(world, channel) {
  const name = nameOf(channel);
  const sign = { public: "# ", private: "🔒 " }[channel.kind] ?? "";
  document.title = `${name} · Slack sandbox`;
  byId("title").textContent = sign + name;
  byId("topic").replaceChildren(...mrkdwn(channel.topic, world));
  byId("topic").title = spoken(channel.topic, world);
  fact("members", isDirect(channel) ? 0 : channel.members.length, "👥", " members");
  fact("pins", world.open.pins.length, "📌", " pinned");
  byId("bookmarks").replaceChildren(...world.open.bookmarks.map(({ title, link }) =>
    h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, `🔖 ${title}`)));
  keyed(byId("views"), Object.entries(world.links).map(([title, url]) =>
    [title, url, () => h("a", { href: url, target: "_blank", rel: "noopener" }, title)]));
}

function fact(id, count, face, words) {
  const button = byId(id);
  button.hidden = count === 0;
  button.replaceChildren(`${face} ${count}`, h("span", { class: "sr" }, words));
}
