// Slack's mrkdwn as DOM nodes.
import { EMOJI } from "./emoji.js";
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
  if (target.startsWith("!date^")) return date(target, label);
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

function date(target, fallback) {
  const [, seconds, format, url] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  const text = formatted(format ?? "{date_short_pretty} {time}", at);
  const node = h("time", { datetime: at.toISOString(), title: at.toString() }, text);
  return url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

export function formatted(format, at) {
  const day = (options) => at.toLocaleDateString(undefined, options);
  const time = (options) => at.toLocaleTimeString(undefined, options);
  const long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const dates = {
    date_num: at.toISOString().slice(0, 10),
    date: day({ month: "long", day: "numeric", year: "numeric" }),
    date_short: day({ month: "short", day: "numeric", year: "numeric" }),
    date_long: day(long),
    time: time({ hour: "2-digit", minute: "2-digit" }),
    time_secs: time({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: ago(at),
  };
  const near = nearDay(at);
  return format.replace(/\{(\w+)\}/g, (all, name) => {
    if (dates[name]) return dates[name];
    return name.endsWith("_pretty") ? near ?? dates[name.replace("_pretty", "")] ?? all : all;
  });
}

function nearDay(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days];
}

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
  if (Math.abs(minutes) < 1440) return words.format(-Math.round(minutes / 60), "hour");
  return words.format(-Math.round(minutes / 1440), "day");
}
