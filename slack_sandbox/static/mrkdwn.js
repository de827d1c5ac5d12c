// Slack's mrkdwn as DOM nodes.
import { EMOJI } from "./emoji.js";
import { date } from "./dates.js";
import { h } from "./dom.js";

const TOKEN = new RegExp([
  "`([^`\\n]+)`",
  "<([^<>\\n]+)>",
  "(?<![\\w*])\\*(?=\\S)([^*\\n]*?\\S)\\*(?![\\w*])",
  "(?<![\\w_])_(?=\\S)([^_\\n]*?\\S)_(?![\\w_])",
  "(?<![\\w~])~(?=\\S)([^~\\n]*?\\S)~(?![\\w~])",
  ":([a-z0-9_+-]+):",
  "(https?://[^\\s<>|]+)",
].join("|"), "g");

const decoded = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function plain(text, emoji = true) {
  return emoji ? text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all) : text;
}

export function mrkdwn(text, world, { verbatim = false } = {}) {
  const parts = text.split(/```\n?([\s\S]+?)```/);
  return parts.flatMap((part, index) =>
    index % 2 ? [h("pre", {}, decoded(part.replace(/\n$/, "")))] : lines(part, world, verbatim));
}

function lines(text, world, verbatim) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, inline(quoted.join("\n"), world, verbatim)));
    quoted = [];
  };
  const all = text.split("\n");
  all.forEach((line, index) => {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote) { quoted.push(quote[1]); return; }
    const after = quoted.length > 0;
    flush();
    if (after && line === "") return;
    nodes.push(...inline(line + (index < all.length - 1 ? "\n" : ""), world, verbatim));
  });
  flush();
  return nodes;
}

function inline(text, world, verbatim) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const node = token(match, world, verbatim);
    if (node === null) continue;
    nodes.push(decoded(text.slice(end, match.index)), node);
    end = match.index + match[0].length;
  }
  nodes.push(decoded(text.slice(end)));
  return nodes;
}

function token([, code, special, bold, italic, strike, emoji, url], world, verbatim) {
  if (code) return h("code", {}, decoded(code));
  if (special) return angled(special, world);
  if (bold) return h("strong", {}, inline(bold, world, verbatim));
  if (italic) return h("em", {}, inline(italic, world, verbatim));
  if (strike) return h("s", {}, inline(strike, world, verbatim));
  if (emoji) return EMOJI[emoji] ?? null;
  return url && !verbatim ? link(decoded(url), decoded(url), world) : null;
}

function angled(content, world) {
  const [target, ...rest] = content.split("|");
  const label = decoded(rest.join("|"));
  if (target.startsWith("@")) return mention(target.slice(1), world, label);
  if (target.startsWith("#")) return channelLink(target.slice(1), world, label);
  if (target.startsWith("!date^")) return date(decoded(target), label);
  if (target.startsWith("!")) return h("span", { class: "mention loud" }, broadcast(target, label));
  return link(decoded(target), label || decoded(target), world);
}

const broadcast = (target, label) =>
  target.startsWith("!subteam") ? label || "@group" : `@${target.slice(1).split("^")[0]}`;

export function mention(id, world, label = "") {
  const name = world.users[id]?.real_name ?? (label || id);
  const mine = id === world.user ? " me" : "";
  return h("span", { class: `mention${mine}`, data: { mention: id } }, `@${name}`);
}

export function channelLink(id, world, label = "") {
  const name = world.channels.find((channel) => channel.id === id)?.name ?? label;
  if (!name) return h("span", { class: "mention" }, "🔒 private channel");
  return h("a", { class: "mention", href: `/archives/${id}`, data: { goto: id } }, `#${name}`);
}

export function link(url, label, world) {
  if (!/^(https?:|mailto:)/i.test(url)) return label === url ? `<${url}>` : label;
  const here = url.startsWith(location.origin + "/archives/");
  const id = here ? url.split("/archives/")[1].split(/[/?#]/)[0] : undefined;
  const known = id && world.channels.some((channel) => channel.id === id);
  if (known) return h("a", { href: url, data: { goto: id, at: url } }, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

// The same without markup, for a hint or a title.
export const spoken = (text, world) => h("span", {}, mrkdwn(text, world)).textContent;

// The same as it was typed, for somebody who edits it.
export function typed(text, world) {
  const name = (id) => world.channels.find((channel) => channel.id === id)?.name;
  return decoded(text.replace(/<@(\w+)>/g, (all, id) => (world.users[id] ? `@${world.users[id].name}` : all))
    .replace(/<#(\w+)\|?([^>]*)>/g, (all, id, label) => `#${name(id) ?? label}`));
}
