// Going somewhere: to another channel, thread or person, each with its own draft.
import { byId } from "./dom.js";
import { here, remember } from "./here.js";
import { refresh, server } from "./server.js";

export function showMenu(open) {
  document.body.classList.toggle("menu-open", open);
  byId("menu").setAttribute("aria-expanded", String(open));
}

export function goTo(channel, at = null, thread = null) {
  Object.assign(here, { channel, at, thread, editing: null });
  showMenu(false);
  remember();
  return refresh().then(focusComposer);
}

export function actAs(user) {
  Object.assign(here, { user, thread: null, editing: null });
  showMenu(false);
  remember();
  return refresh().then(focusComposer);
}

export function openThread(ts) {
  here.thread = ts;
  server.drawn();
  byId("reply").focus();
}

export function closeThread() {
  here.thread = null;
  server.drawn();
  focusComposer();
}

// Not while a form is open: the focus belongs to it.
export function focusComposer() {
  if (document.querySelector("dialog[open]")) return;
  const join = byId("join");
  (join.hidden ? byId("composer") : byId("join-button")).focus();
}
