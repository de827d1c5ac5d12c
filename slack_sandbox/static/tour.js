// What somebody new is told in #general: who is who, and what to try.
import { byId, h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { server } from "./server.js";

const isHidden = () => localStorage.getItem("tour") === "hidden";

export function tourRow(world, channel) {
  if (!world.tour || channel.name !== "general" || isHidden()) return null;
  const print = JSON.stringify([world.tour, Object.keys(world.users), world.channels.length, world.user]);
  return [["tour", print, () => drawn(world)]];
}

export function showTour(shown) {
  if (shown) localStorage.removeItem("tour");
  else localStorage.setItem("tour", "hidden");
  server.drawn();
}

function drawn(world) {
  const { facts, tries } = world.tour;
  return h("section", { class: "tour", "aria-labelledby": "tour-title" },
    h("header", {}, h("h2", { id: "tour-title" }, "New here? This is Slack with the bot, all on your machine"),
      h("button", { type: "button", class: "quiet", "aria-label": "Hide the tour", onclick: () => showTour(false) }, "✕")),
    h("ul", {}, facts.map((fact) => h("li", {}, mrkdwn(fact, world)))),
    h("h3", {}, "Things to try"),
    h("ol", {}, tries.map((one) => h("li", {}, one.line ? attempt(one, world) : mrkdwn(one.shows, world)))));
}

const attempt = ({ line, shows }, world) => [
  h("button", { type: "button", class: "line", title: "Put it into the message box", onclick: () => fill(line) }, line),
  " ", mrkdwn(shows, world)].flat();

function fill(line) {
  const field = byId("composer");
  field.value = line;
  field.dispatchEvent(new Event("input"));
  field.focus();
}
