// The page: draws the workspace as the acting person sees it again on each change.
import { byId } from "./dom.js";
import { composer } from "./composer.js";
import { closeThread, focusComposer, goTo, showMenu } from "./going.js";
import { renderHeader } from "./header.js";
import { fromAddress, here } from "./here.js";
import { editLast } from "./hooks.js";
import { markRead } from "./kept.js";
import { renderLog, toNewest } from "./log.js";
import { sync as syncModal } from "./modal.js";
import { join, showActivity, showChannels, showMembers, showPins } from "./panels.js";
import { listen, press, refresh, server } from "./server.js";
import { nameOf, renderSidebar } from "./sidebar.js";
import { openSwitcher } from "./switcher.js";
import { renderThread } from "./thread.js";
import { showTour } from "./tour.js";

// Drawing

function render() {
  const { world } = server;
  const channel = world.channels.find((each) => each.id === here.channel);
  markRead(here.user, channel.id, channel.last);
  renderSidebar(world);
  renderHeader(world, channel);
  renderComposing(world, channel);
  renderLog(world, channel);
  renderThread(world);
  syncModal(world, press);
}

// Only members write; who came by a link may join.
function renderComposing(world, channel) {
  const name = nameOf(channel);
  const guest = !channel.member && !channel.archived;
  byId("join").hidden = !guest;
  byId("compose").hidden = byId("hint").hidden = guest;
  byId("reply-form").hidden = !channel.member || channel.archived;
  byId("join-name").textContent = `#${name}`;
  byId("tour-again").hidden = !world.tour;
  const field = byId("composer");
  field.disabled = channel.archived;
  field.placeholder = channel.archived ? "This channel is archived" : `Message ${name}, or type /incident`;
  loadLine({ user: here.user, channel: here.channel });
  if (here.thread) loadReply({ user: here.user, channel: here.channel, thread: here.thread });
}

// Writing

async function send(text, { user, channel, thread }) {
  if (!thread) toNewest();
  if (!text.startsWith("/")) return press("say", { user, channel, text, thread_ts: thread });
  document.body.classList.add("waiting");
  const answer = await press("command", { user, channel, text, thread_ts: thread });
  document.body.classList.remove("waiting");
  return answer;
}

const line = (field, list, form) => composer({ field: byId(field), list: byId(list), form: byId(form),
  world: () => server.world, send, editLast: ({ thread }) => editLast(thread) });
const loadLine = line("composer", "suggestions", "compose");
const loadReply = line("reply", "reply-suggestions", "reply-form");

// Pressing

document.addEventListener("click", (event) => {
  if (!event.target.closest("#sidebar, #menu")) showMenu(false);
  const target = event.target.closest("a[data-goto]");
  if (!target || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  if (byId("panel").open) byId("panel").close();
  goTo(target.dataset.goto, target.dataset.at ? fromAddress(target.dataset.at).at : null);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("menu-open")) showMenu(false);
  else if (here.thread) closeThread();
});

const PRESSED = {
  menu: () => showMenu(!document.body.classList.contains("menu-open")),
  "close-thread": closeThread,
  "join-button": () => join(here.channel),
  members: showMembers, pins: showPins, activity: showActivity, "all-channels": showChannels, jump: openSwitcher,
  "tour-again": () => { showTour(true); goTo(server.world.channels.find(({ name }) => name === "general").id); },
};
for (const [id, act] of Object.entries(PRESSED)) {
  byId(id).addEventListener("click", () => {
    if (id !== "menu") showMenu(false);
    act();
  });
}

// Starting

const start = fromAddress(location.href);
here.user = start.user ?? "U0ADA";
here.channel = start.channel ?? null;
here.at = start.at;
here.thread = start.thread;
server.drawn = render;
await refresh();
if (!server.world) { here.user = "U0ADA"; await refresh(); }
focusComposer();
listen();
