// Slack's dates, `<!date^SECONDS^FORMAT^LINK|FALLBACK>`, in the reader's own time and kept current.
import { h } from "./dom.js";

const SECONDS_BETWEEN_LOOKS = 1;
const DAY = 864e5;

export function date(target, fallback) {
  const [, seconds, format, url] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime()) || !format) return fallback;
  const node = h("time", { datetime: at.toISOString(), title: at.toString(), data: { format } }, formatted(format, at));
  return /^https?:/i.test(url ?? "") ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

// The first letter becomes a capital, as Slack does even within a sentence.
export function formatted(format, at) {
  const text = format.replace(/\{(\w+)\}/g, (all, name) => NAMED[name]?.(at) ?? all);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const day = (options) => (at) => at.toLocaleDateString(undefined, options);
const time = (options) => (at) =>
  at.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit", ...options }).replaceAll("\u202f", " ");
const pretty = (other) => (at) => nearDay(at) ?? other(at);
const short = day({ month: "short", day: "numeric", year: "numeric" });

const NAMED = {
  date_num: (at) => [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, "0")).join("-"),
  date: (at) => full(at),
  date_short: short,
  date_long: (at) => full(at, { weekday: "long" }),
  date_pretty: pretty((at) => full(at)),
  date_short_pretty: pretty(short),
  date_long_pretty: pretty((at) => full(at, { weekday: "long" })),
  time: time(),
  time_secs: time({ second: "2-digit" }),
  ago: (at) => ago(at),
};

// In English the day is "18th", as Slack writes it.
function full(at, more = {}) {
  const format = new Intl.DateTimeFormat(undefined, { month: "long", day: "numeric", year: "numeric", ...more });
  const english = format.resolvedOptions().locale.startsWith("en");
  return format.formatToParts(at).map(({ type, value }) =>
    (type === "day" && english ? value + ORDINALS[new Intl.PluralRules("en", { type: "ordinal" }).select(Number(value))] : value)).join("");
}

const ORDINALS = { one: "st", two: "nd", few: "rd", other: "th" };

function nearDay(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY);
  return { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days];
}

const UNITS = [["year", 365 * DAY], ["month", 30 * DAY], ["day", DAY], ["hour", 36e5], ["minute", 6e4]];

function ago(at) {
  const passed = Date.now() - at;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(passed) >= size) ?? ["second", 1000];
  if (unit === "second") return passed < 0 ? "in a few seconds" : "a few seconds ago";
  return new Intl.RelativeTimeFormat("en").format(-Math.trunc(passed / length), unit);
}

// Time passes: "3 minutes ago" becomes "4 minutes ago", and "today" becomes "yesterday".
setInterval(() => {
  for (const node of document.querySelectorAll("time[data-format]")) {
    const text = formatted(node.dataset.format, new Date(node.getAttribute("datetime")));
    if (node.textContent !== text) node.textContent = text;
  }
}, SECONDS_BETWEEN_LOOKS * 1000);
