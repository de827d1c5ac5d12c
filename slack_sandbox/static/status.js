// The public status page: fetches the page's state and draws it again on each change.
import { byId, h, keyed, toast } from "./dom.js";

const BANNER = {
  operational: "All systems operational",
  under_maintenance: "Maintenance under way",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
};
const managing = new URLSearchParams(location.search).has("manage");

const words = (status) => status.charAt(0).toUpperCase() + status.slice(1).replaceAll("_", " ");
const day = (seconds) => new Date(seconds * 1000).toLocaleDateString(undefined, { dateStyle: "long" });
const moment = (seconds) => h("time", { datetime: new Date(seconds * 1000).toISOString() },
  new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));

function render(world) {
  byId("banner").textContent = BANNER[world.worst];
  byId("banner").dataset.status = world.worst;
  document.title = `${BANNER[world.worst]} · Status`;
  keyed(byId("components"), world.components.map((each) =>
    [each.id, JSON.stringify(each), () => component(each, world.statuses)]));
  byId("open-title").hidden = !world.open.length;
  keyed(byId("open"), world.open.map((incident) => card(incident, "h3")));
  keyed(byId("past"), days(world.past));
}

function component({ id, name, description, status }, statuses) {
  const state = managing ? select(id, name, status, statuses)
    : h("span", { class: "state" }, words(status));
  return h("li", { data: { component: id, status } }, h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", { class: "name" }, name, description ? h("small", {}, ` ${description}`) : null), state);
}

function select(id, name, status, statuses) {
  const field = h("select", { "aria-label": `Status of ${name}`, onchange: () => setByHand(id, field.value) },
    statuses.map((each) => h("option", { value: each, selected: each === status }, words(each))));
  return field;
}

async function setByHand(id, status) {
  const answer = await fetch("/status/component", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id, status }),
  }).then((response) => response.json()).catch(() => ({ error: "the sandbox is not there" }));
  if (answer.error) toast(answer.error);
  await refresh();
}

function card(incident, heading) {
  return [incident.id, JSON.stringify(incident), () => h("article", { data: { impact: incident.impact, incident: incident.id } },
    h(heading, {}, incident.name),
    incident.components.length ? h("p", { class: "affects" }, `Affects ${incident.components.join(", ")}`) : null,
    incident.updates.map((update) => h("div", { class: "update" },
      h("p", {}, h("strong", {}, words(update.status)), update.body ? ` – ${update.body}` : ""), moment(update.created_at))),
    incident.updates.length ? null : h("p", { class: "update" }, words(incident.status), " ", moment(incident.created_at)),
    incident.postmortem ? h("details", {}, h("summary", {}, "Postmortem"), h("pre", {}, incident.postmortem)) : null)];
}

function days(past) {
  const byDay = new Map([[day(Date.now() / 1000), []]]);
  for (const incident of past) {
    const title = day(incident.created_at);
    byDay.set(title, [...(byDay.get(title) ?? []), incident]);
  }
  return [...byDay].map(([title, incidents]) => [title, JSON.stringify(incidents), () => h("section", { class: "day" },
    h("h3", {}, title),
    incidents.length ? incidents.map((incident) => card(incident, "h4")[2]())
      : h("p", { class: "none" }, "No incidents to look back on."))]);
}

let busy = false;
let again = false;
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    render(await (await fetch("/status/state")).json());
  } catch { /* the event stream says so and tries again */ } finally { busy = false; }
  if (again) { again = false; await refresh(); }
}

if (managing) {
  byId("mode").textContent = "Public view";
  byId("mode").href = "/status";
}
const live = new EventSource("/status/live");
live.onmessage = () => { byId("connection").textContent = ""; refresh(); };
live.onerror = () => { byId("connection").textContent = "Disconnected, trying again…"; };
